import { gunzipSync, gzipSync } from 'node:zlib';
import { CutoverError } from '../core/errors.ts';
import type { PropertyValue, Row } from './ports.ts';
import type { Upcastable } from './upcast.ts';
import { SCHEMA, upcast } from './upcast.ts';

/** A string property holds at most so many UTF-16 characters. */
const STRING_CHARS = 32 * 1024;
/** A binary property holds at most so many bytes. */
const CHUNK_BYTES = 64 * 1024;
/** Binary properties per row: 14 of them stay below the 1 MiB of an entity. */
const CHUNKS_PER_ROW = 14;

/** The row keys of a body: the first row, then its numbered spill rows. */
export const spillKey = (key: string, index: number): string => (index === 0 ? key : `${key}.${index}`);

/**
 * Packs a JSON body into the properties of one or more rows: a string while it fits, otherwise gzip in binary
 * properties, spilling into numbered rows of the same transaction. `stamp` is repeated in every row, so that a reader
 * can tell rows of one write from rows of another; so is the schema version.
 */
export const packBody = (
  body: unknown,
  stamp: string,
): readonly Readonly<Record<string, PropertyValue>>[] => {
  // Line separators are legal in JSON and not in every parser of a batch request.
  const json = JSON.stringify(body).replace(/[\u2028\u2029]/g, (mark) =>
    mark === '\u2028' ? '\\u2028' : '\\u2029',
  );
  if (json.length <= STRING_CHARS) return [{ schema: SCHEMA, stamp, rows: 1, json }];
  const bytes = gzipSync(json);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) chunks.push(bytes.subarray(at, at + CHUNK_BYTES));
  const rows = Math.ceil(chunks.length / CHUNKS_PER_ROW);
  return Array.from({ length: rows }, (_, index) => {
    const own = chunks.slice(index * CHUNKS_PER_ROW, (index + 1) * CHUNKS_PER_ROW);
    const binary = Object.fromEntries(own.map((chunk, n) => [`gz${String(n).padStart(2, '0')}`, chunk]));
    return { schema: SCHEMA, stamp, rows, ...binary };
  });
};

const chunksOf = (row: Row): Uint8Array[] =>
  Object.entries(row.properties)
    .filter(([name]) => /^gz\d\d$/.test(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, value]) => (value instanceof Uint8Array ? [value] : []));

/**
 * The schema version a row was written with. Throws C405 for one this code does not know yet (a newer process wrote it,
 * and only a newer one may read it), and C404 for none at all.
 */
export const schemaOf = ({ partition, row, properties: { schema = 1 } }: Row): number => {
  if (typeof schema !== 'number' || !Number.isInteger(schema) || schema < 1) {
    throw new CutoverError('C404', `${partition}/${row} has no schema version`);
  }
  if (schema <= SCHEMA) return schema;
  throw new CutoverError('C405', `${partition}/${row} is of version ${schema}, this code knows ${SCHEMA}`);
};

/** The JSON of a body; null when its rows are not all of the same write. */
const textOf = ([first, ...spill]: readonly [Row, ...Row[]]): string | null => {
  const { json, rows: count, stamp } = first.properties;
  if (typeof json === 'string') return json;
  const own = [first, ...spill].slice(0, Number(count));
  if (own.length < Number(count) || own.some((row) => row.properties.stamp !== stamp)) return null;
  return gunzipSync(Buffer.concat(own.flatMap(chunksOf))).toString('utf8');
};

/**
 * Unpacks a body from its rows, first row first: as what it is now, or as it was written if it is nothing that is
 * brought up. Null when the spill rows are not all of the same write (a reader may have come between), so that the
 * caller reads again. Throws C404 when it cannot be read at all, and C405 when a newer version wrote it.
 */
export const unpackBody = (rows: readonly Row[], what: Upcastable | null): unknown => {
  const [first, ...spill] = rows;
  if (first === undefined) return null;
  const from = schemaOf(first);
  try {
    const text = textOf([first, ...spill]);
    const body = text === null ? null : (JSON.parse(text) as Readonly<Record<string, unknown>>);
    return body === null || what === null ? body : upcast(what, body, from);
  } catch (cause) {
    throw new CutoverError('C404', `${first.partition}/${first.row}`, { cause });
  }
};
