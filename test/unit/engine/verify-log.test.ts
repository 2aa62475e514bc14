import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { CutoverError } from '../../../shared/core/errors.ts';
import { hashOf } from '../../../shared/engine/canonical.ts';
import type { Engine } from '../../../shared/engine/engine.ts';
import type { WrittenEvent } from '../../../shared/engine/event-rows.ts';
import { digestOf, linkHash } from '../../../shared/engine/event-rows.ts';
import type { PropertyValue, Row, Tables } from '../../../shared/engine/ports.ts';
import { goldenFiles } from '../../golden/golden-files.ts';
import type { StoredRow } from '../../golden/row-file.ts';
import { makeSurveyedTables, restore } from '../../golden/row-file.ts';
import { engineOn, makeRecordingBus, NO_BINDINGS } from '../../support/engine-parts.ts';
import { makeMemoryTables } from '../../support/memory-tables.ts';
import type { What } from '../../support/sample-inputs.ts';
import { DBA, hold, MANAGER, resume, skip, upload } from '../../support/sample-inputs.ts';
import { planOf, step } from '../../support/sample-plan.ts';
import { BEGUN_AT, makeTestClock } from '../../support/test-world.ts';

/** Thousands of changed rows, each verified on its own, on a machine that may be busy. */
vi.setConfig({ testTimeout: 60_000 });

const ID = 'c1';
const down = () => new CutoverError('C401', 'the test');

const engineOf = (tables: Tables): Engine =>
  engineOn({ tables, bus: makeRecordingBus(down), clock: makeTestClock(BEGUN_AT) });

/** The rows of a cutover to which this has happened, one commit each. */
const rowsAfter = async (...whats: readonly What[]): Promise<readonly StoredRow[]> => {
  const survey = makeSurveyedTables(makeMemoryTables());
  const engine = engineOf(survey.tables);
  const plan = planOf([step('a'), step('b'), step('c', { after: ['b'], required: true })]);
  await engine.start({ cutoverId: ID, plan, bindings: NO_BINDINGS, by: MANAGER, key: 'k' });
  for (const [index, what] of whats.entries()) {
    const { code } = await engine.advance(ID, { id: `i${index}`, ...what });
    expect(code).toBe('applied');
  }
  return (await survey.rows()).filter(([table]) => table === 'cutovers');
};

type Properties = Row['properties'];

/** Rows as somebody finds them who may write to the storage: verified as they are, or with other properties in one. */
const found = async (rows: readonly StoredRow[], id = ID) => {
  const tables = makeMemoryTables();
  await restore(tables, rows);
  const { verifyLog } = engineOf(tables);
  const put = (row: string, properties: Properties) =>
    tables.transact('cutovers', id, [{ op: 'upsert', row, properties }]);
  return {
    verify: () => verifyLog(id),
    verifyWith: async (key: string, change: Properties) => {
      const { properties } = (await tables.get('cutovers', id, key))!;
      await put(key, { ...properties, ...change });
      const verification = await verifyLog(id);
      await put(key, properties);
      return verification;
    },
    verifyInstead: async (key: string, properties: Properties) => {
      const before = (await tables.get('cutovers', id, key))!;
      await put(key, properties);
      const verification = await verifyLog(id);
      await put(key, before.properties);
      return verification;
    },
  };
};

const verify = async (rows: readonly StoredRow[], id = ID) => (await found(rows, id)).verify();

const without = (rows: readonly StoredRow[], ...keys: readonly string[]): readonly StoredRow[] =>
  rows.filter(([, , row]) => !keys.includes(row));

const rowOf = (rows: readonly StoredRow[], key: string): StoredRow => rows.find(([, , row]) => row === key)!;

/** One row more: the properties of a row under another key. */
const withCopy = (rows: readonly StoredRow[], from: string, to: string): readonly StoredRow[] => {
  const [table, partition, , properties] = rowOf(rows, from);
  return [...rows, [table, partition, to, properties]];
};

const isEventRow = ([, , row]: StoredRow): boolean => row.startsWith('event-');
const numberIn = (row: string): number => Number(/^event-(\d+)/.exec(row)?.[1]);
const keyOf = (n: number): string => `event-${String(n).padStart(12, '0')}`;

