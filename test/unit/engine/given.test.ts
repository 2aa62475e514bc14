import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { GivenDocument } from '../../../shared/contract/upload.ts';
import { CutoverError } from '../../../shared/core/errors.ts';
import type { ErrorCode } from '../../../shared/core/errors.ts';
import type { ReadingSource } from '../../../shared/core/state.ts';
import { defineKind } from '../../../shared/kinds/kind.ts';
import { notYet } from '../../../shared/kinds/verdicts.ts';
import { engineOn, makeRecordingBus, NO_BINDINGS } from '../../support/engine-parts.ts';
import { makeMemoryTables } from '../../support/memory-tables.ts';
import { MANAGER } from '../../support/sample-inputs.ts';
import { planOf, step } from '../../support/sample-plan.ts';
import { BEGUN_AT, makeTestClock, MINUTE } from '../../support/test-world.ts';

const lack = { code: 'ax-running', message: 'AX runs', who: 'DBA', next: 'Stop it.' };

/** Runs a step `gate` once, after these documents were given; tells what it was shown and what it waits for. */
const run = async ({
  documents = [],
  said,
  fails = null,
}: {
  documents?: readonly GivenDocument[];
  said?: string;
  fails?: ErrorCode | null;
}) => {
  const seen: string[] = [];
  const gate = defineKind({
    name: 'gate',
    summary: 'a gate',
    params: z.null(),
    asks: () => 'world',
    dataGate: false,
    rule: null,
    effect: null,
    pollEveryMs: MINUTE,
    read: async ({ given, now }) => {
      const counts = await given('toolkit-counts');
      const statement = await given('statement');
      seen.push(counts?.document.database ?? 'no counts', statement?.document.text ?? 'no statement');
      if (fails !== null) throw new CutoverError(fails, 'the test', { problems: ['POST /confirm'] });
      const source: ReadingSource = said === undefined ? 'pulled' : 'stated';
      return { source, takenAt: now, body: null, ...(said === undefined ? {} : { said }) };
    },
    judge: () => notYet(lack),
  });
  const clock = makeTestClock(BEGUN_AT);
  const bus = makeRecordingBus(() => new CutoverError('C401', 'the test'));
  const engine = engineOn({ tables: makeMemoryTables(), bus, clock });
  const plan = planOf([step('gate', { kind: 'gate' }), step('other')]);
  await engine.start({ cutoverId: 'c1', plan, bindings: NO_BINDINGS, by: MANAGER, key: 'k' });
  clock.advance(MINUTE);
  for (const [index, document] of documents.entries()) {
    const inputId = `give-${index}`;
    await engine.uploads.give({ cutoverId: 'c1', inputId, document, sizeBytes: 1, by: MANAGER });
  }
  await engine.runStep(gate, { type: 'step', cutoverId: 'c1', stepId: 'gate', attempt: 1, dispatch: 1 });
  return { seen, unmet: (await engine.store.readHead('c1'))!.state.steps.gate!.unmet };
};

const counts = (stepId: string | null): GivenDocument => ({
  kind: 'toolkit-counts',
  stepId,
  database: `of ${stepId ?? 'all'}`,
  takenAt: BEGUN_AT,
  columns: { table: 'T', schema: null, source: 'S', target: 'D', delimiter: ',' },
  counts: [],
});
const statement = (stepId: string): GivenDocument => ({
  kind: 'statement',
  stepId,
  takenAt: BEGUN_AT,
  text: `about ${stepId}`,
  waives: [],
  reading: null,
});

describe('what a step is shown of the documents that people gave', () => {
  it.each<{ what: string; documents: readonly GivenDocument[]; seen: readonly string[] }>([
    { what: 'nothing', documents: [], seen: ['no counts', 'no statement'] },
    {
      what: 'its own',
      documents: [counts('gate'), counts(null), statement('gate')],
      seen: ['of gate', 'about gate'],
    },
    {
      what: 'counts of all tables, and no statement about another step',
      documents: [counts('other'), counts(null), statement('other')],
      seen: ['of all', 'no statement'],
    },
  ])('is $what', async ({ documents, seen }) => {
    expect((await run({ documents })).seen).toEqual(seen);
  });
});

describe('a step that is judged by what people state', () => {
  it('wants another statement besides what is lacking, because waiting changes nothing', async () => {
    const { unmet } = await run({ said: '; stated by Dina' });
    expect(unmet).toMatchObject([lack, { code: 'stated-lacks', who: 'dba' }]);
    expect((await run({})).unmet).toMatchObject([lack]);
  });

  it.each<[ErrorCode, string, string]>([
    ['C510', 'dba', 'have a second person confirm it'],
    ['C511', 'anybody but who gave it', 'POST /confirm'],
  ])('waits because of %s for %s, who is told the call', async (code, who, next) => {
    const { unmet } = await run({ fails: code });
    expect(unmet).toMatchObject([{ code, who, next: expect.stringContaining(next) as string }]);
  });
});
