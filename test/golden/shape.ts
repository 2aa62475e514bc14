import { gunzipSync } from 'node:zlib';
import type { StoredRow } from './row-file.ts';

/** Where the keys of an object are ids, and where everything below is a matter of a kind or of a request. */
const IDS = /(^|\.)(steps|milestones|people|automations|detail)$/;
const OPAQUE = /(^|\.)params$/;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every path of a value with the type at its end; what has a `type` is told apart by it. */
const pathsOf = (value: unknown, path: string): readonly string[] => {
  if (OPAQUE.test(path)) return [path];
  if (Array.isArray(value)) return value.flatMap((item) => pathsOf(item, `${path}[]`));
  if (!isObject(value)) return [`${path}: ${value === null ? 'null' : typeof value}`];
  const own = typeof value.type === 'string' ? `${path}(${value.type})` : path;
  return Object.entries(value).flatMap(([key, inner]) =>
    pathsOf(inner, `${own}.${IDS.test(path) ? '*' : key}`),
  );
};

/** What kind of row a key names: without hashes, numbers and ids. */
const kindOf = ([table, partition, row]: StoredRow): string => {
  if (table === 'active' || table === 'lists') return `${table} ${partition}`;
  return `${table} ${row.replace(/-.*$/, '')}`;
};

const bytesOf = (row: StoredRow): Uint8Array =>
  Buffer.concat(
    Object.entries(row[3])
      .filter(([name]) => /^gz\d\d$/.test(name))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([, value]) => (value instanceof Uint8Array ? [value] : [])),
  );

const bodyOf = (row: StoredRow): unknown => {
  const { json } = row[3];
  if (typeof json === 'string') return JSON.parse(json);
  const bytes = bytesOf(row);
  return bytes.length === 0 ? null : JSON.parse(gunzipSync(bytes).toString('utf8'));
};

const shapeOfRow = (row: StoredRow): readonly string[] => {
  const kind = kindOf(row);
  const properties = Object.entries(row[3]).map(
    ([name, value]) => `${kind} {${name.replace(/\d\d$/, '')}: ${typeof value}}`,
  );
  // Evidence is what its kind says, and nothing reads it back.
  return kind === 'readings evidence' ? properties : [...properties, ...pathsOf(bodyOf(row), kind)];
};

/** The shape of stored rows: which properties, which fields, of which type; not what is in them. */
export const shapeOf = (rows: readonly StoredRow[]): readonly string[] =>
  [...new Set(rows.flatMap(shapeOfRow))].sort();
