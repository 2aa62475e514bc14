import { CutoverError } from '../../shared/core/errors.ts';
import { checkTransaction, isLegalKey } from '../../shared/engine/limits.ts';
import {
  type PropertyValue,
  type Row,
  StorageConflict,
  type TableName,
  type Tables,
  type Write,
} from '../../shared/engine/ports.ts';

/** Tables in memory, and how many operations were done on them: a query counts one per page. */
export type MemoryTables = Tables & { readonly operations: () => number };

type Partition = Map<string, Row>;

/** Table Storage never gives more rows than this in one page. */
const maxPageRows = 1_000;

const copyValue = (value: PropertyValue): PropertyValue =>
  typeof value === 'object' ? Uint8Array.from(value) : value;

const copyProperties = (properties: Row['properties']): Row['properties'] =>
  Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, copyValue(value)]));

const copyRow = (row: Row): Row => ({ ...row, properties: copyProperties(row.properties) });

const between = (rows: Partition, from: string, to: string): readonly Row[] =>
  [...rows.values()]
    .filter(({ row }) => row >= from && row < to)
    .sort((one, other) => (one.row < other.row ? -1 : 1));

const encodeToken = (row: string): string => Buffer.from(JSON.stringify({ row })).toString('base64url');

const decodeToken = (token: string): string => {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (typeof value === 'object' && value !== null && 'row' in value && typeof value.row === 'string') {
      return value.row;
    }
  } catch {
    // Falls through to the refusal below.
  }
  throw new CutoverError('C201', 'the continuation token is not one of ours');
};

const checkConflict = (table: TableName, rows: Partition, write: Write): void => {
  const found = rows.get(write.row);
  if (write.op === 'upsert') return;
  if (write.op === 'insert') {
    if (found !== undefined) throw new StorageConflict(`${table}: row ${write.row} exists`);
    return;
  }
  if (found === undefined) throw new StorageConflict(`${table}: row ${write.row} is gone`);
  if (write.etag !== '*' && write.etag !== found.etag) {
    throw new StorageConflict(`${table}: row ${write.row} has changed`);
  }
};

/**
 * Table Storage in memory, for tests and the simulation: the same conflicts, refusals and order as the real one,
 * etags that count upwards, and every operation takes exactly one asynchronous tick before it does its work at once.
 */
export const makeMemoryTables = (): MemoryTables => {
  const partitions = new Map<string, Partition>();
  let operations = 0;
  let lastEtag = 0;
  const partitionOf = (table: TableName, partition: string): Partition => {
    const key = JSON.stringify([table, partition]);
    const rows = partitions.get(key) ?? new Map<string, Row>();
    partitions.set(key, rows);
    return rows;
  };
  const begin = async (): Promise<void> => {
    operations += 1;
    await Promise.resolve();
  };
  const page: Tables['page'] = async (table, partition, { from, to, limit, token }) => {
    await begin();
    const start = token === null ? from : decodeToken(token);
    const rows = between(partitionOf(table, partition), start > from ? start : from, to);
    const size = Math.min(limit, maxPageRows);
    const following = rows[size];
    return {
      rows: rows.slice(0, size).map(copyRow),
      next: following === undefined ? null : encodeToken(following.row),
    };
  };
  return {
    operations: () => operations,
    get: async (table, partition, row) => {
      if (!isLegalKey(partition) || !isLegalKey(row)) return null;
      await begin();
      const found = partitionOf(table, partition).get(row);
      return found === undefined ? null : copyRow(found);
    },
    page,
    range: async (table, partition, from, to) => {
      const rows: Row[] = [];
      let token: string | null = null;
      do {
        const { rows: some, next } = await page(table, partition, { from, to, limit: maxPageRows, token });
        rows.push(...some);
        token = next;
      } while (token !== null);
      return rows;
    },
    transact: async (table, partition, writes) => {
      checkTransaction(table, partition, writes);
      if (writes.length === 0) return;
      await begin();
      const rows = partitionOf(table, partition);
      for (const write of writes) checkConflict(table, rows, write);
      for (const write of writes) {
        if (write.op === 'remove') rows.delete(write.row);
        else {
          const etag = `W/"${++lastEtag}"`;
          rows.set(write.row, {
            partition,
            row: write.row,
            etag,
            properties: copyProperties(write.properties),
          });
        }
      }
    },
  };
};
