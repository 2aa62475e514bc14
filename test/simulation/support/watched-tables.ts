import type { ServerTime } from '../../../shared/adapters/clock.ts';
import type { StoredEvent } from '../../../shared/core/events.ts';
import { CutoverError } from '../../../shared/core/errors.ts';
import type { StoredInput, StoredPlan } from '../../../shared/engine/cutover-store.ts';
import type { Envelope, Row, TableName, Tables, Write } from '../../../shared/engine/ports.ts';
import { unpackBody } from '../../../shared/engine/rows.ts';
import { dateOf } from './clocks.ts';
import type { Fact } from './facts.ts';
import type { CallFaults, Owner, Scheduler } from './scheduler.ts';
import type { VirtualTime } from './virtual-time.ts';

/** The bodies of the rows with this prefix, each with its spill rows. */
const bodiesOf = (partition: string, writes: readonly Write[], prefix: string): unknown[] => {
  const groups = new Map<string, Row[]>();
  for (const write of writes) {
    if (write.op === 'remove' || !write.row.startsWith(prefix)) continue;
    const [key = ''] = write.row.split('.');
    const row: Row = { partition, row: write.row, etag: '', properties: write.properties };
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].map((rows) => unpackBody(rows, null));
};

/** The JSON of the head as it is written; null if none is. */
const headOf = (partition: string, writes: readonly Write[]): string | null => {
  const head = writes.find(({ row }) => row === 'head');
  if (head === undefined || head.op === 'remove') return null;
  const { json } = head.properties;
  return typeof json === 'string' ? json : JSON.stringify(bodiesOf(partition, writes, 'head')[0]);
};

/** The plan that a transaction wrote, if it wrote one. */
const plansOf = (partition: string, writes: readonly Write[]): readonly Fact[] => {
  const [first] = writes;
  if (first?.row.startsWith('plan-') !== true) return [];
  const [stored] = bodiesOf(partition, writes, 'plan-') as StoredPlan[];
  if (stored === undefined) return [];
  return [{ type: 'plan-stored', cutoverId: partition, key: first.row.slice(5), plan: stored.plan }];
};

/** What a transaction that took effect means: a commit, evidence, or nothing anybody promised anything about. */
const factsOf = (
  table: TableName,
  partition: string,
  writes: readonly Write[],
  at: number,
): readonly Fact[] => {
  if (table === 'readings') {
    return writes
      .filter(({ row }) => /^evidence-[0-9a-f]{64}$/.test(row))
      .map(({ row }) => ({ type: 'evidence-stored', cutoverId: partition, hash: row.slice(9) }));
  }
  const head = table === 'cutovers' ? headOf(partition, writes) : null;
  if (head === null) return table === 'cutovers' ? plansOf(partition, writes) : [];
  const batches = bodiesOf(partition, writes, 'event-') as StoredEvent[][];
  const inputs = bodiesOf(partition, writes, 'input-') as StoredInput[];
  const outs = bodiesOf(partition, writes, 'out-') as { envelopes: Envelope[] }[];
  return [
    {
      type: 'commit',
      at,
      cutoverId: partition,
      head,
      events: batches.flat(),
      inputs,
      batches: batches.length,
      outs: outs.map(({ envelopes }) => envelopes),
    },
  ];
};

const storageFailed = () => new CutoverError('C401', 'throttled by the simulation');

/**
 * The shared tables as one process sees them: every call is scheduled, may fail, and is recorded when it took effect; every
 * answer tells when.
 */
export const makeWatchedTables = (parts: {
  readonly tables: Tables;
  readonly scheduler: Scheduler;
  readonly owner: Owner;
  readonly time: VirtualTime;
  readonly asks: ServerTime['asks'];
  readonly record: (fact: Fact) => void;
}): Tables => {
  const { tables, scheduler, owner, time, asks, record } = parts;
  const read = { failure: storageFailed, mayLandLate: false, isThrottled: true };
  const write = { failure: storageFailed, mayLandLate: true, isThrottled: true, isRepeated: true };
  const call = async <T>(label: string, apply: () => Promise<T>, faults: CallFaults): Promise<T> => {
    const onAnswer = asks();
    let date = 0;
    const answer = await scheduler.call(
      owner,
      label,
      () => {
        date = dateOf(time.now());
        return apply();
      },
      faults,
    );
    onAnswer(date);
    return answer;
  };
  return {
    get: (table, partition, row) =>
      call(`get ${partition} ${row.slice(0, 24)}`, () => tables.get(table, partition, row), read),
    range: (table, partition, from, to) =>
      call(`range ${partition} ${from.slice(0, 24)}`, () => tables.range(table, partition, from, to), read),
    page: (table, partition, query) =>
      call(`page ${partition} ${query.from.slice(0, 24)}`, () => tables.page(table, partition, query), read),
    transact: (table, partition, writes) =>
      call(
        `transact ${table} ${partition} ${writes.map(({ op, row }) => `${op} ${row.slice(0, 24)}`).join(', ')}`,
        async () => {
          await tables.transact(table, partition, writes);
          for (const fact of factsOf(table, partition, writes, time.now())) record(fact);
        },
        write,
      ),
  };
};
