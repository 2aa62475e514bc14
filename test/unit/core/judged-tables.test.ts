import { describe, expect, it } from 'vitest';
import type { Snapshot, TableCount } from '../../../shared/core/counts.ts';
import { coverageOf, STALE_AFTER_MS } from '../../../shared/core/coverage.ts';
import type { Judging } from '../../../shared/core/judged-tables.ts';
import { isMismatch, judgeTables, worstFirst } from '../../../shared/core/judged-tables.ts';
import { NO_LISTS } from '../../../shared/core/table-class.ts';

const MINUTE = 60_000;
const T0 = Date.parse('2026-11-21T00:00:00Z');

const count = (
  table: string,
  source: number | null,
  target: number | null,
  differs: Partial<TableCount> = {},
) => ({
  table: `dbo.${table}`,
  source,
  target,
  ...differs,
});
const snapshot = (
  minute: number,
  tables: readonly TableCount[],
  differs: Partial<Snapshot> = {},
): Snapshot => ({
  schema: 1,
  id: `estimate-${minute}`,
  takenAt: T0 + minute * MINUTE,
  method: 'estimate',
  sides: 'both',
  readingSource: 'pulled',
  tables,
  ...differs,
});
const exact = (minute: number, ...tables: readonly TableCount[]) =>
  snapshot(minute, tables, { method: 'exact' });
const RULES = { nonKeyedPublished: true, stoppedAt: T0, drainedAt: T0 };
const JUDGING: Judging = { rules: () => RULES, lists: NO_LISTS, now: T0 + 60 * MINUTE, rehearsal: [] };
const told = (snapshots: readonly Snapshot[], judging: Partial<Judging> = {}) =>
  judgeTables(snapshots, { ...JUDGING, ...judging }).map(({ table, verdict, class: own }) => [
    table,
    own,
    verdict,
  ]);

describe('the tables of several snapshots', () => {
  it('are judged over time, in whatever order the snapshots come and however the names are written', () => {
    const snapshots = [snapshot(5, [count('a', 9, 8)]), snapshot(0, [count('A', 9, 5)])];
    expect(judgeTables(snapshots, JUDGING)).toMatchObject([
      { table: 'dbo.A', verdict: 'catching-up', looks: [{ target: 5 }, { target: 8 }] },
    ]);
  });

  it('have the class of the publication that was read last, keyed where none was', () => {
    const snapshots = [
      snapshot(0, [count('A', 1, 1), count('B', 1, 1, { class: 'special' })]),
      exact(1, count('A', 1, 1, { class: 'non-keyed' }), count('F', null, null, { class: 'other-objects' })),
      snapshot(2, [count('A', 1, 1), count('B', 1, 1)]),
    ];
    expect(told(snapshots)).toEqual([
      ['dbo.A', 'non-keyed', 'equal'],
      ['dbo.B', 'special', 'equal'],
    ]);
    expect(told([snapshot(0, [count('A', 1, 1)])])).toEqual([['dbo.A', 'keyed', 'equal']]);
  });

  it('are looked at in the order in which they were counted, not in that in which it was told', () => {
    const snapshots = [
      snapshot(5, [count('A', 9, 5)]),
      exact(9, count('A', 9, 3, { countedAt: T0 + 3 * MINUTE })),
    ];
    expect(judgeTables(snapshots, JUDGING)).toMatchObject([{ looks: [{ target: 3 }, { target: 5 }] }]);
  });

  it('leave out a baseline, which compares nothing', () => {
    expect(told([snapshot(0, [count('A', 1, null)], { method: 'exact', sides: 'source' })])).toEqual([]);
  });

  it('are ignored while an entry holds', () => {
    const ignored = [{ table: 'A', reason: 'r', owner: 'o', expiresAt: JUDGING.now + 1 }];
    const snapshots = [
      snapshot(0, [count('A', null, null), count('B', 1, 1)]),
      snapshot(5, [count('B', 1, 1)]),
    ];
    expect(told(snapshots, { lists: { ...NO_LISTS, ignored } })).toEqual([
      ['dbo.A', 'ignored', 'ignored'],
      ['dbo.B', 'keyed', 'equal'],
    ]);
    expect(judgeTables(snapshots, { ...JUDGING, lists: { ...NO_LISTS, ignored } })[0]).toMatchObject({
      doubt: null,
      reason: 'left out until 2026-11-21T01:00:00.001Z, for which o answers: r',
    });
  });

  it('are special where the list says so, whatever their publication', () => {
    const lists = { ...NO_LISTS, special: ['BIG'] };
    const snapshots = [snapshot(0, [count('Big', 9, null), count('B', 1, 1)])];
    const rules = () => ({ ...RULES, nonKeyedPublished: false });
    expect(told(snapshots, { lists, rules })).toEqual([
      ['dbo.Big', 'special', 'deferred'],
      ['dbo.B', 'keyed', 'equal'],
    ]);
  });

  it('that a later estimate has not any more were dropped, those that only an exact count has were not', () => {
    const snapshots = [
      exact(0, count('LAST', 1, 1)),
      snapshot(1, [count('A', 1, 1), count('B', 1, 1)]),
      snapshot(2, [count('B', 1, 1)]),
    ];
    expect(judgeTables(snapshots, JUDGING)).toMatchObject([
      { table: 'dbo.LAST', verdict: 'equal' },
      { table: 'dbo.A', verdict: 'unreadable', reason: 'not among the published tables any more' },
      { table: 'dbo.B', verdict: 'equal' },
    ]);
  });

  it('are held against what the rehearsal counted last', () => {
    const rehearsal = [exact(-90, count('A', 1, 1)), exact(-80, count('a', 1_000_000, 1_000_000))];
    const [table] = judgeTables([exact(0, count('A', 0, 0))], { ...JUDGING, rehearsal });
    expect(table).toMatchObject({ verdict: 'equal', doubt: { doubt: 'empty' } });
    expect(table && isMismatch(table)).toBe(true);
    const [sound] = judgeTables([exact(0, count('A', 0, 0))], JUDGING);
    expect(sound && isMismatch(sound)).toBe(false);
  });

  it('come the worst first: by verdict, then by difference, then by name', () => {
    const tables = judgeTables(
      [
        exact(
          30,
          count('EQUAL', 1, 1),
          count('SMALL', 9, 8),
          count('Z', 9, 7),
          count('B', null, 1),
          count('A', null, 1),
          count('C', null, 1),
          count('LARGE', 900, 1),
        ),
      ],
      JUDGING,
    );
    expect(worstFirst(tables).map(({ table }) => table.slice(4))).toEqual([
      'LARGE',
      'Z',
      'SMALL',
      'A',
      'B',
      'C',
      'EQUAL',
    ]);
  });
});

