import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CutoverError } from '../../shared/core/errors.ts';
import { LIMITS } from '../../shared/engine/limits.ts';
import {
  type PropertyValue,
  type Row,
  StorageConflict,
  type Tables,
  type Write,
} from '../../shared/engine/ports.ts';

const insert = (row: string, properties: Row['properties'] = { n: 1 }): Write => ({
  op: 'insert',
  row,
  properties,
});
const names = (rows: readonly Row[]): readonly string[] => rows.map(({ row }) => row);

/** Proves that an implementation keeps the promises of the Tables port. */
export const testTables = (
  implementation: string,
  setup: () => Promise<{ readonly tables: Tables; readonly teardown: () => Promise<void> }>,
): void => {
  describe(`tables on ${implementation}`, () => {
    let tables: Tables;
    let teardown: () => Promise<void>;
    beforeAll(async () => {
      ({ tables, teardown } = await setup());
    });
    afterAll(async () => {
      await teardown();
    });
    const newPartition = (): string => `p-${randomUUID()}`;
    const read = (partition: string, row: string) => tables.get('cutovers', partition, row);
    const write = (partition: string, ...writes: readonly Write[]) =>
      tables.transact('cutovers', partition, writes);
    const etagOf = async (partition: string, row: string): Promise<string> =>
      (await read(partition, row))!.etag;

    describe('one row', () => {
      test('reads null when the row is not there', async () => {
        expect(await read(newPartition(), 'head')).toBeNull();
      });

      test.each(['a/b', 'a\\b', 'a#b', 'a?b', 'a\u0000b', 'a\u0085b', '', '\ud800', 'x'.repeat(513)])(
        'reads null for the key %j, which no row can have',
        async (key) => {
          expect(await read('p', key)).toBeNull();
          expect(await read(key, 'r')).toBeNull();
        },
      );

      test('gives back what was inserted', async () => {
        const partition = newPartition();
        const properties = { text: 'a', yes: true, no: false, count: 7, bytes: Uint8Array.of(0, 128, 255) };
        await write(partition, insert('head', properties));
        expect(await read(partition, 'head')).toEqual({
          partition,
          row: 'head',
          etag: expect.stringMatching(/./),
          properties,
        });
      });

      test('keeps tables apart', async () => {
        const partition = newPartition();
        await write(partition, insert('head'));
        expect(await tables.get('active', partition, 'head')).toBeNull();
      });

      test('keeps partitions apart', async () => {
        const partition = newPartition();
        await write(partition, insert('head'));
        expect(await read(`${partition}x`, 'head')).toBeNull();
      });

      test('refuses to insert a row that exists, and leaves it as it was', async () => {
        const partition = newPartition();
        await write(partition, insert('head', { n: 1 }));
        await expect(write(partition, insert('head', { n: 2 }))).rejects.toBeInstanceOf(StorageConflict);
        expect((await read(partition, 'head'))?.properties).toEqual({ n: 1 });
      });

      test('replaces the whole row under its etag, and the etag changes', async () => {
        const partition = newPartition();
        await write(partition, insert('head', { n: 1, gone: 'x' }));
        const etag = await etagOf(partition, 'head');
        await write(partition, { op: 'replace', row: 'head', etag, properties: { n: 2 } });
        const after = await read(partition, 'head');
        expect(after?.properties).toEqual({ n: 2 });
        expect(after?.etag).not.toBe(etag);
      });

      test('refuses to replace under a stale etag', async () => {
        const partition = newPartition();
        await write(partition, insert('head', { n: 1 }));
        const etag = await etagOf(partition, 'head');
        await write(partition, { op: 'replace', row: 'head', etag, properties: { n: 2 } });
        const again: Write = { op: 'replace', row: 'head', etag, properties: { n: 3 } };
        await expect(write(partition, again)).rejects.toBeInstanceOf(StorageConflict);
        expect((await read(partition, 'head'))?.properties).toEqual({ n: 2 });
      });

      test('refuses to replace a row that was removed and inserted again since it was read', async () => {
        const partition = newPartition();
        await write(partition, insert('head', { n: 1 }));
        const etag = await etagOf(partition, 'head');
        await write(partition, { op: 'remove', row: 'head', etag: '*' });
        await write(partition, insert('head', { n: 1 }));
        const again: Write = { op: 'replace', row: 'head', etag, properties: { n: 2 } };
        await expect(write(partition, again)).rejects.toBeInstanceOf(StorageConflict);
      });

      test('replaces any existing row under the etag *', async () => {
        const partition = newPartition();
        await write(partition, insert('head', { n: 1 }));
        await write(partition, { op: 'replace', row: 'head', etag: '*', properties: { n: 2 } });
        expect((await read(partition, 'head'))?.properties).toEqual({ n: 2 });
      });

      test('upserts a row whether or not it is there, and replaces it as a whole', async () => {
        const partition = newPartition();
        await write(partition, { op: 'upsert', row: 'head', properties: { n: 1, gone: 'x' } });
        await write(partition, { op: 'upsert', row: 'head', properties: { n: 2 } });
        expect((await read(partition, 'head'))?.properties).toEqual({ n: 2 });
      });

      test('removes a row under its etag', async () => {
        const partition = newPartition();
        await write(partition, insert('out-1'));
        await write(partition, { op: 'remove', row: 'out-1', etag: await etagOf(partition, 'out-1') });
        expect(await read(partition, 'out-1')).toBeNull();
      });

      test('removes any existing row under the etag *', async () => {
        const partition = newPartition();
        await write(partition, insert('out-1'));
        await write(partition, { op: 'remove', row: 'out-1', etag: '*' });
        expect(await read(partition, 'out-1')).toBeNull();
      });

      test('refuses to remove under a stale etag', async () => {
        const partition = newPartition();
        await write(partition, insert('out-1', { n: 1 }));
        const etag = await etagOf(partition, 'out-1');
        await write(partition, { op: 'upsert', row: 'out-1', properties: { n: 2 } });
        await expect(write(partition, { op: 'remove', row: 'out-1', etag })).rejects.toBeInstanceOf(
          StorageConflict,
        );
        expect((await read(partition, 'out-1'))?.properties).toEqual({ n: 2 });
      });

      test.each<Write>([
        { op: 'replace', row: 'gone', etag: '*', properties: { n: 1 } },
        { op: 'remove', row: 'gone', etag: '*' },
      ])('refuses to $op a row that is not there, even under the etag *', async (missing) => {
        const partition = newPartition();
        await write(partition, insert('head'));
        await expect(write(partition, missing)).rejects.toBeInstanceOf(StorageConflict);
        expect(await read(partition, 'gone')).toBeNull();
      });
    });

    describe('a transaction', () => {
      const conflicts: readonly { readonly title: string; readonly conflict: (etag: string) => Write }[] = [
        { title: 'an insert of an existing row', conflict: () => insert('taken') },
        {
          title: 'a replace under a stale etag',
          conflict: (etag) => ({ op: 'replace', row: 'taken', etag, properties: { n: 9 } }),
        },
        {
          title: 'a replace of a missing row',
          conflict: () => ({ op: 'replace', row: 'missing', etag: '*', properties: { n: 9 } }),
        },
        {
          title: 'a remove under a stale etag',
          conflict: (etag) => ({ op: 'remove', row: 'taken', etag }),
        },
        { title: 'a remove of a missing row', conflict: () => ({ op: 'remove', row: 'missing', etag: '*' }) },
      ];
      test.each(conflicts)('writes nothing at all when $title is among its writes', async ({ conflict }) => {
        const partition = newPartition();
        await write(partition, insert('taken'), insert('changed', { n: 1 }), insert('removed'));
        const etag = await etagOf(partition, 'taken');
        await write(partition, { op: 'upsert', row: 'taken', properties: { n: 2 } });
        const before = await tables.range('cutovers', partition, 'a', 'z');
        const transaction = write(
          partition,
          insert('new-1'),
          { op: 'replace', row: 'changed', etag: '*', properties: { n: 5 } },
          { op: 'remove', row: 'removed', etag: '*' },
          { op: 'upsert', row: 'new-2', properties: { n: 5 } },
          conflict(etag),
          insert('new-3'),
        );
        await expect(transaction).rejects.toBeInstanceOf(StorageConflict);
        expect(await tables.range('cutovers', partition, 'a', 'z')).toEqual(before);
      });

      test('does every kind of write at once, each under its own etag', async () => {
        const partition = newPartition();
        await write(partition, insert('head'), insert('old-1'), insert('old-2'), insert('old-3'));
        await write(
          partition,
          { op: 'remove', row: 'old-1', etag: await etagOf(partition, 'old-1') },
          { op: 'replace', row: 'head', etag: await etagOf(partition, 'head'), properties: { n: 2 } },
          { op: 'remove', row: 'old-2', etag: '*' },
          insert('event-1'),
          { op: 'remove', row: 'old-3', etag: await etagOf(partition, 'old-3') },
          { op: 'upsert', row: 'input-1', properties: { n: 4 } },
        );
        expect(names(await tables.range('cutovers', partition, 'a', 'z'))).toEqual([
          'event-1',
          'head',
          'input-1',
        ]);
      });

      test('with nothing to write does nothing', async () => {
        await expect(write(newPartition())).resolves.toBeUndefined();
      });

      test('takes 100 writes', async () => {
        const partition = newPartition();
        await write(partition, ...Array.from({ length: 100 }, (_, index) => insert(`r-${index}`)));
        expect(await tables.range('cutovers', partition, 'r-', 'r-~')).toHaveLength(100);
      });

      test('lets exactly one of 20 racing inserts win', async () => {
        const partition = newPartition();
        const racers = Array.from({ length: 20 }, (_, n) => write(partition, insert('head', { n })));
        const outcomes = await Promise.allSettled(racers);
        const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
        const losers = outcomes.filter((outcome) => outcome.status === 'rejected');
        expect(losers.map(({ reason }) => reason instanceof StorageConflict)).toEqual(Array(19).fill(true));
        expect((await read(partition, 'head'))?.properties).toEqual({ n: winner });
      });

      test('lets exactly one of 20 writers racing under one etag win, with all its rows', async () => {
        const partition = newPartition();
        await write(partition, insert('head', { n: -1 }));
        const etag = await etagOf(partition, 'head');
        const racers = Array.from({ length: 20 }, (_, n) =>
          write(
            partition,
            { op: 'replace', row: 'head', etag, properties: { n } },
            insert('event-1', { n }),
            insert(`input-${n}`, { n }),
          ),
        );
        const outcomes = await Promise.allSettled(racers);
        const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
        const losers = outcomes.filter((outcome) => outcome.status === 'rejected');
        expect(losers.map(({ reason }) => reason instanceof StorageConflict)).toEqual(Array(19).fill(true));
        const rows = await tables.range('cutovers', partition, 'a', 'z');
        expect(rows.map(({ row, properties }) => [row, properties.n])).toEqual([
          ['event-1', winner],
          ['head', winner],
          [`input-${winner}`, winner],
        ]);
      });
    });

    describe('a range', () => {
      test('holds the rows from its start up to, not including, its end, in order', async () => {
        const partition = newPartition();
        await write(
          partition,
          ...['event-3', 'event-1', 'event-2', 'event-', 'eventz', 'head'].map((row) => insert(row)),
        );
        expect(names(await tables.range('cutovers', partition, 'event-1', 'event-3'))).toEqual([
          'event-1',
          'event-2',
        ]);
        expect(names(await tables.range('cutovers', partition, 'event-', 'event-~'))).toEqual([
          'event-',
          'event-1',
          'event-2',
          'event-3',
        ]);
      });

      test('is empty when no row is in it', async () => {
        expect(await tables.range('cutovers', newPartition(), 'a', 'z')).toEqual([]);
      });

      test('takes bounds with quotes and with characters that no key can have', async () => {
        const partition = newPartition();
        await write(partition, insert("it's"), insert('its'));
        expect(names(await tables.range('cutovers', partition, "it'", "it's/"))).toEqual(["it's"]);
      });

      test('orders rows by their UTF-16 code units', async () => {
        const partition = newPartition();
        const rows = ['z', 'Z', 'a', 'ä', '10', '9', 'zz', 'a-', '\u{1f600}', '\uff5e'];
        await write(partition, ...rows.map((row) => insert(row)));
        const ordered = [...rows].sort((one, other) => (one < other ? -1 : 1));
        expect(names(await tables.range('cutovers', partition, '\u0020', '\uffff'))).toEqual(ordered);
      });

      test('of 1,234 rows is complete, and its pages hold each row once', async () => {
        const partition = newPartition();
        const all = Array.from({ length: 1_234 }, (_, index) => `r-${String(index).padStart(4, '0')}`);
        for (let start = 0; start < all.length; start += 100) {
          await write(partition, ...all.slice(start, start + 100).map((row) => insert(row)));
        }
        expect(names(await tables.range('cutovers', partition, 'r-', 'r-~'))).toEqual(all);
        const paged: string[] = [];
        let token: string | null = null;
        do {
          const page: Awaited<ReturnType<Tables['page']>> = await tables.page('cutovers', partition, {
            from: 'r-0010',
            to: 'r-1200',
            limit: 400,
            token,
          });
          expect(page.rows.length).toBeLessThanOrEqual(400);
          paged.push(...names(page.rows));
          token = page.next;
        } while (token !== null);
        expect(paged).toEqual(all.slice(10, 1_200));
      });

      test('ends its pages with null when the rows fit into one', async () => {
        const partition = newPartition();
        await write(partition, insert('a'), insert('b'));
        const page = await tables.page('cutovers', partition, { from: 'a', to: 'z', limit: 10, token: null });
        expect([names(page.rows), page.next]).toEqual([['a', 'b'], null]);
      });

      test.each(['', 'x', '%%%', 'e30='])('refuses the made-up continuation token %j', async (token) => {
        const query = { from: 'a', to: 'z', limit: 10, token };
        await expect(tables.page('cutovers', newPartition(), query)).rejects.toMatchObject({ code: 'C201' });
      });

      test('of a partition with non-ASCII and quoted keys can be paged', async () => {
        const partition = `Größe 'ß' ${randomUUID()} 日本`;
        const rows = ['ä 1', "ä '2'", 'ä 日本'].sort();
        await write(partition, ...rows.map((row) => insert(row)));
        const query = { from: 'ä', to: 'å', limit: 2 };
        const first = await tables.page('cutovers', partition, { ...query, token: null });
        const second = await tables.page('cutovers', partition, { ...query, token: first.next });
        expect([...names(first.rows), ...names(second.rows)]).toEqual(rows);
      });
    });

    describe('a value', () => {
      const values: readonly (readonly [title: string, value: PropertyValue])[] = [
        ['an empty string', ''],
        ['a string of 32 Ki characters', 'x'.repeat(LIMITS.stringLength)],
        ['a string of 32 Ki non-ASCII characters', 'é日'.repeat(LIMITS.stringLength / 2)],
        [
          'a string that looks like a request',
          '\r\n--changeset_1\r\nDELETE http://x HTTP/1.1\r\nIf-Match: *\r\n',
        ],
        ['JSON', '{"a":{"b":["}{",null]},"\\"":"\\\\"}'],
        ['emoji and umlauts', 'Straße \u{1f680} Ωmega'],
        ['control characters', 'tab\t nul\u0000 bell\u0007 quote" backslash\\'],
        ['text that looks like a date', '2026-11-23T03:00:00.000Z'],
        ['zero', 0],
        ['the largest 32-bit integer', 2 ** 31 - 1],
        ['the smallest 32-bit integer', -(2 ** 31)],
        ['an epoch time in milliseconds', 1_795_000_000_123],
        ['the largest safe integer', Number.MAX_SAFE_INTEGER],
        ['a fraction', 0.1],
        ['a tiny number', 1e-300],
        ['no bytes', new Uint8Array()],
        ['64 KiB of bytes', new Uint8Array(randomBytes(LIMITS.bytesLength))],
        ['a window on a larger buffer', Uint8Array.from([9, 9, 1, 2, 3, 9]).subarray(2, 5)],
      ];
      test.each(values)('%s comes back as it was, whatever the write', async (_title, value) => {
        const partition = newPartition();
        await write(partition, insert('inserted', { value }), {
          op: 'upsert',
          row: 'upserted',
          properties: { value },
        });
        await write(
          partition,
          { op: 'replace', row: 'inserted', etag: '*', properties: { value } },
          insert('third', { value }),
        );
        const expected = typeof value === 'object' ? Uint8Array.from(value) : value;
        const rows = await tables.range('cutovers', partition, 'a', 'z');
        expect(rows.map(({ properties }) => properties)).toEqual(Array(3).fill({ value: expected }));
        expect((await read(partition, 'inserted'))?.properties).toEqual({ value: expected });
      });

      test('that is changed after a write or a read does not change what is stored', async () => {
        const partition = newPartition();
        const bytes = Uint8Array.of(1, 2, 3);
        await write(partition, insert('head', { bytes }));
        bytes[0] = 9;
        ((await read(partition, 'head'))!.properties.bytes as Uint8Array)[1] = 9;
        expect((await read(partition, 'head'))?.properties).toEqual({ bytes: Uint8Array.of(1, 2, 3) });
      });

      test.each([
        "O'Brien",
        'Größe',
        '日本語',
        'a b',
        'a+b&c=d',
        '100%',
        '%2F',
        'a:b;c,d@e',
        '(x)',
        '\u{1f680}',
        '{x}',
        '~.-_!$*',
      ])('can be stored under the key %j', async (key) => {
        const partition = `${key} ${randomUUID()}`;
        await write(partition, insert(key, { n: 1 }), insert(`${key}2`));
        const etag = await etagOf(partition, key);
        await write(partition, { op: 'replace', row: key, etag, properties: { n: 2 } });
        expect((await read(partition, key))?.properties).toEqual({ n: 2 });
        await write(
          partition,
          { op: 'remove', row: key, etag: await etagOf(partition, key) },
          insert(`${key}3`),
        );
        expect(names(await tables.range('cutovers', partition, key, `${key}~`))).toEqual([
          `${key}2`,
          `${key}3`,
        ]);
      });

      test('can be stored in 252 properties of a row of nearly 1 MiB', async () => {
        const partition = newPartition();
        const many = Object.fromEntries(Array.from({ length: 252 }, (_, index) => [`p${index}`, index]));
        const large = Object.fromEntries(
          Array.from({ length: 15 }, (_, index) => [
            `b${index}`,
            new Uint8Array(LIMITS.bytesLength).fill(index),
          ]),
        );
        await write(partition, insert('large', large), insert('many', many));
        const rows = await tables.range('cutovers', partition, 'a', 'z');
        expect(rows.map(({ properties }) => properties)).toEqual([large, many]);
      });
    });

    describe('refused before it is sent, because Azure would', () => {
      const block = new Uint8Array(LIMITS.bytesLength);
      const blocks = (count: number) =>
        Object.fromEntries(Array.from({ length: count }, (_, index) => [`b${index}`, block]));
      const refusals: readonly (readonly [title: string, writes: readonly Write[], problem: RegExp])[] = [
        ['101 writes', Array.from({ length: 101 }, (_, index) => insert(`r-${index}`)), /101 writes/],
        [
          'more than 3.5 MiB',
          Array.from({ length: 43 }, (_, index) => insert(`r-${index}`, { block })),
          /bytes, at most/,
        ],
        ['a row of more than 1 MiB', [insert('r', blocks(16))], /row "r" has 10\d{5} bytes/],
        [
          'bytes of more than 64 KiB',
          [insert('r', { b: new Uint8Array(65_537) })],
          /"b" of row "r" has 65537 bytes/,
        ],
        [
          'a string of more than 32 Ki characters',
          [insert('r', { s: 'x'.repeat(32_769) })],
          /32769 characters/,
        ],
        ['a number that is none', [insert('r', { n: Number.NaN })], /not a finite number/],
        ['an infinite number', [insert('r', { n: Infinity })], /not a finite number/],
        [
          '253 properties',
          [insert('r', Object.fromEntries(Array.from({ length: 253 }, (_, index) => [`p${index}`, 1])))],
          /253 properties/,
        ],
        ['the same row twice', [insert('r'), { op: 'remove', row: 'r', etag: '*' }], /"r" is written twice/],
        ['a name with a hyphen', [insert('r', { 'a-b': 1 })], /illegal name/],
        ['the name PartitionKey', [insert('r', { PartitionKey: 'x' })], /illegal name/],
        ['the name etag', [insert('r', { etag: 'x' })], /illegal name/],
        ['an empty key', [insert('')], /is empty/],
        ['a key of 513 characters', [insert('x'.repeat(513))], /longer than 512/],
        ...['/', '\\', '#', '?', '\n', '\u0000', '\u007f', '\u009f'].map(
          (character) =>
            [
              `the key character ${JSON.stringify(character)}`,
              [insert(`a${character}b`)],
              /illegal character/,
            ] as const,
        ),
        ['an illegal key in a remove', [{ op: 'remove', row: 'a/b', etag: '*' }], /illegal character/],
      ];
      test.each(refusals)('%s', async (_title, writes, problem) => {
        const partition = newPartition();
        const error: unknown = await write(partition, ...writes).catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(CutoverError);
        expect(error).toMatchObject({ code: 'C403', message: expect.stringMatching(problem) });
        expect(await tables.range('cutovers', partition, ' ', '~')).toEqual([]);
      });

      test('an illegal partition key', async () => {
        await expect(write('a/b', insert('r'))).rejects.toMatchObject({
          code: 'C403',
          message: expect.stringMatching(/partition key "a\/b" has an illegal character/),
        });
      });

      test('several reasons at once, all of them named', async () => {
        const error: unknown = await write(newPartition(), insert('a/b'), insert('c', { 'd-e': 1 })).catch(
          (reason: unknown) => reason,
        );
        expect((error as CutoverError).problems).toHaveLength(2);
      });
    });
  });
};
