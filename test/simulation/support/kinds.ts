import { z } from 'zod';
import type { Bindings } from '../../../shared/contract/bindings.ts';
import type { Json } from '../../../shared/core/json.ts';
import type { ReplicationReading } from '../../../shared/core/replication.ts';
import type { Kind, KindEffect, KindReading, KindVerdict, StepContext } from '../../../shared/kinds/kind.ts';
import { defineKind } from '../../../shared/kinds/kind.ts';

/** Parameters of an approval: how many of the approvers must agree. */
export type ApprovalParams = { readonly quorum: number };

/** Who starts the cutover and who may approve; the starter is an approver too and must be refused all the same. */
export const STARTER = { id: 'p0', name: 'Sam' };
export const APPROVERS = ['p0', 'p1', 'p2', 'p3'].map((id) => ({ id, name: `Approver ${id}` }));

const NOTHING = z.strictObject({});
const POLL_MS = 60_000;

type Ready = { readonly ready: boolean };

const placeOf = ({ cutoverId, planned, step }: StepContext<unknown>): string =>
  `${cutoverId} ${planned.id} ${step.attempt}`;

const ask = async (context: StepContext<unknown>, path: string): Promise<Json> => {
  const { status, body } = await context.ports.dynamics!.get(path);
  // A bug of a kind, not a finding: the lifecycle must survive it by way of the dead letters.
  if (status !== 200) throw new TypeError('the kind met an answer it did not expect');
  return body;
};

const lookAtWorld = async (context: StepContext<unknown>): Promise<KindReading<Ready>> => {
  const body = (await ask(context, `world ${placeOf(context)}`)) as Ready;
  return { source: 'pulled', takenAt: context.now, body };
};

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
    const { happened } = (await ask(context, `happened ${placeOf(context)}`)) as { happened: boolean | null };
    if (happened === null) return { outcome: 'unknown' };
    return happened
      ? { outcome: 'accepted', reference: null }
      : { outcome: 'refused', error: { code: 'C317', message: 'it did not happen', next: 'Retry.' } };
  },
});

const waitingForWorld = (name: string, effect: Kind['effect'], judge: typeof judgeReady): Kind =>
  defineKind({
    name,
    summary: name,
    params: NOTHING,
    asks: () => 'world',
    dataGate: false,
    rule: null,
    effect,
    pollEveryMs: POLL_MS,
    read: lookAtWorld,
    judge,
  });

const stated = (name: string, asks: 'person' | 'automation', effect: Kind['effect']): Kind =>
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
  read: async (context) => {
    const body = await ask(context, `evidence ${context.cutoverId} ${context.planned.id}`);
    return { source: 'pulled', takenAt: context.now, body };
  },
  judge: () => ({ verdict: 'done', summary: 'approved' }),
});

const isClean = ({ publications }: ReplicationReading): boolean =>
  publications.every(({ pendingCommands }) => pendingCommands === 0);

const gate = defineKind({
  name: 'replication-gate',
  summary: 'wants two clean readings in a row',
  params: NOTHING,
  asks: () => 'world',
  dataGate: false,
  rule: null,
  effect: null,
  pollEveryMs: POLL_MS,
  read: async (context): Promise<KindReading<Ready>> => {
    const last = await context.readings(context.state.startedAt, 2);
    return {
      source: 'pulled',
      takenAt: context.now,
      body: { ready: last.length === 2 && last.every(isClean) },
    };
  },
  judge: judgeReady,
});

/** The kinds of the simulation: every way a step can be asked, answered and judged. */
export const KINDS: readonly Kind[] = [
  waitingForWorld('world', null, judgeReady),
  waitingForWorld('refresh', effectOf(true), judgeReady),
  waitingForWorld('trigger', effectOf(false), judgeReady),
  // Its first attempt is always judged a failure.
  waitingForWorld('flaky', null, (context, reading) =>
    (context as StepContext<unknown>).step.attempt === 1
      ? { verdict: 'failed', error: { code: 'C802', message: 'the first try', next: 'Retry.' } }
      : judgeReady(context, reading),
  ),
  stated('person', 'person', null),
  stated('automation', 'automation', effectOf(false)),
  approval,
  gate,
];