/** Eight ways to change a byte of seven bits into another of seven, one for each bit and one for all. */
const MASKS = [1, 2, 4, 8, 16, 32, 64, 127];

const flipped = (bytes: Uint8Array, position: number, mask: number): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  copy[position]! ^= mask;
  return copy;
};

const flippedText = (text: string, position: number, mask: number): string =>
  Buffer.from(flipped(Buffer.from(text), position, mask)).toString();

const otherValue = (value: PropertyValue): PropertyValue =>
  typeof value === 'number' ? value + 1 : typeof value === 'string' ? `${value}0` : Uint8Array.of(1);

const LONG = 'a very long reason '.repeat(2_500);

let rows: readonly StoredRow[] = [];
let lastEntry = 0;
beforeAll(async () => {
  rows = await rowsAfter(
    hold('a pause'),
    resume(),
    skip('a', MANAGER, 'Ünïcode, “quoted”, \u0000 and \u2028'),
    hold(LONG),
    resume(),
    hold('the last word'),
  );
  lastEntry = Math.max(...rows.filter(isEventRow).map(([, , row]) => numberIn(row)));
});

describe('a log as it was written', () => {
  it('is verified, with the number of its entries and the last hash', async () => {
    const { entries, lastHash, firstBad } = await verify(rows);
    expect([entries, firstBad]).toEqual([lastEntry, null]);
    const tables = makeMemoryTables();
    await restore(tables, rows);
    const head = await engineOf(tables).store.readHead(ID);
    expect([entries, lastHash]).toEqual([head?.state.events, head?.lastEventHash]);
  });

  it.each(goldenFiles())('is verified also by version $version: $story', async ({ story, rows: golden }) => {
    expect(await verify(golden, story)).toMatchObject({ firstBad: null });
  });

  it('is unheard of where there is no cutover', async () => {
    await expect(verify([])).rejects.toMatchObject({ code: 'C206' });
  });

  it('is read by the page, also where a page ends between the rows of a commit', async () => {
    const tables = makeMemoryTables();
    await restore(tables, rows);
    let pages = 0;
    const small: Tables = {
      ...tables,
      page: (table, partition, query) => {
        pages += 1;
        return tables.page(table, partition, { ...query, limit: Math.min(query.limit, 2) });
      },
    };
    expect(await engineOf(small).verifyLog(ID)).toMatchObject({ entries: lastEntry, firstBad: null });
    expect(pages).toBe(Math.ceil(rows.filter(isEventRow).length / 2));
  });

  it('is verified as far as it went when more is committed meanwhile', async () => {
    const tables = makeMemoryTables();
    await restore(tables, rows);
    const other = engineOf(tables);
    let committed = false;
    const overtaken: Tables = {
      ...tables,
      page: async (...args) => {
        if (!committed) {
          committed = true;
          await other.advance(ID, { id: 'later', ...resume() });
        }
        return await tables.page(...args);
      },
    };
    expect(await engineOf(overtaken).verifyLog(ID)).toMatchObject({ entries: lastEntry, firstBad: null });
    expect((await engineOf(tables).verifyLog(ID)).entries).toBeGreaterThan(lastEntry);
  });
});

