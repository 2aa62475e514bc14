import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forecastOf } from '../../shared/core/forecast.ts';
import { lastSafeAbort } from '../../shared/core/last-safe-abort.ts';
import type { Plan } from '../../shared/core/plan.ts';
import type { CutoverState } from '../../shared/core/state.ts';
import { isStepTerminal, isTerminal } from '../../shared/core/state.ts';
import type { Samples } from '../../shared/core/step-duration.ts';
import { anyStory, tell } from '../support/core-story.ts';
import { HOUR, MINUTE, step } from '../support/sample-plan.ts';

const anySamples: fc.Arbitrary<Samples> = fc
  .dictionary(
    fc.constantFrom('s0', 's1', 's2', 's3', 's4'),
    fc.array(fc.integer({ min: 1, max: 5 * HOUR }), { maxLength: 4 }),
  )
  .map((record) => new Map(Object.entries(record)));

/** Looks at the forecast after every commit of many stories, some time later. */
const always = (
  check: (parts: { plan: Plan; state: CutoverState; samples: Samples; now: number }) => void,
): void => {
  fc.assert(
    fc.property(anyStory, anySamples, fc.constantFrom(0, MINUTE, 3 * HOUR), (story, samples, laterMs) => {
      for (const { after, now } of tell(story)) {
        check({ plan: story.plan, state: after, samples, now: now + laterMs });
      }
    }),
    { numRuns: 200 },
  );
};

const end = (at: number | null): number => at ?? Infinity;

describe('the forecast of any story', () => {
  it('has its likely time within its range, and nothing to come in the past', () => {
    always(({ plan, state, samples, now }) => {
      const { steps, finish } = forecastOf(plan, state, { samples, now, endsWith: null });
      for (const { id, start, finish: own } of steps) {
        for (const range of [start, own]) {
          expect(end(range.earliest)).toBeLessThanOrEqual(end(range.likely));
          expect(end(range.likely)).toBeLessThanOrEqual(end(range.latest));
        }
        expect(end(own.earliest)).toBeGreaterThanOrEqual(end(start.earliest));
        if (!isStepTerminal(state.steps[id]!)) expect(end(own.earliest)).toBeGreaterThanOrEqual(now);
      }
      expect(finish === null).toBe(isTerminal(state));
    });
  });

  it('begins no step that is to come before all it waits for', () => {
    always(({ plan, state, samples, now }) => {
      const { steps } = forecastOf(plan, state, { samples, now, endsWith: null });
      const finishOf = new Map(steps.map(({ id, finish }) => [id, end(finish.likely)]));
      for (const { id, after } of plan.steps) {
        const { status } = state.steps[id]!;
        if (status !== 'pending' && status !== 'ready') continue;
        const startAt = end(steps.find((one) => one.id === id)!.start.likely);
        for (const other of after) {
          if (state.steps[other]!.status === 'skipped') continue;
          expect(startAt).toBeGreaterThanOrEqual(finishOf.get(other)!);
        }
      }
    });
  });

  it('never has a likely finish that is earlier because a step takes longer, where places are enough', () => {
    always(({ plan: planned, state: before, samples, now }) => {
      const plan = { ...planned, concurrency: 99 };
      const state = { ...before, concurrency: 99 };
      const finish = (of: Samples) =>
        end(forecastOf(plan, state, { samples: of, now, endsWith: null }).finish?.likely ?? null);
      const longer = new Map([...samples].map(([id, own]) => [id, own.map((ms) => ms + HOUR)]));
      expect(finish(longer)).toBeGreaterThanOrEqual(finish(samples));
    });
  });

  it('knows no latest finish while the cutover is held', () => {
    always(({ plan, state, samples, now }) => {
      const { finish } = forecastOf(plan, state, { samples, now, endsWith: null });
      const isOpen = Object.values(state.steps).some((one) => !isStepTerminal(one));
      if (state.held !== null && isOpen && finish !== null) expect(finish.latest).toBeNull();
    });
  });
});

describe('the last safe moment to give up', () => {
  it('is never later because a way back takes longer', () => {
    const way = (id: string) => ({
      ...{ id, title: id, availableFrom: null, availableUntil: null, dataLossStatement: null },
      steps: [step(`rb.${id}`)],
    });
    always(({ plan: planned, state, now }) => {
      const plan = { ...planned, rollbacks: [way('x'), way('y')] };
      const at = (takesMs: number) =>
        lastSafeAbort(plan, state, {
          promised: {
            endsAt: now + 9 * HOUR,
            marginMs: MINUTE,
            waves: [],
            waysBack: [
              { id: 'x', estimate: { takesMs, by: 'Dirk' } },
              { id: 'y', estimate: null },
            ],
          },
          samples: new Map(),
          now,
        }).at;
      expect(end(at(5 * HOUR))).toBeLessThanOrEqual(end(at(HOUR)));
      expect(end(at(10 * HOUR))).toBeLessThanOrEqual(end(at(5 * HOUR)));
    });
  });
});
