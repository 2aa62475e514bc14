import { z } from 'zod';
import { CutoverError } from '../core/errors.ts';
import type { Statement } from './claim.ts';
import { lackOfStatement, statementOf } from './claim.ts';
import type { LcsOperation } from './kind-ports.ts';
import { defineKind } from './kind.ts';
import type { EffectOutcome, StepContext } from './kind.ts';
import { done, errorOf, failed, notYet } from './verdicts.ts';

const params = z.strictObject({
  via: z
    .enum(['person', 'api'])
    .meta({ description: 'The API refuses production, so a person starts that in LCS.' }),
  target: z.enum(['production', 'sandbox']).meta({
    description: 'What kind of environment the bindings name as production: a rehearsal may use a sandbox.',
  }),
});
type Params = z.infer<typeof params>;

type Reading = {
  readonly statement: Statement | null;
  /** Operations of the target since the question; null where there is no access to Lifecycle Services. */
  readonly operations: readonly LcsOperation[] | null;
};

const MINUTE = 60_000;
/** The type of a refresh in the history is not documented; these words are looked for. */
const REFRESH = /refresh|databasemove|movedatabase|datamove/i;
const OTHER = /addin|hotfix|servicing|update|package/i;
const GOOD = new Set(['Completed', 'SignedOff']);
const BAD = new Set(['Failed', 'Aborted', 'RollbackFailed', 'RollbackCompleted']);
const UNDER_WAY = new Set(['NotStarted', 'InProgress', 'RollbackInProgress']);

const isRefresh = ({ type }: LcsOperation): boolean => REFRESH.test(type.replaceAll(/[\s_-]/g, ''));

const refuse = (code: 'C102' | 'C702' | 'C704', detail: string): EffectOutcome => ({
  outcome: 'refused',
  error: errorOf(code, detail),
});

/** Since when an operation can be the one asked for; the history may know whole minutes only. */
const askedAt = ({ step }: Pick<StepContext<Params>, 'step'>): number => {
  const at = step.effect?.announcedAt ?? step.wait?.openedAt ?? 0;
  return Math.floor(at / MINUTE) * MINUTE;
};

const fire = async ({
  params: { target },
  ports: { lcs },
  bindings,
}: StepContext<Params>): Promise<EffectOutcome> => {
  if (lcs === null || bindings.lcs === null) return refuse('C102', 'lcs');
  const { sandboxEnvironmentId, productionEnvironmentId } = bindings.lcs;
  if (target === 'production') return refuse('C704', productionEnvironmentId);
  try {
    const { type } = await lcs.environment(productionEnvironmentId);
    if (type === 'Production') return refuse('C704', productionEnvironmentId);
  } catch (error) {
    if (!(error instanceof CutoverError)) throw error;
    // Nothing has been asked for yet, so this is no doubt about the effect.
    return { outcome: 'refused', error: { code: error.code, message: error.message, next: error.next } };
  }
  const answer = await lcs.startRefresh(sandboxEnvironmentId, productionEnvironmentId);
  return answer.accepted
    ? { outcome: 'accepted', reference: answer.activityId }
    : refuse('C702', answer.message);
};

const probe = async (context: StepContext<Params>): Promise<EffectOutcome> => {
  const { ports, bindings } = context;
  if (ports.lcs === null || bindings.lcs === null) return { outcome: 'unknown' };
  const history = await ports.lcs.history(bindings.lcs.productionEnvironmentId);
  const since = askedAt(context);
  const started = history.find((operation) => isRefresh(operation) && operation.startedAt >= since);
  // Not in the history is no proof: it may appear late.
  return started === undefined
    ? { outcome: 'unknown' }
    : { outcome: 'accepted', reference: started.activityId };
};

const newestFirst = (operations: readonly LcsOperation[]): readonly LcsOperation[] =>
  operations.toSorted((a, b) => b.startedAt - a.startedAt);

const judgeOperations = (operations: readonly LcsOperation[], reference: string | null) => {
  const refreshes = newestFirst(operations.filter(isRefresh));
  const operation = refreshes.find(({ activityId }) => activityId === reference) ?? refreshes[0];
  if (operation === undefined) {
    const [strange] = newestFirst(operations.filter(({ type }) => !OTHER.test(type)));
    return notYet({
      code: strange === undefined ? 'refresh-unseen' : 'refresh-unknown-type',
      message:
        strange === undefined
          ? 'The history of the target shows no refresh since it was asked for'
          : `The history shows an operation of type "${strange.type}", which may be the refresh or not`,
      who: 'LCS project owner',
      next: 'Look at Environment change history in Lifecycle Services.',
    });
  }
  const { status, activityId } = operation;
  if (GOOD.has(status)) return done(`Refresh ${activityId} is ${status}`);
  if (BAD.has(status)) return failed('C703', `operation ${activityId} is ${status}`);
  if (UNDER_WAY.has(status)) {
    return notYet({
      code: 'refresh-running',
      message: `The refresh is ${status}`,
      who: 'nobody: it passes',
      next: 'Wait: a refresh cannot be cancelled and may take up to a day.',
    });
  }
  return notYet({
    code: 'refresh-unknown-status',
    message: `The refresh has a status nobody expects: "${status}"`,
    who: 'LCS project owner',
    next: 'Look at Environment change history in Lifecycle Services.',
  });
};

/** The upgraded database replaces that of the environment the users will work in. */
export const refreshDatabase = defineKind<Params, Reading>({
  name: 'refresh-database',
  summary: 'Has the target environment refreshed from the sandbox, and reads the outcome in its history.',
  params,
  asks: ({ via }) => (via === 'person' ? 'person' : 'world'),
  dataGate: false,
  rule: null,
  effect: { repeatable: false, applies: ({ params: { via } }) => via === 'api', fire, probe },
  pollEveryMs: 5 * MINUTE,
  read: async (context) => {
    const { ports, bindings, step, now } = context;
    const statement = statementOf(step);
    if (ports.lcs === null || bindings.lcs === null) {
      return { source: 'stated', takenAt: now, body: { statement, operations: null } };
    }
    const since = askedAt(context);
    const history = await ports.lcs.history(bindings.lcs.productionEnvironmentId);
    const operations = history.filter(({ startedAt }) => startedAt >= since);
    return { source: 'pulled', takenAt: now, body: { statement, operations } };
  },
  judge: ({ params: { via }, planned, step }, { body: { statement, operations } }) => {
    const lack = via === 'person' ? lackOfStatement(statement, planned.owner) : null;
    if (lack !== null) return lack;
    if (operations === null)
      return done(`${statement?.by ?? ''} reported the refresh completed and signed off`);
    return judgeOperations(operations, step.effect?.reference ?? null);
  },
});
