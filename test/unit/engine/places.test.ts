import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Bindings } from '../../../shared/contract/bindings.ts';
import { CutoverError } from '../../../shared/core/errors.ts';
import type { ReplicationReading } from '../../../shared/core/replication.ts';
import { defineKind } from '../../../shared/kinds/kind.ts';
import { engineOn, makeRecordingBus, NO_BINDINGS } from '../../support/engine-parts.ts';
import { makeMemoryTables } from '../../support/memory-tables.ts';
import { attempt, DBA, giveUp, MANAGER, retry } from '../../support/sample-inputs.ts';
import { planOf, step } from '../../support/sample-plan.ts';
import { readingAt } from '../../support/sample-reading.ts';
import { BEGUN_AT, makeTestClock, MINUTE } from '../../support/test-world.ts';

const ID = 'c1';
const HERE = NO_BINDINGS.source.database;
const MOVED: Bindings = { ...NO_BINDINGS, source: { server: 'other', database: 'another-ax' } };

/** A reading that says of which database it is, where a test can see it. */
const readingOf = (slot: number, takenAt: number, database: string): ReplicationReading =>
  readingAt(takenAt, {
    slot,
    serverTime: null,
    blind: { code: 'C501', message: database },
    distributionExists: false,
  });
const databaseOf = ({ blind }: ReplicationReading): string | undefined => blind?.message;

/** A gate and a watch in hand, and polls that look once a minute; what each looked at is written down. */
const polled = async (kinds: readonly string[] = ['replication-gate', 'task']) => {
  const looked: string[] = [];
  const read: (string | undefined)[][] = [];
  const estimated: string[] = [];
  const said: string[] = [];
  const clock = makeTestClock(BEGUN_AT);
  const bus = makeRecordingBus(() => new CutoverError('C401', 'the test'));
  const engine = engineOn({
    tables: makeMemoryTables(),
    bus,
    clock,
    look: (slot, now, { database }, depth) => {
      looked.push(database);
      if (depth === 'counts') estimated.push(database);
      return Promise.resolve({ reading: readingOf(slot, now, database), snapshot: null });
    },
    conditions: (reading) => {
      said.push(databaseOf(reading) ?? '');
      return [{ code: 'pending', message: databaseOf(reading) ?? '', who: 'DBA', next: 'Wait.' }];
    },
  });
  const gate = defineKind<null, null>({
    name: 'replication-gate',
    summary: 'sees the readings it would judge by',
    params: z.null(),
    asks: () => 'world',
    dataGate: true,
    rule: null,
    effect: null,
    pollEveryMs: MINUTE,
    read: async ({ now, readings }) => {
      read.push((await readings(0, 100)).map(databaseOf));
      return { source: 'pulled', takenAt: now, body: null };
    },
    judge: () => ({
      verdict: 'not-yet',
      unmet: [{ code: 'x', message: 'x', who: 'x', next: 'x' }],
      again: false,
    }),
  });
  const steps = kinds.map((kind, index) => step(`s${index}`, { kind, params: null as never }));
  const plan = planOf([step('set-up', { marks: 'replication-set-up' }), ...steps]);
  await engine.start({ cutoverId: ID, plan, bindings: NO_BINDINGS, by: MANAGER, key: 'k' });
  const state = async () => (await engine.store.readHead(ID))!.state;
  let inputs = 0;
  const apply = (what: object) => engine.advance(ID, { id: `i${(inputs += 1)}`, ...what } as never);
  for (const [index] of kinds.entries()) await apply(attempt(`s${index}`).asksWorld());
  return {
    engine,
    bus,
    looked,
    read,
    estimated,
    said,
    apply,
    state,
    poll: async () => {
      clock.advance(MINUTE);
      const slot = Math.floor(clock.now() / MINUTE) * MINUTE;
      await engine.observe({ type: 'observe', cutoverId: ID, slot });
      return slot;
    },
    look: async () => {
      const { attempt: number, dispatch } = (await state()).steps.s0!;
      await engine.runStep(gate, { type: 'step', cutoverId: ID, stepId: 's0', attempt: number, dispatch });
      return read.at(-1);
    },
    adopt: async (bindings: Bindings, key: string) => {
      const wish = {
        cutoverId: ID,
        inputId: `http:p${key}`,
        asked: key,
        done: [],
        by: MANAGER,
        reason: 'why',
      };
      await engine.revisions.propose({ ...wish, change: (present) => ({ ...present, bindings }) });
      const { hash } = (await state()).proposal!;
      const seen = { hash, decision: 'approve', by: DBA, comment: 'seen' } as const;
      const answer = await engine.revisions.decide({ cutoverId: ID, inputId: `http:d${key}`, ...seen });
      expect(answer).toMatchObject({ code: 'applied' });
    },
  };
};

test('a gate in hand goes on to be read at its own source after another was adopted, and by nothing else', async () => {
  const { poll, look, adopt, looked } = await polled();
  await poll();
  await adopt(MOVED, '1');
  await poll();
  expect(looked).toEqual([HERE, 'another-ax', HERE]);
  expect(await look()).toEqual([HERE, HERE]);
});

test('the next attempt of a gate is read at the new source, whose readings begin with its adoption', async () => {
  const { poll, look, adopt, apply, looked } = await polled();
  await poll();
  await adopt(MOVED, '1');
  await poll();
  await apply(giveUp('s0'));
  await apply(retry('s0'));
  await apply(attempt('s0', 2).asksWorld());
  await poll();
  expect(await look()).toEqual(['another-ax', 'another-ax']);
  // The old source is looked at no more when nothing in hand asks for it.
  expect(looked.slice(3)).toEqual(['another-ax']);
});

test('who goes back to the first source finds its readings again', async () => {
  const { poll, look, adopt, looked } = await polled();
  await poll();
  await adopt(MOVED, '1');
  await adopt(NO_BINDINGS, '2');
  await poll();
  expect(looked).toEqual([HERE, HERE]);
  expect(await look()).toEqual([HERE, HERE]);
});

test('a watch in hand is read at its own source too', async () => {
  const { poll, adopt, looked } = await polled(['replication-watch']);
  await adopt(MOVED, '1');
  await poll();
  expect(looked).toEqual(['another-ax', HERE]);
});

test('what replication lacks, and the estimates of the trend, are of the source in force', async () => {
  const { poll, adopt, said, estimated, state } = await polled();
  await adopt(MOVED, '1');
  await poll();
  expect(said).toEqual(['another-ax']);
  expect(estimated).toEqual(['another-ax']);
  expect((await state()).replication?.unmet).toMatchObject([{ message: 'another-ax' }]);
});

test('a poll that comes twice looks once at each source', async () => {
  const { poll, adopt, engine, looked } = await polled();
  await adopt(MOVED, '1');
  const slot = await poll();
  await engine.observe({ type: 'observe', cutoverId: ID, slot });
  expect(looked).toEqual(['another-ax', HERE]);
});

test('a timer does not ask again for a slot in which the source in force was looked at', async () => {
  const { poll, adopt, engine, bus } = await polled();
  await adopt(MOVED, '1');
  await poll();
  bus.sent.length = 0;
  await engine.pollReplication();
  expect(bus.sent.filter(({ queue }) => queue === 'observe')).toEqual([]);
});
