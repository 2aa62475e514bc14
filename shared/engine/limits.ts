import { CutoverError } from '../core/errors.ts';
import type { PropertyValue, Row, TableName, Write } from './ports.ts';

const KIB = 1024;

/** What Table Storage takes; emulators take more, so it is checked here before anything is sent. */
export const LIMITS = {
  writes: 100,
  /** Of the 4 MiB Azure takes as a request; the rest is reserve for its framing. */
  transactionBytes: 3.5 * KIB * KIB,
  rowBytes: KIB * KIB,
  bytesLength: 64 * KIB,
  stringLength: 32 * KIB,
  properties: 252,
  keyLength: 512,
} as const;

/** Framing, headers and URL of one write inside a transaction, about 700 bytes as measured, rounded up. */
const WRITE_OVERHEAD_BYTES = KIB;
/** A character of a key takes up to 9 bytes in the URL, and up to 3 in the JSON, of its write. */
const KEY_BYTES_PER_CHARACTER = 12;
/** An integer beyond this is stored as a double. */
const INT32_LIMIT = 2 ** 31;

const ILLEGAL_IN_KEYS = /[/\\#?\p{Cc}\p{Surrogate}]/u;
const LEGAL_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,254}$/;
/** Table Storage, or its client library, gives these names a meaning of their own. */
const RESERVED_NAMES: ReadonlySet<string> = new Set(['partitionkey', 'rowkey', 'timestamp', 'etag']);

const keyProblem = (key: string): string | null => {
  if (key === '') return 'is empty';
  if (key.length > LIMITS.keyLength) return `is longer than ${LIMITS.keyLength} characters`;
  return ILLEGAL_IN_KEYS.test(key) ? 'has an illegal character' : null;
};

/** Whether a row can have this partition or row key at all. */
export const isLegalKey = (key: string): boolean => keyProblem(key) === null;

/** Whether a number is stored as a 32-bit integer; any other number is stored as a double. */
export const isInt32 = (value: number): boolean =>
  Number.isInteger(value) && value >= -INT32_LIMIT && value < INT32_LIMIT;

const storedBytes = (value: PropertyValue): number => {
  switch (typeof value) {
    case 'string':
      return 2 * value.length + 4;
    case 'number':
      return isInt32(value) ? 4 : 8;
    case 'boolean':
      return 1;
    default:
      return value.length + 4;
  }
};

/** The size of a row as Table Storage counts it against its limit of 1 MiB. */
export const rowBytes = (partition: string, row: string, properties: Row['properties']): number =>
  Object.entries(properties).reduce(
    (sum, [name, value]) => sum + 8 + 2 * name.length + storedBytes(value),
    4 + 2 * (partition.length + row.length),
  );

const sentBytes = (value: PropertyValue): number => {
  if (typeof value === 'string') return Buffer.byteLength(JSON.stringify(value));
  return typeof value === 'object' ? 4 * Math.ceil(value.length / 3) : 24;
};

/** An upper estimate of what one write adds to the request of its transaction: bytes travel as Base64 in JSON. */
export const writeBytes = (partition: string, write: Write): number => {
  const keys = KEY_BYTES_PER_CHARACTER * (partition.length + write.row.length);
  const properties = write.op === 'remove' ? {} : write.properties;
  return Object.entries(properties).reduce(
    // Name, `name@odata.type`, its type, quotes, colons and commas.
    (sum, [name, value]) => sum + 2 * name.length + 40 + sentBytes(value),
    WRITE_OVERHEAD_BYTES + keys,
  );
};

const valueProblem = (value: PropertyValue): string | null => {
  switch (typeof value) {
    case 'string':
      if (value.length > LIMITS.stringLength) return `has ${value.length} characters`;
      // Not every parser of a batch request takes them; `packBody` escapes them.
      return /[\u2028\u2029]/.test(value) ? 'has a line separator' : null;
    case 'number':
      return Number.isFinite(value) ? null : 'is not a finite number';
    case 'boolean':
      return null;
    default:
      return value.length > LIMITS.bytesLength ? `has ${value.length} bytes` : null;
  }
};

const nameProblem = (name: string): string | null =>
  LEGAL_NAME.test(name) && !RESERVED_NAMES.has(name.toLowerCase()) ? null : 'has an illegal name';

const rowProblems = (partition: string, write: Write): readonly string[] => {
  const where = `row ${JSON.stringify(write.row)}`;
  const key = keyProblem(write.row);
  const problems = key === null ? [] : [`the key of ${where} ${key}`];
  if (write.op === 'remove') return problems;
  const properties = Object.entries(write.properties);
  for (const [name, value] of properties) {
    const problem = nameProblem(name) ?? valueProblem(value);
    if (problem !== null) problems.push(`property ${JSON.stringify(name)} of ${where} ${problem}`);
  }
  if (properties.length > LIMITS.properties) problems.push(`${where} has ${properties.length} properties`);
  const bytes = rowBytes(partition, write.row, write.properties);
  if (bytes > LIMITS.rowBytes) problems.push(`${where} has ${bytes} bytes`);
  return problems;
};

const duplicates = (writes: readonly Write[]): readonly string[] => {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const { row } of writes) (seen.has(row) ? twice : seen).add(row);
  return [...twice].map((row) => `row ${JSON.stringify(row)} is written twice`);
};

/** Everything about a transaction that Table Storage would refuse; empty when it fits. */
export const transactionProblems = (partition: string, writes: readonly Write[]): readonly string[] => {
  const key = keyProblem(partition);
  const problems = key === null ? [] : [`the partition key ${JSON.stringify(partition)} ${key}`];
  if (writes.length > LIMITS.writes) problems.push(`${writes.length} writes, at most ${LIMITS.writes}`);
  problems.push(...duplicates(writes), ...writes.flatMap((write) => rowProblems(partition, write)));
  const bytes = writes.reduce((sum, write) => sum + writeBytes(partition, write), 0);
  if (bytes > LIMITS.transactionBytes) problems.push(`${bytes} bytes, at most ${LIMITS.transactionBytes}`);
  return problems;
};

/**
 * Lets a transaction pass that Table Storage will take.
 * @throws CutoverError C403 listing all that it would refuse.
 */
export const checkTransaction = (table: TableName, partition: string, writes: readonly Write[]): void => {
  const problems = transactionProblems(partition, writes);
  if (problems.length > 0) throw new CutoverError('C403', `${table}: ${problems.join('; ')}`, { problems });
};
