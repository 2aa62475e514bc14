import { gunzipSync, gzipSync } from 'node:zlib';
import { CutoverError } from '../core/errors.ts';
import type { PropertyValue, Row } from './ports.ts';

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
 * can tell rows of one write from rows of another.
 */
export const packBody = (
  body: unknown,
  stamp: string,
  extra: Readonly<Record<string, PropertyValue>> = {},
): readonly Readonly<Record<string, PropertyValue>>[] => {
  // Line separators are legal in JSON and not in every parser of a batch request.
  const json = JSON.stringify(body).replace(/[\u2028\u2029]/g, (mark) =>
    mark === '\u2028' ? '\\u2028' : '\\u2029',
  );
  if (json.length <= STRING_CHARS) return [{ ...extra, stamp, rows: 1, json }];
  const bytes = gzipSync(json);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) chunks.push(bytes.subarray(at, at + CHUNK_BYTES));
  const rows = Math.ceil(chunks.length / CHUNKS_PER_ROW);
  return Array.from({ length: rows }, (_, index) => {
    const own = chunks.slice(index * CHUNKS_PER_ROW, (index + 1) * CHUNKS_PER_ROW);
    const binary = Object.fromEntries(own.map((chunk, n) => [`gz${String(n).padStart(2, '0')}`, chunk]));
    return { ...(index === 0 ? extra : {}), stamp, rows, ...binary };
  });
};

const chunksOf = (row: Row): Uint8Array[] =>
  Object.entries(row.properties)
    .filter(([name]) => /^gz\d\d$/.test(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, value]) => (value instanceof Uint8Array ? [value] : []));

/**
 * Unpacks a body from its rows, first row first; null when the spill rows are not all of the same write (a reader may
 * have come between), so that the caller reads again. Throws C404 when it cannot be read at all.
 */
export const unpackBody = (rows: readonly Row[]): unknown => {
  const [first] = rows;
  if (first === undefined) return null;
  const { json, rows: count, stamp } = first.properties;
  try {
    if (typeof json === 'string') return JSON.parse(json) as unknown;
    const own = rows.slice(0, Number(count));
    if (own.length < Number(count) || own.some((row) => row.properties.stamp !== stamp)) return null;
    return JSON.parse(gunzipSync(Buffer.concat(own.flatMap(chunksOf))).toString('utf8')) as unknown;
  } catch (cause) {
    throw new CutoverError('C404', `${first.partition}/${first.row}`, { cause });
  }
};
