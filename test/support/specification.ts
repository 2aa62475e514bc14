import { expect } from 'vitest';
import { decide } from '../../shared/core/decide.ts';
import type { Answer } from '../../shared/core/draft.ts';
import { dueItems } from '../../shared/core/due.ts';
import type { CutoverEvent } from '../../shared/core/events.ts';
import { evolve } from '../../shared/core/evolve.ts';
import type { Input } from '../../shared/core/inputs.ts';
import type { Message } from '../../shared/core/messages.ts';
import { messagesOf } from '../../shared/core/messages.ts';
import type { Plan } from '../../shared/core/plan.ts';
import type { CutoverState, PlanRef, StepState } from '../../shared/core/state.ts';
import { isTerminal } from '../../shared/core/state.ts';
import type { What } from './sample-inputs.ts';
import { MANAGER } from './sample-inputs.ts';

/** When every specification begins. */
export const T0 = Date.parse('2026-11-20T22:00:00Z');

/** Time that passes in a story. */
export type Pause = { readonly passMs: number };
export const pass = (passMs: number): Pause => ({ passMs });

/** What happens in a story: an input, or time; a function is told the present instant. */
export type Moment = What | Pause | ((now: number) => What);

type Scene = {
  readonly plan: Plan;
  readonly state: CutoverState | null;
  readonly now: number;
  readonly inputs: number;
};

type Outcome = {
  readonly before: CutoverState | null;
  readonly input: Input;
  readonly after: CutoverState | null;
  readonly events: readonly CutoverEvent[];
  readonly answer: Answer;
  readonly now: number;
};

/** Part of an event; its type is always told. */
export type EventPart = {
  [T in CutoverEvent['type']]: { type: T } & Partial<Extract<CutoverEvent, { type: T }>>;
}[CutoverEvent['type']];

/** The start of the cutover that every story tells of. */
export const startOf = (
  plan: Plan,
  ref: PlanRef = { hash: 'plan-hash', procedureHash: 'procedure-hash', revision: 1 },
): What => ({
  type: 'start',
  cutoverId: 'go-live',
  plan,
  ref,
  by: MANAGER,
  hold: null,
  startAt: null,
});

/** Whether somebody asked for it by name: then a refusal is recorded. */
const isAsked = (input: Input): boolean =>
  input.type === 'complete' || input.type === 'vote' || 'by' in input;

const containing = (parts: readonly object[]): unknown[] =>
  parts.map((part): unknown => expect.objectContaining(part));

/** The plan in force afterwards. */
const planAfter = (plan: Plan, { input, events }: Pick<Outcome, 'input' | 'events'>): Plan =>
  input.type === 'decide-revision' && events.some(({ type }) => type === 'revision-adopted')
    ? (input.plan ?? plan)
    : plan;

/** Decides one input and folds it; whatever it is, the promises that hold for every commit are checked on the way. */
const apply = ({ plan, state, now, inputs }: Scene, what: What): Outcome => {
  const input = { id: `input-${inputs}`, ...what } as Input;
  const decideIt = () => decide(state === null ? null : plan, state, input, now);
  const { events, answer } = decideIt();
  expect(decideIt(), 'the same input on the same state is decided alike').toEqual({ events, answer });
  const after = evolve(state, events, now);
  if (after !== null) {
    expect(dueItems(after).length > 0, 'a cutover has a due time until it has ended (I11)').toBe(
      !isTerminal(after),
    );
  }
  return { input, before: state, after, events, answer, now };
};

