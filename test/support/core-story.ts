import fc from 'fast-check';
import { decide } from '../../shared/core/decide.ts';
import type { Answer } from '../../shared/core/draft.ts';
import { earliestDue } from '../../shared/core/due.ts';
import type { CutoverEvent } from '../../shared/core/events.ts';
import { evolve } from '../../shared/core/evolve.ts';
import type { Input } from '../../shared/core/inputs.ts';
import type { Plan } from '../../shared/core/plan.ts';
import type { CutoverState } from '../../shared/core/state.ts';
import { hashOf } from '../../shared/engine/canonical.ts';
import { planRef } from '../../shared/engine/plan-ref.ts';
import { NO_BINDINGS } from './engine-parts.ts';
import type { What } from './sample-inputs.ts';
import {
  abort,
  ANNA,
  attempt,
  BERT,
  CARL,
  confirmUpload,
  drillDown,
  DBA,
  deadLetter,
  done,
  failed,
  hold,
  MANAGER,
  notYet,
  observe,
  regressed,
  redrive,
  resume,
  retry,
  skip,
  upload,
  wake,
} from './sample-inputs.ts';
import { HOUR, MINUTE, planOf, step } from './sample-plan.ts';
import { startOf, T0 } from './specification.ts';

/** What people give and drill-downs find in the stories: whoever stores one stores these as evidence. */
export const DOCUMENTS = ['a list', 'another list', 'what was found', 'what was found later'] as const;

/** One commit of a story, as a history book would tell it. */
export type Chapter = {
  readonly input: Input;
  readonly now: number;
  readonly before: CutoverState | null;
  readonly after: CutoverState;
  readonly events: readonly CutoverEvent[];
  readonly answer: Answer;
};

/** What happens next, when it is known how the cutover stands. */
type Turn = { readonly passMs: number; readonly what: (state: CutoverState, now: number) => What };

const onStep =
  (
    index: number,
    older: boolean,
    make: (of: ReturnType<typeof attempt>, now: number, state: CutoverState) => What,
  ) =>
  (state: CutoverState, now: number): What => {
    const ids = Object.keys(state.steps);
    const stepId = ids[index % ids.length]!;
    const present = state.steps[stepId]!.attempt;
    return make(attempt(stepId, older ? present - 1 : Math.max(present, 1)), now, state);
  };

const anyPerson = fc.constantFrom(ANNA, BERT, CARL, DBA, MANAGER);
const anyHash = fc.constantFrom('seen', 'seen', 'new');

const anyStepWhat = fc
  .tuple(
    fc.nat(5),
    fc.boolean(),
    fc.oneof(
      fc.constant((of: ReturnType<typeof attempt>) => of.asksPerson()),
      fc
        .constantFrom(null, { repeatable: true }, { repeatable: false })
        .map((effect) => (of: ReturnType<typeof attempt>) => of.asksWorld(effect)),
      fc
        .constantFrom(null, { repeatable: true }, { repeatable: false })
        .map((effect) => (of: ReturnType<typeof attempt>) => of.asksAutomation(effect)),
      fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })).map(
        ([quorum, denials]) =>
          (of: ReturnType<typeof attempt>) =>
            of.asksApproval(quorum, denials),
      ),
      fc
        .constantFrom('accepted' as const, 'refused' as const, 'unknown' as const)
        .map((outcome) => (of: ReturnType<typeof attempt>) => of.settles(outcome)),
      fc.constant((of: ReturnType<typeof attempt>) => of.firesAgain()),
      fc.boolean().map((yes) => (of: ReturnType<typeof attempt>) => of.happened(yes)),
      fc.tuple(fc.constantFrom('pass' as const, 'fail' as const, 'not-tested' as const), anyPerson).map(
        ([result, by]) =>
          (of: ReturnType<typeof attempt>) =>
            of.isReported(result, by),
      ),
      fc
        .constantFrom('pass' as const, 'fail' as const, 'not-tested' as const)
        .map((result) => (of: ReturnType<typeof attempt>) => of.callsBack(result)),
      fc
        .tuple(fc.constantFrom('approve' as const, 'approve' as const, 'deny' as const), anyPerson, anyHash)
        .map(
          ([decision, by, hash]) =>
            (of: ReturnType<typeof attempt>) =>
              of.isVoted(decision, by, hash),
        ),
      anyHash.map((hash) => (of: ReturnType<typeof attempt>) => of.isVoided(hash)),
      fc.tuple(fc.constantFrom(0, 0, 1, HOUR), anyHash).map(
        ([ageMs, hash]) =>
          (of: ReturnType<typeof attempt>, now: number) =>
            of.isJudged(done(now - ageMs, hash)),
      ),
      fc.tuple(fc.subarray(['pending 7', 'agents 1', 'pending 5']), fc.boolean()).map(
        ([messages, again]) =>
          (of: ReturnType<typeof attempt>) =>
            of.isJudged({ ...notYet(...messages), again } as never),
      ),
      fc.constant((of: ReturnType<typeof attempt>) => of.isJudged(failed())),
    ),
  )
  .map(([index, older, make]) => onStep(index, older, make));

