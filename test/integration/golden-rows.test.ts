import { describe, expect, it } from 'vitest';
import { statusSchema } from '../../shared/contract/status.ts';
import { evolve } from '../../shared/core/evolve.ts';
import type { CutoverState } from '../../shared/core/state.ts';
import { isStepTerminal, isTerminal } from '../../shared/core/state.ts';
import { canonical, hashOf, sha256 } from '../../shared/engine/canonical.ts';
import { SCHEMA } from '../../shared/engine/upcast.ts';
import { statusOf } from '../../shared/view/status.ts';
import { goOn } from '../golden/go-on.ts';
import type { GoldenFile } from '../golden/golden-files.ts';
import { goldenFiles } from '../golden/golden-files.ts';
import { playStory } from '../golden/play-story.ts';
import { restore } from '../golden/row-file.ts';
import { shapeOf } from '../golden/shape.ts';
import type { Stage } from '../golden/stage.ts';
import { makeStage } from '../golden/stage.ts';
import { STORIES } from '../golden/stories.ts';
import { makeMemoryTables } from '../support/memory-tables.ts';
import { attempt, DBA } from '../support/sample-inputs.ts';
import { HOUR } from '../support/sample-plan.ts';

/** Far from any made-up value of the recording, so that none repeats. */
const FIRST_TOKEN = 1_000_000;
const EVERYTHING = 10_000;

const load = async ({ now, asked, rows }: GoldenFile): Promise<Stage> => {
  const tables = makeMemoryTables();
  await restore(tables, rows);
  return makeStage(now, tables, { asked, firstToken: FIRST_TOKEN });
};

const keysOf = ({ rows }: GoldenFile, table: string, prefix: string): readonly string[] =>
  rows.flatMap(([of, , row]) => (of === table && row.startsWith(prefix) && !row.includes('.') ? [row] : []));

/** A cutover's state as its events tell it; each commit's events come from one input. */
const foldOf = async ({ engine }: Stage, id: string): Promise<CutoverState | null> => {
  const events = await engine.store.events(id, 0, EVERYTHING);
  return [...Map.groupBy(events, ({ inputId }) => inputId).values()].reduce<CutoverState | null>(
    (state, batch) => evolve(state, batch, batch[0]!.at),
    null,
  );
};

/** Numbers of the events that are not chained to the one before. */
const brokenLinksOf = async ({ engine }: Stage, id: string): Promise<readonly number[]> => {
  const log = await engine.store.log(id, 0, EVERYTHING);
  return log.flatMap(({ hash, ...covered }, index) =>
    covered.n === index + 1 && hash === sha256((log[index - 1]?.hash ?? '') + canonical(covered))
      ? []
      : [covered.n],
  );
};

const expectWhole = async (stage: Stage, id: string): Promise<void> => {
  const head = await stage.engine.store.readHead(id);
  const log = await stage.engine.store.log(id, 0, EVERYTHING);
  expect(await foldOf(stage, id)).toEqual(head?.state);
  expect(await brokenLinksOf(stage, id)).toEqual([]);
  expect([log.length, log.at(-1)?.hash]).toEqual([head?.state.events, head?.lastEventHash]);
};

const ENDED: Readonly<Record<string, string>> = {
  aborted: 'aborted',
  'rolling-back': 'rolledBack',
  'rolled-back': 'rolledBack',
};

