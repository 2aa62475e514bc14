import { expect, test } from 'vitest';
import { makeMemoryTables } from '../support/memory-tables.ts';
import { testTables } from './tables.testsuite.ts';

testTables('memory', () =>
  Promise.resolve({ tables: makeMemoryTables(), teardown: () => Promise.resolve() }),
);

test('counts an operation per read, page and transaction, and none for what is refused', async () => {
  const tables = makeMemoryTables();
  const rows = Array.from({ length: 100 }, (_, index) => `r-${index}`);
  for (const prefix of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k']) {
    await tables.transact(
      'lists',
      'p',
      rows.map((row) => ({ op: 'insert', row: `${prefix}${row}`, properties: {} })),
    );
  }
  expect(tables.operations()).toBe(11);
  await tables.range('lists', 'p', 'a', 'z');
  expect(tables.operations()).toBe(13);
  await tables.get('lists', 'p', 'ar-0');
  expect(tables.operations()).toBe(14);
  await tables.transact('lists', 'p/', [{ op: 'insert', row: 'r', properties: {} }]).catch(() => null);
  expect(tables.operations()).toBe(14);
});

test('gives the same etags for the same writes', async () => {
  const etags = async (): Promise<readonly string[]> => {
    const tables = makeMemoryTables();
    await tables.transact('active', 'p', [{ op: 'insert', row: 'a', properties: {} }]);
    await tables.transact('active', 'p', [{ op: 'upsert', row: 'b', properties: {} }]);
    return (await tables.range('active', 'p', 'a', 'z')).map(({ etag }) => etag);
  };
  expect(await etags()).toEqual(await etags());
  expect(new Set(await etags()).size).toBe(2);
});

test('does nothing of an operation before the tick after its call', async () => {
  const tables = makeMemoryTables();
  const written = tables.transact('active', 'p', [{ op: 'insert', row: 'a', properties: {} }]);
  const before = tables.get('active', 'q', 'a');
  await Promise.all([written, before]);
  expect(await tables.get('active', 'p', 'a')).not.toBeNull();
});