/** What would be sensible to happen to this step next, most sensible first. */
const sensible = (state: CutoverState, stepId: string, now: number): readonly What[] => {
  const { status, attempt: number, wait, effect } = state.steps[stepId]!;
  const of = attempt(stepId, number);
  if (status === 'failed') return [retry(stepId), wake];
  if (status === 'running') {
    const effects = [null, { repeatable: false }, { repeatable: true }] as const;
    return [
      ...effects.map((one) => of.asksWorld(one)),
      ...effects.map((one) => of.asksAutomation(one)),
      of.asksPerson(),
      of.asksApproval(2, 1),
    ];
  }
  if (wait === null) return [wake];
  if (effect?.outcome === 'open')
    return [of.settles('accepted'), of.settles('unknown'), of.firesAgain(), wake];
  if (effect?.outcome === 'unknown') return [of.happened(true), of.happened(false), wake];
  const judged = of.isJudged(done(now, wait.evidenceHash ?? 'seen'));
  if (wait.asks === 'approval') {
    const hash = wait.evidenceHash ?? '';
    return [of.isVoted('approve', ANNA, hash), of.isVoted('approve', BERT, hash), judged, of.isVoided('new')];
  }
  if (wait.asks === 'world' || wait.claim !== null)
    return [judged, of.isJudged(notYet('pending 7')), of.isJudged(failed())];
  if (wait.asks === 'automation') return [of.callsBack(), of.callsBack('fail'), wake];
  return [of.isReported(), of.isReported('fail'), wake];
};

const sensibleTurn = fc
  .tuple(fc.nat(), fc.nat())
  .map(([which, choice]) => (state: CutoverState, now: number): What => {
    const open = Object.keys(state.steps).filter((id) => {
      const { status } = state.steps[id]!;
      return status === 'running' || status === 'waiting' || status === 'failed';
    });
    const stepId = open[which % Math.max(open.length, 1)];
    if (stepId === undefined) return resume();
    const ways = sensible(state, stepId, now);
    return ways[choice % ways.length]!;
  });

type MakeWhat = (stepId: string, state: CutoverState) => What;
const redriveStep: MakeWhat = (stepId) => redrive(stepId);
const deadDispatch: MakeWhat = (stepId, { steps }) => deadLetter(stepId, steps[stepId]);