/** What followed from an input; every question can be asked in a row. */
const outcome = (plan: Plan, { input, before, after, events, answer, now }: Outcome) => {
  const asked = {
    /** Exactly these events, in this order, and this answer. */
    then: (expected: readonly EventPart[], reply: Answer['code'] | Partial<Answer> = 'applied') => {
      expect(events).toEqual(containing(expected));
      expect(answer).toMatchObject(typeof reply === 'string' ? { code: reply } : reply);
      return asked;
    },
    /** It was true already: nothing follows. */
    thenNothing: (message: string | RegExp = '') => {
      expect(answer.code).toBe('unchanged');
      expect(events).toEqual([]);
      return asked.saying(message);
    },
    /** It is not possible: nothing follows but a line in the log where somebody asked, and the answer tells what to do. */
    thenRefused: (code: Answer['code'], detail: Answer['detail'] = {}) => {
      expect(answer).toMatchObject({ code, detail });
      expect(answer.next).not.toBe('');
      const { message } = answer;
      const recorded = containing([{ type: 'request-refused', code, message }]);
      expect(events).toEqual(isAsked(input) && before !== null ? recorded : []);
      return asked;
    },
    /** The words of the answer. */
    saying: (message: string | RegExp) => {
      if (typeof message === 'string') expect(answer.message).toContain(message);
      else expect(answer.message).toMatch(message);
      return asked;
    },
    /** How the step stands afterwards. */
    step: (stepId: string, expected: Partial<StepState>) => {
      expect(after?.steps[stepId]).toMatchObject(expected);
      return asked;
    },
    /** How the cutover stands afterwards. */
    cutover: (expected: Partial<CutoverState>) => {
      expect(after).toMatchObject(expected);
      return asked;
    },
    /** What is due, as `instant after T0: what step`. */
    due: (...expected: readonly { at: number; what: string; stepId?: string }[]) => {
      const items = after === null ? [] : dueItems(after);
      expect(items).toEqual(containing(expected));
      return asked;
    },
    /** The messages that the commit sends. */
    sends: (check: (messages: readonly Message[]) => void) => {
      check(after === null ? [] : messagesOf(plan, before, events, after));
      return asked;
    },
    now,
    events,
    answer,
    after,
  };
  return asked;
};

const isPause = (moment: Moment): moment is Pause => typeof moment === 'object' && 'passMs' in moment;

const play = (scene: Scene, moments: readonly Moment[]): Scene =>
  moments.reduce<Scene>((at, moment) => {
    if (isPause(moment)) return { ...at, now: at.now + moment.passMs };
    const what = typeof moment === 'function' ? moment(at.now) : moment;
    const { input, after, events, answer } = apply(at, what);
    expect(
      events,
      `${what.type} belongs to the story, so it must do something: ${answer.message}`,
    ).not.toEqual([]);
    return { ...at, plan: planAfter(at.plan, { input, events }), state: after, inputs: at.inputs + 1 };
  }, scene);

/** A cutover of this plan, started at T0, to which all this has happened. */
export const given = (plan: Plan, ...moments: readonly Moment[]) =>
  givenStarted(startOf(plan), plan, ...moments);

/** The same of one that was started in another way. */
export const givenStarted = (start: What, plan: Plan, ...moments: readonly Moment[]) => {
  const scene = play({ plan, state: null, now: T0, inputs: 0 }, [start, ...moments]);
  return { when: (...last: readonly [...Moment[], What | ((now: number) => What)]) => whenIn(scene, last) };
};

/** No cutover of this plan exists. */
export const givenNothing = (plan: Plan) => ({
  when: (what: What) => outcome(plan, apply({ plan, state: null, now: T0, inputs: 0 }, what)),
});

const whenIn = (scene: Scene, last: readonly Moment[]) => {
  const before = play(scene, last.slice(0, -1));
  const moment = last.at(-1)!;
  if (isPause(moment)) throw new Error('the last moment is an input');
  const happened = apply(before, typeof moment === 'function' ? moment(before.now) : moment);
  return outcome(planAfter(before.plan, happened), happened);
};

/** Plays groups of moments on a new cutover, whatever is answered; gives the answer to the last input of each group. */
export const playOut = (
  plan: Plan,
  groups: readonly (readonly Moment[])[],
): { readonly answers: readonly Answer['code'][]; readonly state: CutoverState } => {
  let scene = play({ plan, state: null, now: T0, inputs: 0 }, [startOf(plan)]);
  const answers = groups.map((group) => {
    let code: Answer['code'] = 'unchanged';
    for (const moment of group) {
      if (isPause(moment)) {
        scene = { ...scene, now: scene.now + moment.passMs };
        continue;
      }
      const { after, answer } = apply(scene, typeof moment === 'function' ? moment(scene.now) : moment);
      scene = { ...scene, state: after, inputs: scene.inputs + 1 };
      code = answer.code;
    }
    return code;
  });
  if (scene.state === null) throw new Error('the cutover was not started');
  return { answers, state: scene.state };
};
