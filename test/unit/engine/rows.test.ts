import { expect, test } from 'vitest';
import type { Row } from '../../../shared/engine/ports.ts';
import { packBody, spillKey, unpackBody } from '../../../shared/engine/rows.ts';

/** Noise does not compress, so that so many characters really need their rows. */
const noise = (characters: number): string => {
  let state = 1;
  let text = '';
  while (text.length < characters) {
    state = (state * 48_271) % 2_147_483_647;
    text += state.toString(36);
  }
  return text.slice(0, characters);
};

const rowsOf = (body: unknown, stamp: string): readonly Row[] =>
  packBody(body, stamp).map((properties, index) => ({
    partition: 'c1',
    row: spillKey('head', index),
    etag: stamp,
    properties,
  }));

const unpacked = (rows: readonly Row[]): unknown => unpackBody(rows, null);

const SMALL = { text: 'a line\u2028another\u2029the last' };
const LARGE = { text: noise(100_000) };
const SPILLED = { text: noise(2_000_000) };

test('a body that fits is one readable property, with no separator that a batch request cannot hold', () => {
  const rows = rowsOf(SMALL, '1');
  expect(rows).toHaveLength(1);
  expect(rows[0]!.properties.json).toBe('{"text":"a line\\u2028another\\u2029the last"}');
  expect(unpacked(rows)).toEqual(SMALL);
});

test('a larger body is packed into one row, a very large one spills into more', () => {
  expect(rowsOf(LARGE, '1')).toHaveLength(1);
  expect(rowsOf(SPILLED, '1')).toHaveLength(2);
  expect(unpacked(rowsOf(LARGE, '1'))).toEqual(LARGE);
  expect(unpacked(rowsOf(SPILLED, '1'))).toEqual(SPILLED);
});

test('when the rows are of two writes, the body is torn and not read', () => {
  const [first] = rowsOf(SPILLED, '1');
  const [, second] = rowsOf(SPILLED, '2');
  expect(unpacked([first!, second!])).toBeNull();
});

test('when a spill row is missing, the body is torn and not read', () => {
  expect(unpacked(rowsOf(SPILLED, '1').slice(0, 1))).toBeNull();
});

test('when an older body left more spill rows behind, they are passed over', () => {
  const [, left] = rowsOf(SPILLED, '1');
  expect(unpacked([...rowsOf(LARGE, '2'), left!])).toEqual(LARGE);
  expect(unpacked([...rowsOf(SMALL, '2'), left!])).toEqual(SMALL);
});

test('a body that cannot be read is refused by the name of its row', () => {
  const row = { partition: 'c1', row: 'head', etag: '1', properties: { stamp: '1', rows: 1, json: '{' } };
  expect(() => unpacked([row])).toThrow(expect.objectContaining({ code: 'C404' }));
});

test('no row is no body', () => {
  expect(unpacked([])).toBeNull();
});