const anyOperatorWhat = fc.oneof(
  fc
    .constantFrom(
      hold(),
      resume(),
      resume(),
      redrive(null),
      wake,
      wake,
      wake,
      observe('pending 7'),
      regressed('agent-stopped 1'),
      observe(),
      upload(hashOf(DOCUMENTS[0])),
      upload(hashOf(DOCUMENTS[1]), null, null, ANNA),
      confirmUpload(hashOf(DOCUMENTS[0])),
      drillDown('dbo.A', hashOf(DOCUMENTS[2])),
      drillDown('dbo.a', hashOf(DOCUMENTS[3]), ANNA),
    )
    .map((what) => () => what),
  fc
    .tuple(
      fc.nat(5),
      fc.constantFrom<MakeWhat>(retry, retry, (stepId) => skip(stepId), redriveStep, deadDispatch),
    )
    .map(([index, make]) => (state: CutoverState) => {
      const ids = Object.keys(state.steps);
      return make(ids[index % ids.length]!, state);
    }),
);

const anyTurn: fc.Arbitrary<Turn> = fc.record({
  passMs: fc.constantFrom(0, 0, 0, 1, MINUTE, 10 * MINUTE, HOUR, 3 * HOUR),
  what: fc.oneof(
    { arbitrary: sensibleTurn, weight: 10 },
    { arbitrary: anyStepWhat, weight: 6 },
    { arbitrary: anyOperatorWhat, weight: 4 },
    // Time runs to exactly what is due next: the instant at which most can go wrong.
    { arbitrary: fc.constant(() => wake), weight: 1 },
  ),
});

/** A plan of one to five steps, each waiting for some of the earlier ones. */
export const anyPlan: fc.Arbitrary<Plan> = fc
  .tuple(
    fc.array(
      fc.record({
        after: fc.array(fc.nat(4), { maxLength: 2 }),
        maxAttempts: fc.integer({ min: 1, max: 3 }),
        onDeadline: fc.constantFrom('fail' as const, 'fail' as const, 'hold' as const),
        required: fc.boolean(),
        remindAfterMs: fc.constantFrom([], [HOUR], [MINUTE, HOUR]),
      }),
      { minLength: 1, maxLength: 5 },
    ),
    fc.integer({ min: 1, max: 4 }),
  )
  .map(([steps, concurrency]) =>
    planOf(
      steps.map(({ after, ...rest }, index) =>
        step(`s${index}`, {
          ...rest,
          after: index === 0 ? [] : [...new Set(after.map((other) => `s${other % index}`))],
        }),
      ),
      { concurrency },
    ),
  );

/** A plan and whatever happens to it. */
export const anyStory = fc.record({
  plan: anyPlan,
  turns: fc.array(anyTurn, { maxLength: 60, size: 'max' }),
  aborted: fc.integer({ min: 0, max: 9 }).map((chance) => chance === 0),
});

/** Plays a story; the chapters are its commits, in order. */
export const tell = ({
  plan,
  turns,
  aborted,
}: {
  plan: Plan;
  turns: readonly Turn[];
  aborted: boolean;
}): readonly Chapter[] => {
  const chapters: Chapter[] = [];
  const present = (): CutoverState | null => chapters.at(-1)?.after ?? null;
  let now = T0;
  const take = (what: What): void => {
    const input = { id: `input-${chapters.length}`, ...what } as Input;
    const before = present();
    const { events, answer } = decide(before === null ? null : plan, before, input, now);
    const after = evolve(before, events, now);
    if (after !== null && events.length > 0) chapters.push({ input, now, before, after, events, answer });
  };
  take(startOf(plan, planRef({ plan, bindings: NO_BINDINGS }, 1)));
  for (const { passMs, what } of turns) {
    now += passMs;
    const state = present();
    if (state === null) continue;
    const next = what(state, now);
    if (next.type === 'wake' && passMs === 0) now = Math.max(now, earliestDue(state) ?? now);
    take(next);
  }
  if (aborted) take(abort());
  return chapters;
};

/** The states between the events of one commit, each with the event that follows it. */
export const stagesOf = ({ before, events, now }: Chapter) => {
  let state = before;
  return events.map((event) => {
    const stage = { state, event };
    state = evolve(state, [event], now);
    return { ...stage, next: state };
  });
};
