import { describe, expect, it } from 'vitest';
import type { TableClass } from '../../../shared/core/table-class.ts';
import type { Rows, TableLook } from '../../../shared/core/table-look.ts';
import { lookOf, sinceRestart } from '../../../shared/core/table-look.ts';
import type { Verdict, VerdictRules } from '../../../shared/core/table-verdict.ts';
import { LATENCY_BOUND_MS, VERDICTS, verdictOf, verdictTotals } from '../../../shared/core/table-verdict.ts';

const MINUTE = 60_000;
const T0 = Date.parse('2026-11-21T00:00:00Z');
type Pair = readonly [Rows, Rows];

/** Looks five minutes apart, by estimate. */
const series = (...pairs: readonly Pair[]): readonly TableLook[] =>
  pairs.map(([source, target], n) => ({ at: T0 + n * 5 * MINUTE, method: 'estimate', source, target }));
const exact = (minute: number, [source, target]: Pair): TableLook => ({
  at: T0 + minute * MINUTE,
  method: 'exact',
  source,
  target,
});
const lacking = (...gaps: readonly number[]) => series(...gaps.map((gap): Pair => [1_000, 1_000 - gap]));

const RUNNING: VerdictRules = { nonKeyedPublished: false, stoppedAt: null, drainedAt: null };
const STOPPED: VerdictRules = { ...RUNNING, stoppedAt: T0 };
const DRAINED: VerdictRules = { nonKeyedPublished: true, stoppedAt: T0, drainedAt: T0 + 30 * MINUTE };
const AFTER_BOUND = 30 + LATENCY_BOUND_MS / MINUTE + 1;

describe('the verdict of a keyed table', () => {
  it.each<[string, readonly TableLook[], VerdictRules, Verdict, string]>([
    ['nobody has looked at', [], RUNNING, 'unreadable', 'not counted yet'],
    ['with equal estimates', series([5, 5]), RUNNING, 'equal', '5 rows on both sides by estimate'],
    ['with equal counts', [exact(0, [1, 1])], RUNNING, 'equal', '1 row on both sides'],
    ['with no rows on both sides', [exact(0, [0, 0])], RUNNING, 'equal', '0 rows on both sides'],
    [
      'that lacks rows at first sight',
      lacking(400),
      RUNNING,
      'suspect',
      'lacks 400 rows; the source is not stopped yet',
    ],
    [
      'whose gap shrinks',
      lacking(400, 300),
      RUNNING,
      'catching-up',
      'lacks 300 rows, 100 rows fewer than before',
    ],
    [
      'whose gap shrank before it rested',
      lacking(400, 300, 300, 300),
      RUNNING,
      'catching-up',
      'lacks 300 rows, 100 rows fewer than before',
    ],
    [
      'whose gap rests for three looks',
      lacking(400, 300, 300, 300, 300),
      RUNNING,
      'stalled',
      'lacks 300 rows, not fewer for 3 looks in a row',
    ],
    [
      'whose gap grows for three looks',
      lacking(1, 2, 3, 4),
      RUNNING,
      'stalled',
      'lacks 4 rows, not fewer for 3 looks in a row',
    ],
    [
      'whose gap grows for two looks',
      lacking(1, 2, 3),
      RUNNING,
      'suspect',
      'lacks 3 rows; the source is not stopped yet',
    ],
    [
      'whose gap comes and goes',
      lacking(100, 90, 100),
      RUNNING,
      'suspect',
      'lacks 100 rows; the source is not stopped yet',
    ],
    [
      'whose gap is below the first again',
      lacking(100, 80, 90),
      RUNNING,
      'catching-up',
      'lacks 90 rows, 10 rows fewer than before',
    ],
    [
      'whose looks were blind in between',
      series([9, 8], ['unreadable', 8], [9, 'unreadable'], [9, 8], [9, 8]),
      RUNNING,
      'suspect',
      'lacks 1 row; the source is not stopped yet',
    ],
    [
      'that lacks rows after the stop',
      lacking(1),
      STOPPED,
      'suspect',
      'lacks 1 row; that is not confirmed yet',
    ],
    [
      'with more rows at the target',
      series([5, 1_005]),
      RUNNING,
      'surplus',
      'has 1,000 rows more than the source; deletions may still be on their way',
    ],
    [
      'with more rows at the target after the stop',
      series([5, 6]),
      STOPPED,
      'surplus',
      'has 1 row more than the source',
    ],
    [
      'that is not at the target',
      series([5, 'absent']),
      RUNNING,
      'absent-at-target',
      'at the source, but not at the target',
    ],
    [
      'that is empty at the source and not at the target',
      series([0, 'absent']),
      RUNNING,
      'absent-at-target',
      'at the source, but not at the target',
    ],
    [
      'that is not at the source',
      series(['absent', 5]),
      RUNNING,
      'unexpected-at-target',
      'at the target, but not at the source',
    ],
    [
      'dropped on both sides between two polls',
      series([5, 5], ['absent', 'absent']),
      RUNNING,
      'unreadable',
      'gone from both sides, so there is nothing to compare',
    ],
    [
      'that cannot be read at the source',
      series(['unreadable', 5]),
      RUNNING,
      'unreadable',
      'could not be counted at the source',
    ],
    [
      'that cannot be read at the target',
      series([5, 'unreadable']),
      RUNNING,
      'unreadable',
      'could not be counted at the target',
    ],
    [
      'that cannot be read anywhere',
      series(['unreadable', 'unreadable']),
      RUNNING,
      'unreadable',
      'could not be counted at the source and the target',
    ],
  ])('%s', (_, looks, rules, verdict, reason) => {
    expect(verdictOf('keyed', looks, rules)).toMatchObject({ verdict, reason });
  });
});