describe('a byte that was changed', () => {
  /** The entry whose text holds this position of a row's JSON; the first of the row for what is between them. */
  const entryAt = (key: string, json: string, position: number): number => {
    const first = numberIn(key);
    let end = 1;
    for (const [index, event] of (JSON.parse(json) as unknown[]).entries()) {
      const start = end;
      end += Buffer.byteLength(JSON.stringify(event).replaceAll('\u2028', '\\u2028')) + 1;
      if (position >= start && position < end - 1) return first + index;
    }
    return first;
  };

  it('anywhere in a row of plain text is named by the entry it is in', async () => {
    const plain = rows.filter((row) => isEventRow(row) && typeof row[3].json === 'string');
    expect(plain.length).toBeGreaterThan(4);
    const { verifyWith } = await found(rows);
    for (const [, , key, { json }] of plain) {
      const text = json as string;
      for (let position = 0; position < Buffer.byteLength(text); position += 1) {
        const mask = MASKS[position % MASKS.length]!;
        const { entries, firstBad } = await verifyWith(key, { json: flippedText(text, position, mask) });
        const where = `${key} at ${position}: ${firstBad?.message ?? 'not noticed'}`;
        const exact = entryAt(key, text, position);
        const named = firstBad?.fault === 'unreadable' ? numberIn(key) : exact;
        expect([firstBad?.entry, firstBad?.row], where).toEqual([named, key]);
        expect(['altered', 'unreadable'], where).toContain(firstBad?.fault);
        expect(entries, where).toBe(numberIn(key) - 1);
      }
    }
  });

  it('anywhere in a compressed row is named, also where the compressed bytes say nothing', async () => {
    const [, , key, properties] = rows.find((row) => isEventRow(row) && row[3].gz00 !== undefined)!;
    const bytes = properties.gz00 as Uint8Array;
    const { verifyWith } = await found(rows);
    for (let position = 0; position < bytes.length; position += 1) {
      for (const mask of [1, 128]) {
        const { firstBad } = await verifyWith(key, { gz00: flipped(bytes, position, mask) });
        expect([firstBad?.entry, firstBad?.row], `at ${position}`).toEqual([numberIn(key), key]);
        expect(['altered', 'unreadable']).toContain(firstBad?.fault);
      }
    }
  });

  it('anywhere in the rows of a commit too large for one is named', async () => {
    const big = await rowsAfter(hold(randomBytes(1_050_000).toString('base64')), resume());
    const parts = big.filter((row) => isEventRow(row) && row[3].gz00 !== undefined);
    expect(parts).toHaveLength(2);
    const [, , first] = parts[0]!;
    const { verifyWith } = await found(big);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...parts).chain((part) => {
          const chunks = Object.keys(part[3]).filter((name) => name.startsWith('gz'));
          return fc.record({ part: fc.constant(part), name: fc.constantFrom(...chunks), at: fc.nat() });
        }),
        fc.integer({ min: 1, max: 255 }),
        async ({ part: [, , key, properties], name, at }, mask) => {
          const bytes = properties[name] as Uint8Array;
          const other = flipped(bytes, at % bytes.length, mask);
          const { firstBad } = await verifyWith(key, { [name]: other });
          expect([firstBad?.entry, firstBad?.row]).toEqual([numberIn(first), first]);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('in any other property of a row is named as well, and so are one more and one less', async () => {
    const { verifyInstead } = await found(rows);
    for (const [, , key, properties] of rows.filter(isEventRow)) {
      for (const [name, value] of Object.entries(properties)) {
        const { [name]: _, ...less } = properties;
        const changes: readonly Properties[] = [
          { ...properties, [name]: otherValue(value) },
          { ...properties, [`${name}x`]: value },
          // Of the first row nobody knows whether it was written before there were digests; nothing is lost with it.
          ...(name === 'digest' && numberIn(key) === 1 ? [] : [less]),
        ];
        for (const change of changes) {
          const { firstBad } = await verifyInstead(key, change);
          expect([firstBad?.entry, firstBad?.row], `${key} ${name}`).toEqual([numberIn(key), key]);
        }
      }
    }
  });

  it('in a row of a version without digests is named as well', async () => {
    const { story, rows: old } = goldenFiles().find(({ version }) => version === 1)!;
    const [, , key, properties] = old.find(isEventRow)!;
    const json = properties.json as string;
    const { verifyWith } = await found(old, story);
    for (let position = 0; position < Buffer.byteLength(json); position += 1) {
      const { firstBad } = await verifyWith(key, { json: flippedText(json, position, 1) });
      expect(firstBad?.row, `at ${position}`).toBe(key);
    }
    for (const name of ['stamp', 'rows'] as const) {
      const { firstBad } = await verifyWith(key, { [name]: otherValue(properties[name]!) });
      expect(firstBad).toMatchObject({ row: key, fault: 'altered' });
    }
  });

  it('in the head is named, and does not cast doubt on the log', async () => {
    const [, , , { json }] = rowOf(rows, 'head');
    const text = json as string;
    const { verifyWith } = await found(rows);
    for (let position = 0; position < Buffer.byteLength(text); position += 5) {
      const { entries, firstBad } = await verifyWith('head', { json: flippedText(text, position, 1) });
      expect(firstBad, `at ${position}`).not.toBeNull();
      expect(entries).toBe(lastEntry);
    }
  });
});

describe('a row that is not where it was', () => {
  const keys = (): readonly string[] => rows.filter(isEventRow).map(([, , row]) => row);

  it('because it was taken away is missing, by its first entry', async () => {
    for (const key of keys()) {
      const { entries, firstBad } = await verify(without(rows, key));
      expect([entries, firstBad?.entry, firstBad?.fault]).toEqual([
        numberIn(key) - 1,
        numberIn(key),
        'missing',
      ]);
    }
  });

  it('because all after some entry was taken away is missing, as the head knows', async () => {
    for (const key of keys()) {
      const { firstBad } = await verify(without(rows, ...keys().filter((other) => other >= key)));
      expect([firstBad?.entry, firstBad?.fault]).toEqual([numberIn(key), 'missing']);
      expect(firstBad?.message).toContain(`${lastEntry} entries`);
    }
  });

  it('because it changed places with another is out of order, by the first of the two places', async () => {
    const { properties, ...all } = { properties: (key: string) => rowOf(rows, key)[3], keys: keys() };
    for (const [index, key] of all.keys.entries()) {
      for (const other of all.keys.slice(index + 1)) {
        const swapped = rows.map(([table, partition, row, own]): StoredRow => {
          const from = row === key ? properties(other) : row === other ? properties(key) : own;
          return [table, partition, row, from];
        });
        const { firstBad } = await verify(swapped);
        expect([firstBad?.entry, firstBad?.fault]).toEqual([numberIn(key), 'out-of-order']);
        expect(firstBad?.message).toContain(`Entry ${numberIn(other)} stands where`);
      }
    }
  });

  it('because it stands in the place of a later one is doubled', async () => {
    const [first, second] = [keys()[1]!, keys()[2]!];
    const { firstBad } = await verify(withCopy(without(rows, second), first, second));
    expect([firstBad?.entry, firstBad?.fault]).toEqual([numberIn(second), 'doubled']);
  });

  it('because it stands between two others once more is doubled', async () => {
    const [first] = keys();
    expect(numberIn(keys()[1]!)).toBeGreaterThan(2);
    const { firstBad } = await verify(withCopy(rows, first!, keyOf(2)));
    expect(firstBad).toMatchObject({ entry: 2, row: keyOf(2), fault: 'doubled' });
  });

  it('because it stands after the last one is unknown to the head', async () => {
    const { entries, firstBad } = await verify(withCopy(rows, keys()[0]!, keyOf(lastEntry + 1)));
    expect(entries).toBe(lastEntry);
    expect(firstBad).toMatchObject({ entry: lastEntry + 1, fault: 'unknown' });
  });

  it.each(['event-', 'event-1', 'event-0000000000010', 'event-x', `${keyOf(2)}.0`, `${keyOf(2)}.x`])(
    'because the app writes no such row is unknown: %s',
    async (key) => {
      const { firstBad } = await verify(withCopy(rows, keys()[0]!, key));
      expect(firstBad).toMatchObject({ entry: null, row: key, fault: 'unknown' });
    },
  );

  it('because only what continues it is left is missing', async () => {
    const [second] = keys().slice(1);
    const { firstBad } = await verify(without(withCopy(rows, second!, `${second!}.1`), second!));
    expect(firstBad).toMatchObject({ entry: numberIn(second!), row: `${second!}.1`, fault: 'missing' });
  });

  it('because a second row was added to its commit is altered', async () => {
    const [second] = keys().slice(1);
    const { firstBad } = await verify(withCopy(rows, second!, `${second!}.1`));
    expect(firstBad).toMatchObject({ entry: numberIn(second!), fault: 'altered' });
  });
});

describe('a log that was written anew', () => {
  const jsonOf = (key: string): readonly WrittenEvent[] =>
    JSON.parse(rowOf(rows, key)[3].json as string) as readonly WrittenEvent[];

  /** The log from one entry on, each hash made to fit whatever the entries say now. */
  const rewritten = (from: number, change: (event: WrittenEvent) => object): readonly StoredRow[] => {
    let hash = '';
    return rows.map((row): StoredRow => {
      const [table, partition, key, properties] = row;
      if (!isEventRow(row) || typeof properties.json !== 'string') return row;
      const events = jsonOf(key).map(({ hash: _, ...event }) => {
        const said = event.n === from ? change(event as WrittenEvent) : event;
        hash = linkHash(hash, said as WrittenEvent);
        return { ...said, hash };
      });
      const forged = { ...properties, json: JSON.stringify(events) };
      return [table, partition, key, { ...forged, digest: digestOf(forged) }];
    });
  };

  beforeAll(async () => {
    rows = await rowsAfter(hold('a pause'), resume(), hold('the last word'));
    lastEntry = Math.max(...rows.filter(isEventRow).map(([, , row]) => numberIn(row)));
  });

  it('with the same words and the same hashes is the same', async () => {
    expect(await verify(rewritten(1, (event) => event))).toMatchObject({ firstBad: null });
  });

  it('with other words and hashes that fit them does not fit the hash that the head remembers', async () => {
    const { entries, firstBad } = await verify(rewritten(2, (event) => ({ ...event, stepId: 'b' })));
    expect(firstBad).toMatchObject({ entry: entries, row: 'head', fault: 'altered' });
    expect(firstBad?.message).toContain('written anew');
  });

  it('with something in it that is no event cannot be read', async () => {
    const { firstBad } = await verify(rewritten(1, ({ n }) => ({ n, at: 1, type: 'cutover-started' })));
    expect(firstBad).toMatchObject({ entry: 1, fault: 'unreadable' });
  });

  it('with an entry whose number is none is altered', async () => {
    const { firstBad } = await verify(rewritten(2, (event) => ({ ...event, n: String(event.n) })));
    expect(firstBad).toMatchObject({ entry: 2, fault: 'altered' });
  });

  it('without any entry in a row is altered', async () => {
    const key = keyOf(1);
    const empty = { ...rowOf(rows, key)[3], json: '[]' };
    const { verifyInstead } = await found(rows);
    const { firstBad } = await verifyInstead(key, { ...empty, digest: digestOf(empty) });
    expect(firstBad).toMatchObject({ entry: 1, fault: 'altered' });
  });
});

describe('a head', () => {
  it('that was taken away is missing', async () => {
    expect(await verify(without(rows, 'head'))).toMatchObject({
      entries: lastEntry,
      firstBad: { entry: null, row: 'head', fault: 'missing' },
    });
  });

  it.each(['', '{', '{}', '{"state":null}', '{"state":{"events":"many"}}'])(
    'that cannot be read is named: %j',
    async (json) => {
      const { verifyWith } = await found(rows);
      expect(await verifyWith('head', { json })).toMatchObject({
        entries: lastEntry,
        firstBad: { entry: null, row: 'head', fault: 'unreadable' },
      });
    },
  );

  it('that is not what the entries lead to is altered', async () => {
    const { verifyWith } = await found(rows);
    const json = String(rowOf(rows, 'head')[3].json).replace('"title":"A cutover"', '"title":"Another"');
    const { entries, firstBad } = await verifyWith('head', { json });
    expect([entries, firstBad]).toMatchObject([lastEntry, { entry: null, row: 'head', fault: 'altered' }]);
  });

  it('of a newer version is left to a process that knows it', async () => {
    const { verifyWith } = await found(rows);
    await expect(verifyWith('head', { schema: 99 })).rejects.toMatchObject({ code: 'C405' });
  });
});

describe('a plan', () => {
  const planRow = (all: readonly StoredRow[]): string => all.find(([, , row]) => row.startsWith('plan-'))![2];
  const changed = (all: readonly StoredRow[], from: string, to: string) => {
    const json = String(rowOf(all, planRow(all))[3].json);
    expect(json).toContain(from);
    return { json: json.replaceAll(from, to) };
  };

  it('in which a required step became optional is named, and no process runs on it', async () => {
    const row = planRow(rows);
    const { verifyWith } = await found(rows);
    const change = changed(rows, '"required":true', '"required":false');
    expect(await verifyWith(row, change)).toMatchObject({
      entries: lastEntry,
      firstBad: { entry: null, row, fault: 'altered' },
    });
    const tables = makeMemoryTables();
    await restore(tables, rows);
    await tables.transact('cutovers', ID, [
      { op: 'upsert', row, properties: { ...rowOf(rows, row)[3], ...change } },
    ]);
    const asked = engineOf(tables).advance(ID, { id: 'http:i', ...skip('b') });
    await expect(asked).rejects.toMatchObject({ code: 'C407', retriable: false });
    await expect(asked).rejects.toThrow(row);
  });

  it.each(goldenFiles())(
    'of version $version is known by its hash, and not after a change: $story',
    async (file) => {
      const row = planRow(file.rows);
      const { verifyWith } = await found(file.rows, file.story);
      const properties = rowOf(file.rows, row)[3];
      if (typeof properties.json !== 'string') return;
      const change = changed(file.rows, '"required":', '"required" :');
      // What is only spaced otherwise is the same plan.
      expect(await verifyWith(row, change)).toMatchObject({ firstBad: null });
      const other = { json: properties.json.replace('"required":', '"demanded":') };
      expect(await verifyWith(row, other)).toMatchObject({ firstBad: { row, fault: 'altered' } });
    },
  );

  it('that was taken away, or is damaged, cannot be read', async () => {
    const row = planRow(rows);
    const unreadable = { entries: lastEntry, firstBad: { entry: null, row, fault: 'unreadable' } };
    expect(await verify(without(rows, row))).toMatchObject(unreadable);
    expect(await (await found(rows)).verifyWith(row, { json: '{' })).toMatchObject(unreadable);
  });

  it('of an earlier revision is held against its hash as well, and so is one that is proposed', async () => {
    const survey = makeSurveyedTables(makeMemoryTables());
    const engine = engineOf(survey.tables);
    const chain = ['a', 'b', 'c'].map((id, at, all) => step(id, { after: all.slice(0, at), required: true }));
    const plan = planOf(chain);
    await engine.start({ cutoverId: ID, plan, bindings: NO_BINDINGS, by: MANAGER, key: 'k' });
    const propose = async (inputId: string, steps: number): Promise<string> => {
      const change = () => ({ plan: planOf(chain.slice(0, steps)), bindings: NO_BINDINGS });
      const wish = { cutoverId: ID, inputId, asked: inputId, change, done: [], by: MANAGER, reason: 'why' };
      expect(await engine.revisions.propose(wish)).toMatchObject({ code: 'applied' });
      return (await engine.store.readHead(ID))!.state.proposal!.hash;
    };
    const hash = await propose('p1', 2);
    const seen = { hash, decision: 'approve', by: DBA, comment: 'seen' } as const;
    expect(await engine.revisions.decide({ cutoverId: ID, inputId: 'd1', ...seen })).toMatchObject({
      code: 'applied',
    });
    await propose('p2', 1);
    const all = (await survey.rows()).filter(([table]) => table === 'cutovers');
    const { verify: asIs, verifyWith } = await found(all);
    expect(await asIs()).toMatchObject({ firstBad: null });
    const plans = all.map(([, , row]) => row).filter((row) => row.startsWith('plan-'));
    expect(plans).toHaveLength(3);
    for (const row of plans) {
      const json = String(rowOf(all, row)[3].json).replace('"required":true', '"required":false');
      expect((await verifyWith(row, { json })).firstBad).toMatchObject({ row, fault: 'altered' });
    }
  });

  it('whose row the storage does not give, or a newer version wrote, makes the log neither good nor bad', async () => {
    const { verifyWith } = await found(rows);
    await expect(verifyWith(planRow(rows), { schema: 99 })).rejects.toMatchObject({ code: 'C405' });
  });
});

describe('the evidence of a step', () => {
  const recorded = goldenFiles().filter(
    ({ story, rows: all }) => story !== 'uploaded' && all.some(([, , row]) => row.startsWith('evidence-')),
  );

  it.each(recorded)('of version $version is known by its hash: $story', async ({ rows: all, story }) => {
    const tables = makeMemoryTables();
    await restore(tables, all);
    const { verifyLog, readings, store } = engineOf(tables);
    expect((await verifyLog(story)).firstBad).toBeNull();
    const { steps } = (await store.readHead(story))!.state;
    const named = Object.values(steps).flatMap(({ evidence, wait }) => [evidence?.hash, wait?.evidenceHash]);
    const [, , row, properties] = all.find(([, , key]) => named.some((hash) => key === `evidence-${hash}`))!;
    const hash = row.slice('evidence-'.length);
    const wanted = { entry: null, row };

    const put = (change: Properties) =>
      tables.transact('readings', story, [{ op: 'upsert', row, properties: { ...properties, ...change } }]);
    await put({ json: '{"body":"what nobody saw"}' });
    expect((await verifyLog(story)).firstBad).toMatchObject({ ...wanted, fault: 'altered' });
    await expect(readings.evidence(story, hash)).rejects.toMatchObject({ code: 'C404' });
    await put({ json: '{' });
    expect((await verifyLog(story)).firstBad).toMatchObject({ ...wanted, fault: 'altered' });

    const without = makeMemoryTables();
    await restore(
      without,
      all.filter(([, , key]) => key !== row),
    );
    const other = engineOf(without);
    expect((await other.verifyLog(story)).firstBad).toMatchObject({ ...wanted, fault: 'missing' });
    expect(await other.readings.evidence(story, hash)).toBeNull();
  });
});

describe('a document that an entry names', () => {
  const [uploaded] = goldenFiles().filter(
    ({ story, rows: all }) => story === 'uploaded' && all.some(([, , row]) => row.startsWith('evidence-')),
  );
  const { story, rows: all } = uploaded!;
  const documents = all.filter(([, , row]) => row.startsWith('evidence-'));
  const put = async (...kept: readonly StoredRow[]) => {
    const tables = makeMemoryTables();
    await restore(tables, [...all.filter((row) => !documents.includes(row)), ...kept]);
    return { tables, ...engineOf(tables) };
  };

  it('is held against its hash: uploads and what drill-downs found', async () => {
    expect((await (await put(...documents)).verifyLog(story)).firstBad).toBeNull();
    expect(documents.length).toBeGreaterThanOrEqual(3);
    for (const document of documents) {
      const [table, partition, row, properties] = document;
      const others = documents.filter((one) => one !== document);
      const altered: StoredRow = [table, partition, row, { ...properties, json: '"what nobody gave"' }];
      expect((await (await put(...others, altered)).verifyLog(story)).firstBad).toMatchObject({
        entry: null,
        row,
        fault: 'altered',
      });
      expect((await (await put(...others)).verifyLog(story)).firstBad).toMatchObject({
        entry: null,
        row,
        fault: 'missing',
        message: expect.stringMatching(
          /^The (?:upload \([a-z-]+\)|drill-down) of entry \d+ is missing/,
        ) as string,
      });
    }
  });

  it('is held against its hash also when a newer one has taken its place', async () => {
    const { readings, advance, verifyLog, tables } = await put(...documents);
    const hash = await readings.storeEvidence(story, 'a newer list');
    expect(await advance(story, { id: 'http:newer', ...upload(hash) })).toMatchObject({ code: 'applied' });
    expect((await verifyLog(story)).firstBad).toBeNull();
    const row = `evidence-${hashOf('a list')}`;
    await tables.transact('readings', story, [{ op: 'remove', row, etag: '*' }]);
    expect((await verifyLog(story)).firstBad).toMatchObject({ row, fault: 'missing' });
  });
});

describe('the storage', () => {
  const engineWith = async (page: (of: Tables) => Tables['page'], lines: object[] = []): Promise<Engine> => {
    const tables = makeMemoryTables();
    await restore(tables, rows);
    const clock = makeTestClock(BEGUN_AT);
    const telemetry = { log: (event: object, fields: object) => lines.push({ ...event, ...fields }) };
    const bus = makeRecordingBus(down);
    return engineOn({ tables: { ...tables, page: page(tables) }, bus, clock, telemetry });
  };

  it('that gives a row with something the app never writes leads to its name, not to an error', async () => {
    const lines: object[] = [];
    for (const [, , key] of rows.filter(isEventRow)) {
      const { verifyLog } = await engineWith(
        (tables) => async (table, partition, query) => {
          const page = await tables.page(table, partition, query);
          if (page.rows.some(({ row }) => row === key)) throw new CutoverError('C404', 'property "rows"');
          return page;
        },
        lines,
      );
      expect(await verifyLog(ID)).toMatchObject({
        entries: numberIn(key) - 1,
        firstBad: { entry: numberIn(key), row: key, fault: 'unreadable' },
      });
      expect(lines.at(-1)).toMatchObject({ name: 'log-not-intact', level: 'error', row: key });
    }
  });

  it('that does not answer makes the log neither good nor bad', async () => {
    const { verifyLog } = await engineWith(() => () => Promise.reject(down()));
    await expect(verifyLog(ID)).rejects.toMatchObject({ code: 'C401' });
  });
});
