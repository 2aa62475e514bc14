import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../shared/engine/engine.ts';
import type { Tables } from '../../../shared/engine/ports.ts';
import { SCHEMA } from '../../../shared/engine/upcast.ts';
import { goldenFiles } from '../../golden/golden-files.ts';
import type { StoredRow } from '../../golden/row-file.ts';
import { makeSurveyedTables, restore } from '../../golden/row-file.ts';
import { makeStage } from '../../golden/stage.ts';
import { makeMemoryTables } from '../../support/memory-tables.ts';
import { abort } from '../../support/sample-inputs.ts';

const ID = 'waits';
const { now, asked, rows } = goldenFiles().find(({ story, version }) => story === ID && version === SCHEMA)!;

/** The stored cutover, some of its rows as another version would have written them. */
const load = async (isOther: (row: StoredRow) => boolean, schema: number | string = SCHEMA + 1) => {
  const survey = makeSurveyedTables(makeMemoryTables());
  const changed = rows.map((row): StoredRow => {
    const [table, partition, key, properties] = row;
    return isOther(row) ? [table, partition, key, { ...properties, schema }] : row;
  });
  await restore(survey.tables, changed);
  const tables: Tables = survey.tables;
  return { ...makeStage(now, tables, { asked, firstToken: 1_000_000 }), changed, rows: survey.rows };
};

const named =
  (prefix: string) =>
  ([table, , key]: StoredRow): boolean =>
    table !== 'lists' && table !== 'active' && key.startsWith(prefix);
const listed =
  (partition: string) =>
  ([table, of]: StoredRow): boolean =>
    table === 'lists' && of === partition;

const planOf = async ({ store }: Engine) => store.readPlan(ID, (await store.readHead(ID))!.state.plan);
const evidenceOf = ({ readings }: Engine) =>
  readings.evidence(ID, rows.find(named('evidence-'))![2].slice('evidence-'.length));

const CASES: readonly [string, (row: StoredRow) => boolean, (engine: Engine) => Promise<unknown>][] = [
  ['the head', named('head'), ({ store }) => store.readHead(ID)],
  ['the plan', named('plan-'), planOf],
  ['events', named('event-'), ({ store }) => store.events(ID, 0, 10)],
  ['events as they were written', named('event-'), ({ store }) => store.log(ID, 0, 10)],
  ['an input', named('input-'), ({ advance }) => advance(ID, asked[0]!.input)],
  ['unsent messages', named('out-'), ({ store }) => store.outRows(ID)],
  ['readings', named('reading-'), ({ readings }) => readings.since(ID, '', 0, 10)],
  ['evidence', named('evidence-'), evidenceOf],
  ['the manifest of a snapshot', named('snapshot-'), ({ snapshots }) => snapshots.latest(ID, 'exact')],
  ['the names of a snapshot', named('names-'), ({ snapshots }) => snapshots.latest(ID, 'exact')],
  ['the counts of a snapshot', named('counts-'), ({ snapshots }) => snapshots.latest(ID, 'exact')],
  ['a portion of a count', named('chunk-'), ({ countings }) => countings.counts(ID, 'count-keyed-2', 0)],
  ['a line of the list', listed('cutover'), ({ directory }) => directory.list(10, null)],
  [
    'a dead letter',
    listed('dead-letter'),
    ({ deadLetters }) => deadLetters.list({ cutoverId: null, limit: 10, token: null }),
  ],
];

describe.each(CASES)('%s', (_, isOther, read) => {
  it('of a newer version is refused, to be tried again by a process that knows it', async () => {
    const { engine } = await load(isOther);
    await expect(read(engine)).rejects.toMatchObject({ code: 'C405', retriable: true });
  });

  it.each([0, 1.5, 'two'])('whose version is %s is not readable', async (schema) => {
    const { engine } = await load(isOther, schema);
    await expect(read(engine)).rejects.toMatchObject({ code: 'C404' });
  });

  it('of the present version is read', async () => {
    const { engine } = await load(() => false);
    await expect(read(engine)).resolves.toBeTruthy();
  });
});

describe('a cutover whose rows are of a newer version', () => {
  const isNewer = ([table, partition]: StoredRow): boolean => table === 'active' || partition === ID;

  it('names row and versions', async () => {
    const { engine } = await load(isNewer);
    const message = `${ID}/head is of version ${SCHEMA + 1}, this code knows ${SCHEMA}`;
    await expect(engine.store.readHead(ID)).rejects.toThrow(message);
  });

  it('is not changed by a request', async () => {
    const { engine, changed, rows: present } = await load(isNewer);
    const request = { id: 'http:new', ...abort() };
    await expect(engine.advance(ID, request as never)).rejects.toMatchObject({ code: 'C405' });
    expect(await present()).toHaveLength(changed.length);
    expect((await present()).find(named('head'))).toEqual(changed.find(named('head')));
  });

  it('has its messages sent again, later', async () => {
    const { engine, bus } = await load(isNewer);
    const body = { v: 1, type: 'step', cutoverId: ID, stepId: 'announce', attempt: 1, dispatch: 2 };
    const delivery = { queue: 'step-task', messageId: `${ID}:7:0`, hop: 0, deliveries: 1, body };
    await engine.handle('step')(delivery, async (message) => {
      await engine.store.readHead(message.cutoverId);
    });
    expect(bus.sent).toMatchObject([{ id: `${ID}:7:0~1`, queue: 'step-task', hop: 1 }]);
    expect(bus.sent[0]?.scheduledAt).toBeGreaterThan(now);
  });

  it('is left to the watchdog of a process that knows it', async () => {
    const { engine, clock, changed, rows: present } = await load(isNewer);
    clock.advance(7 * 24 * 60 * 60_000);
    await engine.sweep();
    expect(await present()).toHaveLength(changed.length);
  });
});