describe('rows that are missing', () => {
  it.each<[string, readonly TableLook[], VerdictRules, Verdict]>([
    [
      'in an exact count after the bound are confirmed',
      [exact(AFTER_BOUND, [10, 9])],
      DRAINED,
      'confirmed-missing',
    ],
    ['within the bound are not', [exact(AFTER_BOUND - 1, [10, 9])], DRAINED, 'suspect'],
    ['by estimate never are', [{ ...exact(AFTER_BOUND, [10, 9]), method: 'estimate' }], DRAINED, 'suspect'],
    [
      'before delivery is proven are not',
      [exact(AFTER_BOUND, [10, 9])],
      { ...DRAINED, drainedAt: null },
      'suspect',
    ],
    ['before the stop are not', [exact(AFTER_BOUND, [10, 9])], { ...DRAINED, stoppedAt: null }, 'suspect'],
    [
      'stay confirmed while estimates go on',
      [exact(AFTER_BOUND, [10, 9]), { ...exact(99, [10, 9]), method: 'estimate' }],
      DRAINED,
      'confirmed-missing',
    ],
    [
      'stay confirmed while nothing can be read',
      [exact(AFTER_BOUND, [10, 9]), exact(99, ['unreadable', 'unreadable'])].map((look, n) =>
        n === 0 ? look : { ...look, method: 'estimate' as const },
      ),
      DRAINED,
      'confirmed-missing',
    ],
    [
      'of a table that is filled anew may still come',
      [exact(31, [100, 99]), { ...exact(40, [100, 10]), method: 'estimate' }, exact(45, [100, 80])],
      DRAINED,
      'catching-up',
    ],
    [
      'of a table that was filled anew long ago are confirmed',
      [exact(31, [100, 99]), { ...exact(40, [100, 10]), method: 'estimate' }, exact(51, [100, 80])],
      DRAINED,
      'confirmed-missing',
    ],
  ])('%s', (_, looks, rules, verdict) => {
    expect(verdictOf('keyed', looks, rules).verdict).toBe(verdict);
  });
});

describe('an exact count', () => {
  const estimate = (minute: number, pair: Pair): TableLook => ({
    ...exact(minute, pair),
    method: 'estimate',
  });

  it.each<[string, TableLook, TableLook, VerdictRules, Verdict]>([
    [
      'of a source that stands still outweighs a later estimate',
      exact(5, [100, 100]),
      estimate(9, [100, 95]),
      STOPPED,
      'equal',
    ],
    ['at the very stop does not', exact(0, [100, 100]), estimate(9, [100, 95]), STOPPED, 'suspect'],
    ['of a source that runs does not', exact(5, [100, 100]), estimate(9, [120, 100]), RUNNING, 'suspect'],
    [
      'does not when the table is gone since',
      exact(5, [100, 100]),
      estimate(9, [10, 'absent']),
      STOPPED,
      'absent-at-target',
    ],
    [
      'does not when the source has lost it since',
      exact(5, [100, 100]),
      estimate(9, ['absent', 10]),
      STOPPED,
      'unexpected-at-target',
    ],
    [
      'does not when the target is filled anew',
      exact(5, [100, 100]),
      estimate(9, [100, 0]),
      STOPPED,
      'suspect',
    ],
    [
      'that found the table unreadable does not',
      exact(5, ['unreadable', 10]),
      estimate(9, [10, 10]),
      STOPPED,
      'equal',
    ],
  ])('%s', (_, first, then, rules, verdict) => {
    expect(verdictOf('keyed', [first, then], rules).verdict).toBe(verdict);
  });
});

