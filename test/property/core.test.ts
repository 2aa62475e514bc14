import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../shared/core/decide.ts';
import { dueItems, earliestDue } from '../../shared/core/due.ts';
import type { CutoverEvent } from '../../shared/core/events.ts';
import { evolve } from '../../shared/core/evolve.ts';
import type { Plan } from '../../shared/core/plan.ts';
import { ancestorsOf } from '../../shared/core/plan-graph.ts';
import type { CutoverState, StepState } from '../../shared/core/state.ts';
import { isStepActive, isStepTerminal, isTerminal } from '../../shared/core/state.ts';
import type { Chapter } from '../support/core-story.ts';
import { anyStory, stagesOf, tell } from '../support/core-story.ts';
import { MANAGER } from '../support/sample-inputs.ts';
import { MINUTE } from '../support/sample-plan.ts';

const RUNS = { numRuns: 600 };

/** Five minutes, doubled once: the plans of these stories make at most three attempts. */
const LONGEST_DELAY_MS = 10 * MINUTE;

/** Checks every commit of many stories. */
const always = (check: (chapter: Chapter, plan: Plan, chapters: readonly Chapter[]) => void): void => {
  fc.assert(
    fc.property(anyStory, (story) => {
      const chapters = tell(story);
      for (const chapter of chapters) check(chapter, story.plan, chapters);
    }),
    RUNS,
  );
};

const stepsOf = (state: CutoverState): readonly (readonly [string, StepState])[] =>
  Object.entries(state.steps);

const isStepPassed = (step: StepState | undefined): boolean =>
  step?.status === 'succeeded' || step?.status === 'skipped';

const stages = (chapter: Chapter, type: CutoverEvent['type']) =>
  stagesOf(chapter).filter(({ event }) => event.type === type);

