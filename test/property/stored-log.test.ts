import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InputOf } from '../../shared/core/inputs.ts';
import { CutoverError } from '../../shared/core/errors.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { statusOf } from '../../shared/view/status.ts';
import type { Chapter } from '../support/core-story.ts';
import { anyStory, DOCUMENTS, tell } from '../support/core-story.ts';
import { engineOn, makeRecordingBus, NO_BINDINGS } from '../support/engine-parts.ts';
import { makeMemoryTables } from '../support/memory-tables.ts';
import { MINUTE } from '../support/sample-plan.ts';
import { T0 } from '../support/specification.ts';
import { makeTestClock } from '../support/test-world.ts';

const ID = 'go-live';

/** How long after a moment nothing of it can be committed any more. */
const SETTLED_AFTER_MS = 10 * MINUTE;

/** Plays a story once more, this time through the commits of the engine; then a minute and what settles it passes. */
const store = async (chapters: readonly Chapter[]): Promise<Engine> => {
  const clock = makeTestClock(T0);
  const bus = makeRecordingBus(() => new CutoverError('C401', 'the stories'));
  const engine = engineOn({ tables: makeMemoryTables(), bus, clock });
  const { plan, ref } = chapters[0]!.input as InputOf<'start'>;
  await engine.store.insertPlan(ID, ref, { plan, bindings: NO_BINDINGS });
  for (const document of DOCUMENTS) await engine.readings.storeEvidence(ID, document);
  for (const { input, now, answer } of chapters) {
    clock.set(now);
    expect(await engine.advance(ID, input)).toEqual(answer);
  }
  clock.advance(MINUTE + SETTLED_AFTER_MS);
  return engine;
};

const storedStories = (check: (engine: Engine, chapters: readonly Chapter[]) => Promise<void>) =>
  fc.assert(
    fc.asyncProperty(anyStory, async (story) => {
      const chapters = tell(story);
      await check(await store(chapters), chapters);
    }),
    { numRuns: 150 },
  );

describe('whatever happened to a stored cutover', () => {
  it('its log is intact and leads to its head (I5)', async () => {
    await storedStories(async ({ verifyLog }, chapters) => {
      const { entries, firstBad } = await verifyLog(ID);
      // These stories store no evidence, which is looked for once everything else is found intact.
      const bad = firstBad?.row.startsWith('evidence-') === true ? null : firstBad;
      expect([entries, bad]).toEqual([chapters.flatMap(({ events }) => events).length, null]);
    });
  });

  it('its status as of any moment is the one that was recorded then', async () => {
    await storedStories(async ({ stateAsOf }, chapters) => {
      const { plan } = chapters[0]!.input as InputOf<'start'>;
      for (const { now } of chapters) {
        for (const at of [now - 1, now, now + 1]) {
          const recorded = chapters.findLast((chapter) => chapter.now <= at)?.after;
          if (recorded === undefined) continue;
          const rebuilt = await stateAsOf(ID, at);
          expect(rebuilt).toEqual(recorded);
          expect(statusOf(plan, rebuilt)).toEqual(statusOf(plan, recorded));
        }
      }
    });
  });

  it('it has no status before it was started, and none as of a moment that is not over', async () => {
    await storedStories(async ({ stateAsOf }, chapters) => {
      await expect(stateAsOf(ID, T0 - 1)).rejects.toMatchObject({ code: 'C325' });
      const settled = chapters.at(-1)!.now + MINUTE;
      await expect(stateAsOf(ID, settled)).resolves.toEqual(chapters.at(-1)!.after);
      await expect(stateAsOf(ID, settled + 1)).rejects.toMatchObject({ code: 'C325' });
    });
  });
});