describe('a restart of the target', () => {
  it('is not stalled, however long the gap stayed before', () => {
    const looks = lacking(400, 300, 300, 300, 900);
    expect(verdictOf('keyed', looks, RUNNING).verdict).toBe('suspect');
    expect(verdictOf('keyed', [...looks, ...lacking(0, 0, 0, 0, 0, 850).slice(5)], RUNNING).verdict).toBe(
      'catching-up',
    );
  });

  it.each<[string, readonly Pair[], number]>([
    [
      'a loss of a tenth begins anew',
      [
        [100, 100],
        [100, 90],
      ],
      1,
    ],
    [
      'a loss of less does not',
      [
        [100, 100],
        [100, 91],
      ],
      2,
    ],
    [
      'a gain does not',
      [
        [100, 50],
        [100, 90],
      ],
      2,
    ],
    [
      'deletions that arrive do not',
      [
        [100, 100],
        [50, 50],
      ],
      2,
    ],
    [
      'looks without a number on both sides are left out',
      [
        [100, 100],
        [100, 'absent'],
        [100, 80],
      ],
      1,
    ],
  ])('%s', (_, pairs, left) => {
    expect(sinceRestart(series(...pairs))).toHaveLength(left);
  });
});

describe('the verdict by class', () => {
  it.each<[TableClass, Pair, boolean, Verdict]>([
    ['non-keyed', [7, 0], false, 'deferred'],
    ['non-keyed', [0, 0], false, 'deferred'],
    ['non-keyed', [7, 'absent'], false, 'deferred'],
    ['non-keyed', [7, 'unreadable'], false, 'unreadable'],
    ['locked', ['unreadable', 0], false, 'unreadable'],
    ['locked', [7, 0], false, 'deferred'],
    ['special', [7, 0], false, 'deferred'],
    ['special', [7, 7], false, 'equal'],
    ['keyed', [7, 0], false, 'suspect'],
    ['non-keyed', [7, 0], true, 'suspect'],
    ['non-keyed', [7, 'absent'], true, 'absent-at-target'],
    ['ignored', [7, 0], true, 'ignored'],
    ['ignored', [7, 7], false, 'ignored'],
    ['ignored', ['unreadable', 7], false, 'ignored'],
  ])('a %s table with %s is, entry 7 done: %s, %s', (tableClass, pair, nonKeyedPublished, verdict) => {
    expect(verdictOf(tableClass, series(pair), { ...STOPPED, nonKeyedPublished }).verdict).toBe(verdict);
  });

  it('says that a table without a key is missing once it was published and proven delivered', () => {
    const look = exact(AFTER_BOUND, [7, 0]);
    expect(verdictOf('non-keyed', [look], { ...DRAINED, nonKeyedPublished: false }).verdict).toBe('deferred');
    expect(verdictOf('non-keyed', [look], DRAINED)).toEqual({
      verdict: 'confirmed-missing',
      reason: 'lacks 7 rows, counted exactly after everything had to be delivered',
      look,
    });
  });

  it('says why, also of what is not judged', () => {
    expect(verdictOf('ignored', [], RUNNING)).toEqual({
      verdict: 'ignored',
      reason: 'left out by the ignore list',
      look: null,
    });
    expect(verdictOf('locked', series([7, 0]), RUNNING).reason).toBe(
      'locked table, to be published in the downtime',
    );
  });
});

describe('how a snapshot saw a table', () => {
  const count = { table: 'dbo.T', source: 5, target: 5 };
  const seen = { takenAt: T0, method: 'exact' } as const;

  it.each<[Partial<Parameters<typeof lookOf>[1]>, Pair]>([
    [{}, [5, 5]],
    [{ source: null, target: null }, ['absent', 'absent']],
    [{ source: null, unreadable: 'source' }, ['unreadable', 5]],
    [{ target: null, unreadable: 'target' }, [5, 'unreadable']],
    [{ source: null, target: null, unreadable: 'both' }, ['unreadable', 'unreadable']],
    [{ source: null, target: null, unreadable: 'source' }, ['unreadable', 'absent']],
    [{ source: null, target: null, unreadable: 'target' }, ['absent', 'unreadable']],
    [{ source: -1, target: 2 ** 53 }, ['unreadable', 'unreadable']],
    [{ source: 1.5, target: Number.NaN }, ['unreadable', 'unreadable']],
    [{ source: 2 ** 53 - 1, target: 0 }, [2 ** 53 - 1, 0]],
  ])('with %j is %j', (differs, [source, target]) => {
    expect(lookOf(seen, { ...count, ...differs })).toEqual({ at: T0, method: 'exact', source, target });
  });

  it('has the time at which the table itself was counted', () => {
    expect(lookOf(seen, { ...count, countedAt: 7 }).at).toBe(7);
  });
});

describe('totals', () => {
  it('name every verdict, also those that no table has', () => {
    const totals = verdictTotals(['equal', 'equal', 'stalled']);
    expect(Object.keys(totals)).toEqual([...VERDICTS]);
    expect([totals.equal, totals.stalled, totals.ignored]).toEqual([2, 1, 0]);
  });
});