describe('whatever happens to a cutover', () => {
  it('reaches every status and every kind of event, so that the other properties speak of something', () => {
    const seen = new Set<string>();
    always(({ events, after }) => {
      for (const { type } of events) seen.add(type);
      for (const [, { status, stuck }] of stepsOf(after)) {
        seen.add(status);
        if (stuck !== null) seen.add('stuck');
      }
      seen.add(after.status);
    });
    for (const word of [
      ...['pending', 'ready', 'running', 'waiting', 'succeeded', 'failed', 'skipped', 'cancelled'],
      ...['completed', 'aborted', 'cutover-held', 'cutover-resumed', 'hold-reminded', 'reminder-due'],
      ...['effect-settled', 'effect-answered', 'effect-repeated', 'completion-kept', 'completion-received'],
      ...['result-late', 'vote-counted', 'approval-voided', 'step-checked', 'deadline-renewed'],
      ...[
        'replication-changed',
        'replication-regressed',
        'message-dead-lettered',
        'message-redriven',
        'stuck',
      ],
    ]) {
      expect(seen).toContain(word);
    }
  });

  it('the same input on the same state is decided alike', () => {
    always(({ before, input, now, events, answer }, plan) => {
      expect(decide(before === null ? null : plan, before, input, now)).toEqual({ events, answer });
    });
  });

  it('a step is stuck only while it is in hand and owed a look, and it has a time for it (I11)', () => {
    always(({ after }) => {
      for (const [, step] of stepsOf(after)) {
        if (step.stuck !== null)
          expect([isStepActive(step), step.nextReadAt]).toEqual([true, expect.any(Number)]);
      }
    });
  });

  it('no step starts before all it waits for has passed, however far back (I1)', () => {
    always((chapter, plan) => {
      for (const { state, event } of stages(chapter, 'step-dispatched')) {
        if (event.type !== 'step-dispatched') continue;
        for (const ancestor of ancestorsOf(plan.steps, event.stepId)) {
          expect(isStepPassed(state?.steps[ancestor])).toBe(true);
        }
      }
    });
  });

  it('never more steps are in hand than the plan allows, and none that could start is left lying', () => {
    always(({ after }, plan) => {
      const active = Object.values(after.steps).filter(isStepActive).length;
      expect(active).toBeLessThanOrEqual(plan.concurrency);
      if (after.status !== 'running' || after.held !== null || active === plan.concurrency) return;
      for (const { id } of plan.steps) {
        const { status } = after.steps[id]!;
        const free = [...ancestorsOf(plan.steps, id)].every((other) => isStepPassed(after.steps[other]));
        if (free) expect(['pending', 'ready']).not.toContain(status);
      }
    });
  });

  it('the stored events fold to the stored state, also after they were written as JSON (I5)', () => {
    always((chapter, _, chapters) => {
      if (chapter !== chapters.at(-1)) return;
      const stored = JSON.parse(JSON.stringify(chapters)) as readonly Chapter[];
      const folded = stored.reduce<CutoverState | null>(
        (state, { events, now }) => evolve(state, events, now),
        null,
      );
      expect(folded).toEqual(JSON.parse(JSON.stringify(chapter.after)));
      expect(folded).toEqual(chapter.after);
      expect(folded!.commits).toBe(chapters.length);
      expect(folded!.events).toBe(chapters.flatMap(({ events }) => events).length);
    });
  });

  it('a status that is terminal never changes (I6)', () => {
    always(({ before, after }) => {
      if (before === null) return;
      if (isTerminal(before)) expect({ ...after, ...counters(before) }).toEqual(before);
      for (const [id, step] of stepsOf(before)) {
        if (isStepTerminal(step)) expect(after.steps[id]).toEqual(step);
      }
    });
  });

  it('nothing is dispatched, opened or fired while held (I7)', () => {
    always((chapter) => {
      for (const { state, event } of stagesOf(chapter)) {
        if (state?.held) {
          expect(['step-dispatched', 'step-opened', 'effect-repeated', 'cutover-completed']).not.toContain(
            event.type,
          );
        }
      }
    });
  });

  it('no step succeeds but by evidence read after its question and its answer, or by votes on that evidence (I8)', () => {
    always((chapter) => {
      for (const { state, event } of stages(chapter, 'step-succeeded')) {
        if (event.type !== 'step-succeeded') continue;
        const { wait } = state!.steps[event.stepId]!;
        expect(event.evidence.takenAt).toBeGreaterThanOrEqual(Math.max(wait!.openedAt, wait!.claim?.at ?? 0));
        if (wait!.asks !== 'approval') continue;
        const approving = wait!.votes.filter(({ decision }) => decision === 'approve');
        const people = new Set(approving.map(({ by }) => by.id));
        expect(people.size).toBeGreaterThanOrEqual(wait!.rule!.quorum);
        expect(people).not.toContain(MANAGER.id);
        expect(approving.every(({ evidenceHash }) => evidenceHash === event.evidence.hash)).toBe(true);
      }
    });
  });

  it('each attempt ends once, and is opened once (I9, I10)', () => {
    always((chapter, _, chapters) => {
      if (chapter !== chapters.at(-1)) return;
      const events = chapters.flatMap((one) => one.events);
      const of = (...types: CutoverEvent['type'][]) =>
        events.flatMap((event) =>
          types.includes(event.type) && 'attempt' in event ? [`${event.stepId} ${event.attempt}`] : [],
        );
      const ended = of('step-succeeded', 'step-failed');
      const opened = of('step-opened');
      expect(new Set(ended).size).toBe(ended.length);
      expect(new Set(opened).size).toBe(opened.length);
    });
  });

  it('a step whose effect could happen twice is tried again only when somebody asks for it (I10)', () => {
    always((chapter) => {
      for (const { state, event } of stages(chapter, 'step-ready')) {
        if (event.type !== 'step-ready') continue;
        const { status, effect } = state!.steps[event.stepId]!;
        const doubles = status === 'failed' && effect?.repeatable === false && effect.outcome !== 'refused';
        if (doubles) expect(chapter.input.type).toBe('retry');
      }
    });
  });

  it('something is due until the end, every step in hand has a limit, and every open question too (I11)', () => {
    always(({ after }) => {
      expect(dueItems(after).length > 0).toBe(!isTerminal(after));
      for (const [, step] of stepsOf(after)) {
        if (isStepActive(step)) expect(step.deadlineAt).toBeTypeOf('number');
        if (step.status === 'waiting') expect(step.wait!.deadlineAt).toBe(step.deadlineAt);
      }
    });
  });

  it('a wake at the time that is due does something, and after enough of them nothing is overdue', () => {
    always(({ after }, plan, chapters) => {
      if (after !== chapters.at(-1)!.after || isTerminal(after)) return;
      let state = after;
      const now = Math.max(earliestDue(after)!, after.lastCommitAt);
      for (let turn = 0; earliestDue(state) !== null && earliestDue(state)! <= now; turn += 1) {
        expect(turn).toBeLessThan(10);
        const { events } = decide(plan, state, { id: `wake-${turn}`, type: 'wake' }, now);
        expect(events.length).toBeGreaterThan(0);
        state = evolve(state, events, now)!;
      }
    });
  });

  it('a resume gives every frozen limit exactly the time of the hold, and approvals none', () => {
    always((chapter) => {
      for (const { state, event, next } of stages(chapter, 'cutover-resumed')) {
        const heldForMs = chapter.now - state!.held!.since;
        expect(event).toMatchObject({ heldForMs });
        for (const [id, step] of stepsOf(state!)) {
          const shiftMs = step.wait?.asks === 'approval' ? 0 : heldForMs;
          const expected = step.deadlineAt === null ? null : step.deadlineAt + shiftMs;
          expect(next!.steps[id]!.deadlineAt).toBe(expected);
        }
      }
    });
  });

  it('a resume gives the retry of a failed step what was left of its delay, never more than the delay', () => {
    always((chapter) => {
      for (const { state, next } of stages(chapter, 'cutover-resumed')) {
        for (const [id, step] of stepsOf(next!)) {
          if (step.retryAt === null) continue;
          const leftMs = step.retryAt - chapter.now;
          expect(leftMs).toBe(state!.steps[id]!.retryAt! - state!.held!.since);
          expect(leftMs).toBeLessThanOrEqual(LONGEST_DELAY_MS);
        }
      }
    });
  });

  it('an abort ends it', () => {
    always(({ after }, plan) => {
      if (isTerminal(after)) return;
      const input = { id: 'abort', type: 'abort', by: MANAGER, reason: 'no way on' } as const;
      const { events } = decide(plan, after, input, after.lastCommitAt);
      const end = evolve(after, events, after.lastCommitAt)!;
      expect(isTerminal(end) && Object.values(end.steps).every(isStepTerminal)).toBe(true);
    });
  });
});

/** What every commit moves on, also one that is only recorded. */
const counters = ({ commits, events, lastCommitAt }: CutoverState) => ({ commits, events, lastCommitAt });

describe('folding', () => {
  it('never throws, whatever the order in which events come', () => {
    fc.assert(
      fc.property(
        anyStory.chain((story) => {
          const chapters = tell(story);
          const events = chapters.flatMap((chapter) => chapter.events);
          return fc.tuple(
            fc.constantFrom(null, ...chapters.map(({ after }) => after)),
            fc.shuffledSubarray([...events]),
          );
        }),
        ([state, events]) => {
          expect(() => evolve(state, events, (state?.lastCommitAt ?? 0) + 1)).not.toThrow();
        },
      ),
      RUNS,
    );
  });
});
