import { describe, expect, test } from 'vitest';
import { sourceEstimates, sourceRows, targetRows, type Rows } from '../../../local/world/counts.ts';
import type { FaultName, Scene } from '../../../local/world/history.ts';
import { publicationsAt, publishedArticles } from '../../../local/world/publications.ts';
import { makeTestWorld, MINUTE, type TestWorld } from '../../support/test-world.ts';

type Moment = { readonly scene: Scene; readonly now: number };

/** A whole procedure, looked at every few minutes: each moment with the history as it was then. */
const momentsOf = (test: TestWorld): readonly Moment[] => {
  const { world, clock } = test;
  const moments: Moment[] = [];
  const watch = (minutes: number, step = 7): void => {
    for (let minute = 0; minute < minutes; minute += step) {
      moments.push({ scene: world.scene(), now: clock.now() });
      clock.advance(step * MINUTE);
    }
  };
  watch(7);
  test.setUpDistributor();
  test.finish(world.act.toolkit(5));
  watch(14);
  for (const { name } of publicationsAt(world.scene(), clock.now())) world.act.startSnapshot(name);
  // The tables arrive one after the other within a few minutes.
  watch(6, 1);
  watch(63);
  test.finish(world.act.toolkit(6));
  test.stopAx();
  watch(28);
  test.finish(world.act.toolkit(7));
  watch(42);
  const { tables } = world.scene();
  test.finish(world.act.republish(tables.map(({ name }) => name)));
  watch(14);
  test.finish(world.act.toolkit(8));
  watch(14);
  return moments;
};

/** The same world told anew: nothing can be remembered of it. */
const fresh = ({ scene, now }: Moment): Moment => ({
  scene: { ...scene, tables: [...scene.tables], designs: [...scene.designs] },
  now,
});

const SEEN: Readonly<Record<string, (moment: Moment) => unknown>> = {
  sourceRows: ({ scene, now }) => [...sourceRows(scene, now)],
  sourceEstimates: ({ scene, now }) => [...sourceEstimates(scene, now)],
  targetRows: ({ scene, now }) => [...targetRows(scene, now)],
  publishedArticles: ({ scene, now }) => [...publishedArticles(scene, now)],
};

describe.each<{ fault: readonly FaultName[] }>([{ fault: [] }, { fault: ['rows-lost'] }])(
  'a world with the faults $fault',
  ({ fault }) => {
    test.each(Object.keys(SEEN))('tells %s of any moment the same, whatever it was asked before', (name) => {
      const see = SEEN[name];
      if (see === undefined) throw new Error(`${name} is nothing to see.`);
      const moments = momentsOf(makeTestWorld(fault));
      const expected = moments.map((moment) => see(fresh(moment)));
      expect(new Set(expected.map((each) => JSON.stringify(each))).size).toBeGreaterThan(1);
      expect(moments.map(see)).toEqual(expected);
      expect(moments.toReversed().map(see)).toEqual(expected.toReversed());
    });
  },
);

describe('the rows of a world', () => {
  const askedTwice = (read: (scene: Scene, now: number) => Rows): readonly [Rows, Rows] => {
    const test = makeTestWorld();
    test.setUpDistributor();
    test.replicate();
    test.stopAx();
    const first = read(test.world.scene(), test.clock.now());
    test.clock.advance(MINUTE);
    return [first, read(test.world.scene(), test.clock.now())];
  };

  test.each([
    { side: 'source', read: sourceRows },
    { side: 'target', read: targetRows },
  ])(
    'are not made anew on the $side side once AX is off: a count asks for them in fifty parts',
    ({ read }) => {
      const [first, second] = askedTwice(read);
      expect(second).toBe(first);
    },
  );
});
