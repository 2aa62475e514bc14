import { describe, expect, it } from 'vitest';
import { makeCountingStore } from '../../../shared/engine/counting-store.ts';
import { makeMemoryTables } from '../../support/memory-tables.ts';

const NOW = 1_000_000;
const of = (piece: string, countingId = 'count-1') => ({ countingId, round: 0, piece });
const lane = (number: number, piece: string, until = NOW + 60_000) =>
  ({ server: 'source', lane: number, of: of(piece), until }) as const;

describe('the plan of a counting', () => {
  it('is that of the newest round, and the first one that was stored', async () => {
    const store = makeCountingStore(makeMemoryTables());
    expect(await store.plan('c1', 'count-1')).toBeNull();
    expect(await store.storePlan('c1', 'count-1', 0, { n: 1 })).toEqual({ n: 1 });
    expect(await store.storePlan('c1', 'count-1', 0, { n: 2 })).toEqual({ n: 1 });
    await store.storePlan('c1', 'count-1', 1, { n: 3 });
    expect(await store.plan('c1', 'count-1')).toEqual({ round: 1, plan: { n: 3 } });
    expect(await store.plan('c2', 'count-1')).toBeNull();
  });

  it('comes back whole when it is large', async () => {
    const store = makeCountingStore(makeMemoryTables());
    const plan = Array.from({ length: 20_000 }, (_, n) => [`dbo.${(n * 7919).toString(36)}`, n * 104_729, n]);
    await store.storePlan('c1', 'count-1', 0, plan);
    expect((await store.plan('c1', 'count-1'))?.plan).toEqual(plan);
  });
});

describe('the counts of a counting', () => {
  it.each(['count-1', 'rb.validate-counts-1', 'a.b-1', 'validate-counts-1'])(
    'of %s come back by piece, and not those of a step or round whose id begins alike',
    async (countingId) => {
      const store = makeCountingStore(makeMemoryTables());
      const keep = (id: string, round: number, piece: string, counts: (number | null)[] | 'halved') =>
        store.release('c1', { ...lane(0, piece), of: { countingId: id, round, piece } }, counts);
      await keep(countingId, 0, 's000000', [10, null]);
      await keep(countingId, 0, 't000001', 'halved');
      await keep(countingId, 0, 't000001ab', [3]);
      await keep(countingId, 1, 's000000', [1]);
      await keep(`${countingId}-2`, 0, 's000000', [2]);
      await keep(`${countingId}1`, 0, 's000000', [3]);
      await keep(`${countingId}-000-5`, 0, 's000009', [4]);
      expect(await store.counts('c1', countingId, 0)).toEqual(
        new Map<string, unknown>([
          ['s000000', [10, null]],
          ['t000001', 'halved'],
          ['t000001ab', [3]],
        ]),
      );
    },
  );
});

describe('a lane of a server', () => {
  it('is claimed by one, and again once it is free', async () => {
    const store = makeCountingStore(makeMemoryTables());
    expect(await store.claim('c1', lane(0, 's000000'), NOW)).toBe('claimed');
    expect(await store.claim('c1', lane(0, 's000001'), NOW)).toBe('lane-busy');
    expect(await store.claim('c1', lane(1, 's000001'), NOW)).toBe('claimed');
    await store.release('c1', lane(0, 's000000'), [4]);
    expect(await store.claim('c1', lane(0, 's000002'), NOW)).toBe('claimed');
  });

  it('does not take a piece that another lane has in hand', async () => {
    const store = makeCountingStore(makeMemoryTables());
    await store.claim('c1', lane(0, 's000000'), NOW);
    expect(await store.claim('c1', lane(1, 's000000'), NOW)).toBe('piece-taken');
  });

  it('is free, and its piece open, when whoever claimed it has been silent for too long', async () => {
    const store = makeCountingStore(makeMemoryTables());
    await store.claim('c1', lane(0, 's000000'), NOW);
    const later = NOW + 60_000;
    expect(await store.claim('c1', lane(0, 's000000', later + 60_000), later)).toBe('claimed');
  });

  it('stays with whoever claimed it anew, and what the late one counted is kept', async () => {
    const store = makeCountingStore(makeMemoryTables());
    await store.claim('c1', lane(0, 's000000'), NOW);
    const later = NOW + 60_000;
    await store.claim('c1', lane(0, 's000001', later + 60_000), later);
    await store.release('c1', lane(0, 's000000'), [7]);
    expect(await store.counts('c1', 'count-1', 0)).toEqual(new Map([['s000000', [7]]]));
    expect(await store.claim('c1', lane(0, 's000002'), later)).toBe('lane-busy');
  });

  it('of one server is none of the other, and of one cutover none of another', async () => {
    const store = makeCountingStore(makeMemoryTables());
    await store.claim('c1', lane(0, 's000000'), NOW);
    expect(await store.claim('c1', { ...lane(0, 't000000'), server: 'target' }, NOW)).toBe('claimed');
    expect(await store.claim('c2', lane(0, 's000000'), NOW)).toBe('claimed');
  });

  it('is given to one of many that want it at once', async () => {
    const store = makeCountingStore(makeMemoryTables());
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, n) => store.claim('c1', lane(0, `s00000${n}`), NOW)),
    );
    expect(answers.sort()).toEqual(['claimed', 'lane-busy', 'lane-busy', 'lane-busy', 'lane-busy']);
  });

  it('that counted nothing leaves nothing behind', async () => {
    const store = makeCountingStore(makeMemoryTables());
    await store.claim('c1', lane(0, 's000000'), NOW);
    await store.release('c1', lane(0, 's000000'), null);
    expect(await store.counts('c1', 'count-1', 0)).toEqual(new Map());
    expect(await store.claim('c1', lane(0, 's000000'), NOW)).toBe('claimed');
  });
});