describe('coverage', () => {
  const ignored = [{ table: 'IGNORED', reason: 'r', owner: 'o', expiresAt: JUDGING.now + 1 }];

  it('says how much was compared, how, and how old the oldest look is', () => {
    const tables = judgeTables(
      [
        exact(1, count('E', 60, 60, { countedAt: T0 - MINUTE }), count('F', 10, 9)),
        snapshot(5, [count('G', 20, 20), count('H', 10, null), count('IGNORED', 999, 0)]),
      ],
      { ...JUDGING, lists: { ...NO_LISTS, ignored }, rules: () => ({ ...RULES, stoppedAt: null }) },
    );
    expect(coverageOf(tables, JUDGING.now)).toEqual({
      tables: { inScope: 4, exact: 2, estimated: 1, notCompared: 1, ignored: 1 },
      rows: { inScope: 100, exact: 70 },
      exactShare: { tables: 0.5, rows: 0.7 },
      oldestAt: T0 - MINUTE,
      stale: [],
    });
  });

  it('names the tables whose look is stale', () => {
    const tables = judgeTables([exact(0, count('A', 1, 1)), exact(1, count('B', null, 1))], JUDGING);
    expect(coverageOf(tables, T0 + STALE_AFTER_MS).stale).toEqual([]);
    expect(coverageOf(tables, T0 + STALE_AFTER_MS + 1).stale).toEqual(['dbo.A']);
    expect(coverageOf(tables, T0 + STALE_AFTER_MS + 2 * MINUTE).stale).toEqual(['dbo.A', 'dbo.B']);
  });

  it('of nothing has no shares and no age', () => {
    expect(coverageOf([], JUDGING.now)).toMatchObject({
      rows: { inScope: 0, exact: 0 },
      exactShare: { tables: null, rows: null },
      oldestAt: null,
    });
  });

  it('of a table that nobody has looked at is not compared, and not stale', () => {
    const [table] = judgeTables([exact(0, count('A', 1, 1))], JUDGING);
    const unseen = table === undefined ? [] : [{ ...table, look: null }];
    expect(coverageOf(unseen, T0 + 9 * STALE_AFTER_MS)).toMatchObject({
      tables: { notCompared: 1 },
      stale: [],
    });
  });
});
