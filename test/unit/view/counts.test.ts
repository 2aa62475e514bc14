import { describe, expect, it } from 'vitest';
import { snapshotCsv } from '../../../shared/view/counts.ts';

describe('a snapshot as CSV', () => {
  it('has a line for every table, says what is absent or unreadable, and runs nothing', () => {
    const takenAt = Date.parse('2026-11-21T00:00:00Z');
    const csv = snapshotCsv({
      schema: 1,
      id: 'validate-1',
      takenAt,
      method: 'exact',
      sides: 'both',
      readingSource: 'pulled',
      tables: [
        { table: 'dbo.A', source: 5, target: 7, class: 'keyed', countedAt: takenAt - 60_000 },
        { table: '=cmd()', source: null, target: null, unreadable: 'target' },
      ],
    });
    expect(csv.split('\r\n')).toEqual([
      '"table","class","source","target","missing","method","counted at"',
      '"dbo.A","keyed",5,7,-2,"exact","2026-11-20T23:59:00.000Z"',
      `"'=cmd()",,"absent","unreadable",,"exact","2026-11-21T00:00:00.000Z"`,
      '',
    ]);
  });
});
