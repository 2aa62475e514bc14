import { z } from 'zod';
import type { Bindings } from '../../../shared/contract/bindings.ts';
import { CutoverError } from '../../../shared/core/errors.ts';
import type { Json } from '../../../shared/core/json.ts';
import { baseline } from '../../../shared/kinds/baseline.ts';
import type { Kind, KindEffect, KindReading, KindVerdict, StepContext } from '../../../shared/kinds/kind.ts';
import { defineKind } from '../../../shared/kinds/kind.ts';
import { replicationGate } from '../../../shared/kinds/replication-gate.ts';
import { validateCounts } from '../../../shared/kinds/validate-counts.ts';

/** Parameters of an approval: how many of the approvers must agree. */
export type ApprovalParams = { readonly quorum: number };

/** Who starts the cutover and who may approve; the starter is an approver too and must be refused all the same. */
export const STARTER = { id: 'p0', name: 'Sam' };
export const APPROVERS = ['p0', 'p1', 'p2', 'p3'].map((id) => ({ id, name: `Approver ${id}` }));

const NOTHING = z.strictObject({});
const POLL_MS = 60_000;
const readySchema = z.strictObject({ ready: z.boolean() });
const evidenceSchema = z.strictObject({ version: z.int() });
const happenedSchema = z.strictObject({ happened: z.boolean().nullable() });

type Ready = z.infer<typeof readySchema>;

const placeOf = ({ cutoverId, planned, step }: StepContext<unknown>): string =>
  `${cutoverId} ${planned.id} ${step.attempt}`;

const ask = async <T extends Json>(
  context: StepContext<unknown>,
  path: string,
  schema: z.ZodType<T>,
): Promise<T> => {
  const { status, body } = await context.ports.dynamics!.get(path);
  // A bug of a kind, not a finding: the lifecycle must survive it by way of the dead letters.
  if (status !== 200) throw new TypeError('the kind met an answer it did not expect');
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw new CutoverError('C505', `what came for ${path} is not understood`);
  return parsed.data;
};

const lookAtWorld = async (context: StepContext<unknown>): Promise<KindReading<Ready>> => ({
  source: 'pulled',
  takenAt: context.now,
  body: await ask(context, `world ${placeOf(context)}`, readySchema),
});

const notYet = (message: string): KindVerdict => ({
  verdict: 'not-yet',
  unmet: [{ code: 'not-ready', message, who: 'the world', next: 'Wait.' }],
  again: false,
});

const judgeReady = (_: unknown, { body }: KindReading<Ready>): KindVerdict =>
  body.ready ? { verdict: 'done', summary: 'it is so' } : notYet('it is not so yet');

const effectOf = (repeatable: boolean): KindEffect<unknown> => ({
  repeatable,
  applies: () => true,
  fire: async (context, token) => {
    const { cutoverId, planned, step, ports } = context;
    const task = { cutoverId, stepId: planned.id, attempt: step.attempt, token, repeatable };
    const { status, body } = await ports.automation.call(placeOf(context), task);
    return status === 202
      ? { outcome: 'accepted', reference: body }
      : { outcome: 'refused', error: { code: 'C803', message: body, next: 'Retry.' } };
  },
  probe: async (context) => {
    const { happened } = await ask(context, `happened ${placeOf(context)}`, happenedSchema);
    if (happened === null) return { outcome: 'unknown' };
    return happened
      ? { outcome: 'accepted', reference: null }
      : { outcome: 'refused', error: { code: 'C317', message: 'it did not happen', next: 'Retry.' } };
  },
});

type Asks = Exclude<ReturnType<Kind['asks']>, 'approval'>;

const simulated = (
  name: string,
  asks: Asks,
  effect: Kind['effect'],
  differs: Partial<Pick<Kind, 'dataGate' | 'judge'>> = {},
): Kind =>
  defineKind({
    name,
    summary: name,
    params: NOTHING,
    asks: () => asks,
    dataGate: false,
    rule: null,
    effect,
    pollEveryMs: POLL_MS,
    read: lookAtWorld,
    judge: judgeReady,
    ...differs,
  });

const approval = defineKind<ApprovalParams, Json>({
  name: 'approval',
  summary: 'asks people',
  params: z.strictObject({ quorum: z.int() }),
  asks: () => 'approval',
  dataGate: false,
  rule: ({ quorum }, bindings: Bindings) => ({
    quorum,
    denials: 1,
    approvers: (bindings.people.approver ?? []).map(({ id }) => id),
  }),
  effect: null,
  pollEveryMs: POLL_MS,
  read: async (context) => ({
    source: 'pulled',
    takenAt: context.now,
    body: await ask(context, `evidence ${context.cutoverId} ${context.planned.id}`, evidenceSchema),
  }),
  judge: () => ({ verdict: 'done', summary: 'approved' }),
});

/** Its first attempt is always judged a failure. */
const judgeFlaky: Kind['judge'] = (context, reading) =>
  context.step.attempt === 1
    ? { verdict: 'failed', error: { code: 'C802', message: 'the first try', next: 'Retry.' } }
    : judgeReady(context, reading as KindReading<Ready>);

/**
 * The kinds of the simulation: every way a step can be asked, answered and judged, and the product's own kinds that
 * count rows and wait for replication.
 */
export const KINDS: readonly Kind[] = [
  simulated('world', 'world', null),
  simulated('refresh', 'world', effectOf(true)),
  simulated('trigger', 'world', effectOf(false)),
  simulated('flaky', 'world', null, { judge: judgeFlaky }),
  simulated('person', 'person', null),
  simulated('automation', 'automation', effectOf(false)),
  approval,
  replicationGate,
  baseline,
  validateCounts,
];

/** Parameters of a step of each kind that has any. */
export const PARAMS: Readonly<Record<string, readonly Json[]>> = {
  approval: [{ quorum: 1 }, { quorum: 2 }],
  'replication-gate': [
    { goal: 'caught-up', classes: ['keyed'], polls: 2, tracer: false, after: null },
    { goal: 'drained', classes: ['keyed', 'non-keyed'], polls: 2, tracer: true, after: null },
    { goal: 'drained', classes: ['keyed'], polls: 1, tracer: false, after: null },
  ],
  baseline: [{ classes: ['keyed', 'non-keyed'] }],
  'validate-counts': [{ classes: ['keyed'] }, { classes: ['keyed', 'non-keyed'] }],
};
