import { describe, expect, it } from 'vitest';
import { KINDS } from '../../../shared/kinds/registry.ts';
import { backupSource } from '../../../shared/kinds/backup-source.ts';
import { fakeSql, look } from './kind-context.ts';

/** Parameters that each gate takes, without those that say what it accepts. */
const GATES: Readonly<Record<string, object>> = {
  'backup-source': { automation: null },
  baseline: { classes: ['keyed'] },
  'data-upgrade': {},
  reconcile: {
    pairs: [
      {
        name: 'Ledger',
        sourceSql: 'SELECT 1 AS figure',
        targetSql: 'SELECT 1 AS figure',
        tolerance: 0,
        currency: null,
        owner: 'Peter',
      },
    ],
  },
  'replication-gate': { goal: 'drained', classes: ['keyed'], polls: 2, tracer: false, after: null },
  'stop-aos': { automation: null },
  'validate-counts': { classes: ['keyed'] },
};

/** Gates that take a document where nothing may be read. */
const BY_FILE: ReadonlySet<string> = new Set([
  'backup-source',
  'baseline',
  'data-upgrade',
  'validate-counts',
]);
/** Gates that take a statement there, where the plan says so. */
const BY_STATEMENT: ReadonlySet<string> = new Set(['reconcile', 'replication-gate', 'stop-aos']);

const kindOf = (name: string) => KINDS.find((kind) => kind.name === name)!;
const acceptedBy = (name: string, accepts?: readonly string[]) => {
  const kind = kindOf(name);
  return kind.accepts?.(kind.params.parse({ ...GATES[name], ...(accepts && { accepts }) }));
};

describe('a gate that reads servers', () => {
  it('is every data gate, and whatever else proves something by SQL alone', () => {
    // The watch proves nothing by itself: it ends when replication is removed, whatever was read of it.
    const dataGates = KINDS.filter(({ name, dataGate }) => dataGate && name !== 'replication-watch').map(
      ({ name }) => name,
    );
    expect(dataGates.filter((name) => !(name in GATES))).toEqual([]);
    expect(KINDS.flatMap(({ name, accepts }) => (accepts === undefined ? [] : name)).toSorted()).toEqual(
      Object.keys(GATES).toSorted(),
    );
  });

  it.each(Object.keys(GATES))('%s accepts all that it can read where the plan does not choose', (name) => {
    const more = BY_FILE.has(name) ? ['file'] : [];
    expect(acceptedBy(name)).toEqual(['pulled', 'pushed', ...more]);
  });

  it.each(Object.keys(GATES))('%s accepts what the plan chooses, of what it can read', (name) => {
    expect(acceptedBy(name, ['pulled'])).toEqual(['pulled']);
    const { params } = kindOf(name);
    const weakest = BY_STATEMENT.has(name) ? 'stated' : 'file';
    expect(acceptedBy(name, [weakest])).toEqual([weakest]);
    const other = BY_STATEMENT.has(name) ? 'file' : 'stated';
    for (const accepts of [[], [other], ['pulled', 'pulled']]) {
      expect(params.safeParse({ ...GATES[name], accepts }).success).toBe(false);
    }
  });
});

describe('the proof of the backup', () => {
  it.each([
    { way: 'pushed', accepts: ['file'], asked: [] },
    { way: 'pushed', accepts: ['pulled'], asked: [] },
    { way: 'pushed', accepts: ['pushed'], asked: ['backup-history'] },
    { way: 'pulled', accepts: ['pulled'], asked: ['backup-history'] },
  ] as const)('of $accepts asks $asked where the server is $way', async ({ way, accepts, asked }) => {
    const sql = { ...fakeSql({ 'backup-history': [] }), sourceOf: () => way };
    const answer = look(backupSource, { params: { automation: null, accepts }, ports: { sql } });
    await answer.catch(() => undefined);
    expect(sql.asked).toEqual(asked);
  });
});
