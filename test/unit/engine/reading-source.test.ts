import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { distributionDatabase } from '../../../shared/contract/statements/distribution.ts';
import { targetFacts } from '../../../shared/contract/statements/server-facts.ts';
import type { ErrorCode } from '../../../shared/core/errors.ts';
import { CutoverError } from '../../../shared/core/errors.ts';
import type { ReadingSource } from '../../../shared/core/state.ts';
import type { Sql } from '../../../shared/kinds/kind-ports.ts';
import { defineKind } from '../../../shared/kinds/kind.ts';
import { engineOn, makeRecordingBus, NO_BINDINGS } from '../../support/engine-parts.ts';
import { makeMemoryTables } from '../../support/memory-tables.ts';
import { MANAGER } from '../../support/sample-inputs.ts';
import { planOf, step } from '../../support/sample-plan.ts';
import { BEGUN_AT, makeTestClock, MINUTE } from '../../support/test-world.ts';

type Asked = 'distribution' | 'target';

/** Runs a gate that asks these servers, of which a collector reads the distributor; it says itself that it has read. */
const run = async (
  asks: readonly Asked[],
  says: ReadingSource,
  {
    error = null,
    accepts = null,
  }: { error?: ErrorCode | null; accepts?: readonly ReadingSource[] | null } = {},
) => {
  const gate = defineKind({
    name: 'gate',
    summary: 'a gate',
    params: z.null(),
    asks: () => 'world',
    dataGate: false,
    rule: null,
    effect: null,
    ...(accepts === null ? {} : { accepts: () => accepts }),
    pollEveryMs: MINUTE,
    read: async ({ ports, now }) => {
      for (const server of asks) {
        if (server === 'target') await ports.sql.query(targetFacts, null);
        else await ports.sql.query(distributionDatabase, null);
      }
      return { source: says, takenAt: now, body: null };
    },
    judge: () => ({ verdict: 'done', summary: 'clean' }),
  });
  const sql: Sql = {
    sourceOf: (server) => (server === 'distribution' ? 'pushed' : 'pulled'),
    query: () => (error === null ? Promise.resolve([]) : Promise.reject(new CutoverError(error, 'the test'))),
  };
  const clock = makeTestClock(BEGUN_AT);
  const bus = makeRecordingBus(() => new CutoverError('C401', 'the test'));
  const engine = engineOn({ tables: makeMemoryTables(), bus, clock, outside: { sql } });
  const plan = planOf([step('gate', { kind: 'gate' })]);
  await engine.start({ cutoverId: 'c1', plan, bindings: NO_BINDINGS, by: MANAGER, key: 'k' });
  clock.advance(1_000);
  await engine.runStep(gate, { type: 'step', cutoverId: 'c1', stepId: 'gate', attempt: 1, dispatch: 1 });
  return (await engine.store.readHead('c1'))!.state.steps.gate!;
};

describe('the source of the evidence of a gate', () => {
  it.each<{ asks: readonly Asked[]; says: ReadingSource; source: ReadingSource }>([
    { asks: ['target'], says: 'pulled', source: 'pulled' },
    { asks: ['distribution'], says: 'pulled', source: 'pushed' },
    { asks: ['distribution', 'target'], says: 'pulled', source: 'pushed' },
    { asks: ['distribution'], says: 'stated', source: 'stated' },
    { asks: [], says: 'file', source: 'file' },
  ])('that asks $asks and says $says itself is the weakest of both: $source', async (row) => {
    const { status, evidence } = await run(row.asks, row.says);
    expect([status, evidence?.source]).toEqual(['succeeded', row.source]);
  });
});

describe('a gate that accepts only certain sources', () => {
  it.each<{ accepts: readonly ReadingSource[]; asks: Asked; status: string; unmet: readonly string[] }>([
    { accepts: ['pulled'], asks: 'target', status: 'succeeded', unmet: [] },
    { accepts: ['pulled', 'pushed'], asks: 'distribution', status: 'succeeded', unmet: [] },
    { accepts: ['pulled'], asks: 'distribution', status: 'waiting', unmet: ['source-not-accepted'] },
    { accepts: ['pushed'], asks: 'target', status: 'waiting', unmet: ['source-not-accepted'] },
  ])('of $accepts is $status on a good reading of the $asks', async ({ accepts, asks, ...expected }) => {
    const { status, unmet } = await run([asks], 'pulled', { accepts });
    expect({ status, unmet: unmet.map(({ code }) => code) }).toEqual(expected);
  });
});

it.each<[ErrorCode, string]>([
  ['C501', 'platform engineer'],
  ['C506', 'DBA'],
  ['C507', 'DBA'],
])('what cannot be read because of %s waits for the %s', async (code, who) => {
  expect(await run(['distribution'], 'pulled', { error: code })).toMatchObject({
    status: 'waiting',
    unmet: [{ code, who }],
  });
});