describe.each(goldenFiles())('rows of version $version: $story', (file) => {
  const id = file.story;

  it('are the head, and the events whose fold it is (I5)', async () => {
    await expectWhole(await load(file), id);
  });

  it('show as a status', async () => {
    const { engine, stateOf } = await load(file);
    const state = await stateOf(id);
    const { plan } = await engine.store.readPlan(id, state.plan);
    const status = statusSchema.parse(statusOf(plan, state));
    const shown = status.phases.flatMap(({ steps }) => steps.map((step) => [step.id, step.status]));
    expect(new Map(shown as [string, string][])).toEqual(
      new Map(Object.entries(state.steps).map(([stepId, step]) => [stepId, step.status])),
    );
  });

  it('show in the list', async () => {
    const { engine, stateOf } = await load(file);
    const { title, mode, status, held, startedAt, endedAt } = await stateOf(id);
    expect((await engine.directory.list(10, null)).lines).toEqual([
      { id, title, mode, status, held: held !== null, startedAt, endedAt },
    ]);
    const active = await engine.directory.active();
    expect(active.map(({ cutoverId }) => cutoverId)).toEqual(keysOf(file, 'active', ''));
    expect(active.filter(({ announcedAt }) => !(announcedAt <= file.now))).toEqual([]);
  });

  it('are the readings, the snapshots and the dead letters', async () => {
    const { engine } = await load(file);
    const { readings, snapshots, countings, deadLetters } = engine;
    const found = await readings.since(id, '', 0, 1_000);
    expect(found).toHaveLength(keysOf(file, 'readings', 'reading-').length);
    expect(found.map(({ slot }) => slot)).toEqual(found.map(({ slot }) => slot).toSorted((a, b) => a - b));
    for (const method of ['estimate', 'exact'] as const) {
      const kept = keysOf(file, 'readings', `snapshot-${method}`).length > 0;
      expect((await snapshots.latest(id, method)) !== null).toBe(kept);
    }
    // Portions of version 1 are counted anew.
    expect((await countings.counts(id, 'count-keyed-2', 0)).size).toBe(
      keysOf(file, 'readings', 'chunk-count-keyed-2-000-').length,
    );
    const { letters } = await deadLetters.list({ cutoverId: null, limit: 10, token: null });
    expect(letters.map((letter) => letter.id)).toEqual(
      file.rows.flatMap(([table, partition, row]) =>
        // Version 1 kept a letter under its id alone, later ones list it by its time.
        table === 'lists' && partition === 'dead-letter' && /^(-.*)?[0-9a-f]{32}$/.test(row)
          ? [row.slice(-32)]
          : [],
      ),
    );
    for (const letter of letters) expect(await deadLetters.get(letter.id)).toEqual(letter);
    for (const letter of letters) {
      expect(letter).toMatchObject({ cutoverId: id, redriven: id === 'redriven' ? { by: DBA } : null });
    }
  });

  it('are the evidence under its own hash', async () => {
    const { engine } = await load(file);
    for (const key of keysOf(file, 'readings', 'evidence-')) {
      const hash = key.slice('evidence-'.length);
      expect(hashOf(await engine.readings.evidence(id, hash))).toBe(hash);
    }
  });

  it('give the same answer to the same request (I3)', async () => {
    const { engine } = await load(file);
    for (const { cutoverId, input, answer } of file.asked) {
      expect(await engine.advance(cutoverId, input)).toEqual(answer);
    }
  });

  it('lead to the end, and are watched no more then', async () => {
    const stage = await load(file);
    const before = await stage.stateOf(id);
    const state = await goOn(stage, id);
    expect(state.status).toBe(ENDED[id] ?? 'completed');
    expect(Object.values(state.steps).filter((step) => !isStepTerminal(step))).toEqual([]);
    if (isTerminal(before)) expect(state).toEqual(before);
    await expectWhole(stage, id);
    await stage.pass(2 * HOUR);
    await stage.engine.sweep();
    expect(await stage.engine.directory.active()).toEqual([]);
    const { lines } = await stage.engine.directory.list(10, null);
    expect(lines.map(({ status }) => status)).toEqual([state.status]);
  });

  it('stay as they ended, whatever comes later (I6)', async () => {
    const stage = await load(file);
    const { steps, status } = await goOn(stage, id);
    for (const [stepId, step] of Object.entries(steps).slice(0, 3)) {
      await stage.ask(id, attempt(stepId, step.attempt).isReported('fail'));
    }
    const after = await stage.stateOf(id);
    expect([after.status, after.steps]).toEqual([status, steps]);
    await expectWhole(stage, id);
  });
});

/** What a story is about, as it must be found in its rows. */
const HOLDS: Readonly<Record<string, object>> = {
  revised: {
    status: 'running',
    plan: { revision: 2 },
    earlierPlans: [{ revision: 1 }],
    proposal: { ref: { revision: 3 } },
    milestones: { 'point-of-no-return': expect.any(Number) },
    steps: {
      'waived-gate': { status: 'skipped', waiver: { second: { by: DBA } } },
      'half-waived-gate': { status: 'waiting', skipProposal: expect.anything() },
    },
  },
  joined: {
    held: expect.anything(),
    steps: {
      outside: { status: 'succeeded', attempt: 0 },
      'outside-gate': { status: 'succeeded', waiver: { second: { by: DBA } } },
    },
  },
  scheduled: { status: 'scheduled', startAt: expect.any(Number) },
  'rolling-back': { status: 'rollingBack', rollback: { id: 'back', statement: expect.any(String) } },
  'rolled-back': { status: 'rolledBack', rollback: { id: 'back' } },
  redriven: { steps: { stuck: { status: 'running', dispatch: 2 } } },
};

describe.each(goldenFiles().filter(({ story }) => Object.hasOwn(HOLDS, story)))(
  'rows of version $version: $story',
  (file) => {
    it('hold what the story is about', async () => {
      expect(await (await load(file)).stateOf(file.story)).toMatchObject(HOLDS[file.story]!);
    });
  },
);

describe(`the golden rows of version ${SCHEMA}, which this code writes`, () => {
  it('have the shape of what it writes', async () => {
    const recorded = goldenFiles().filter(({ version }) => version === SCHEMA);
    const played = await Promise.all(Object.values(STORIES).map(playStory));
    const golden = shapeOf(recorded.flatMap(({ rows }) => rows));
    const present = shapeOf(played.flatMap(({ rows }) => rows));
    const advice =
      'The stored shape has changed. If this version is released, add a step to shared/engine/upcast.ts; ' +
      'then record with: npx node test/golden/record.ts';
    expect({ gone: golden.filter((path) => !present.includes(path)) }, advice).toEqual({ gone: [] });
    expect({ isNew: present.filter((path) => !golden.includes(path)) }, advice).toEqual({ isNew: [] });
  });

  it('tell every story', () => {
    const told = goldenFiles().flatMap(({ version, story }) => (version === SCHEMA ? [story] : []));
    expect(told.toSorted()).toEqual(Object.keys(STORIES).toSorted());
  });
});
