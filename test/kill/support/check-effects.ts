import { evidenceHashOf } from '../../support/api-client.ts';
import type { Check, SeenEvent, Violation } from './history.ts';

type Opened = SeenEvent & {
  readonly stepId: string;
  readonly attempt: number;
  readonly wait: {
    readonly asks: string;
    /** Null unless it asks approvers. */
    readonly rule?: { readonly quorum: number; readonly approvers: readonly string[] } | null;
  };
  readonly effect: { readonly repeatable: boolean } | null;
};
type Succeeded = SeenEvent & {
  readonly stepId: string;
  readonly attempt: number;
  readonly evidence: { readonly hash: string; readonly takenAt: number };
};

const keyOf = ({ stepId, attempt }: { readonly stepId: string; readonly attempt: number }): string =>
  `${stepId} attempt ${attempt}`;

const opened = (log: readonly SeenEvent[]): ReadonlyMap<string, Opened> =>
  new Map(
    log.flatMap((event) => (event.type === 'step-opened' ? [[keyOf(event as Opened), event as Opened]] : [])),
  );

const succeeded = (log: readonly SeenEvent[]): readonly Succeeded[] =>
  log.filter(({ type }) => type === 'step-succeeded') as unknown as readonly Succeeded[];

/** What must not happen twice reached the outside at most once per attempt, after it was announced. */
const checkCalls: Check = ({ calls }, log) => {
  const announced = opened(log);
  const seen = new Set<string>();
  return calls.flatMap((call) => {
    const key = keyOf(call);
    const violations: Violation[] = [];
    if (seen.has(key)) violations.push(`the automation was called twice for ${key}`);
    if (seen.has(call.webhookId)) violations.push(`the automation got ${call.webhookId} twice`);
    seen.add(key).add(call.webhookId);
    const intent = announced.get(key);
    if (intent?.effect?.repeatable !== false)
      violations.push(`the automation was called for ${key}, unannounced`);
    else if (Date.parse(intent.at) > call.at)
      violations.push(`the automation was called for ${key} before that was announced`);
    return violations;
  });
};

/** What is recorded as taken by an automation reached it. */
const checkSettled: Check = ({ calls }, log) => {
  const called = new Set(calls.map(keyOf));
  const announced = opened(log);
  return log.flatMap((event) => {
    if (event.type !== 'effect-settled' || event.outcome !== 'accepted') return [];
    const key = keyOf(event as Opened);
    const isOnce = announced.get(key)?.effect?.repeatable === false;
    return isOnce && !called.has(key)
      ? [`${key} is said to be taken by an automation that was never called`]
      : [];
  });
};

/** What may have reached the outside, and must not twice, is never tried again by itself. */
const checkDoubt: Check = (_, log) => {
  const announced = opened(log);
  const known = new Set<string>();
  return log.flatMap((event) => {
    const key = keyOf(event as Opened);
    const isTold = event.type === 'effect-answered' || event.type === 'completion-received';
    if (isTold || (event.type === 'effect-settled' && event.outcome !== 'unknown')) known.add(key);
    const isTriedAgain = event.type === 'step-failed' && event.retryAt !== null;
    return isTriedAgain && announced.get(key)?.effect?.repeatable === false && !known.has(key)
      ? [`event ${event.n}: ${key} is tried again, and nobody knows whether its call arrived`]
      : [];
  });
};

/** No plan played here lets the app itself start an operation of Lifecycle Services. */
const checkOperations: Check = ({ operations }) =>
  operations.map((operation) => `Lifecycle Services was asked for ${operation}`);

/** No step succeeded without evidence that can be read, read after the question and the claim it proves. */
const checkEvidence: Check = ({ evidence }, log) => {
  const questions = opened(log);
  const claims = new Map<string, number>();
  for (const event of log)
    if (event.type === 'completion-received') claims.set(keyOf(event as Opened), Date.parse(event.at));
  return succeeded(log).flatMap((event) => {
    const key = keyOf(event);
    const { hash, takenAt } = event.evidence;
    const body = evidence[hash] ?? null;
    const violations: Violation[] = [];
    if (body === null) violations.push(`the evidence of ${key} cannot be read`);
    else if (evidenceHashOf(body) !== hash)
      violations.push(`the evidence of ${key} is not what its hash says`);
    const question = questions.get(key);
    const asks = question?.wait.asks;
    if (question === undefined) violations.push(`${key} succeeded without a question`);
    else if (takenAt < Math.max(Date.parse(question.at), claims.get(key) ?? 0))
      violations.push(`the evidence of ${key} is older than what it proves`);
    if ((asks === 'person' || asks === 'automation') && !claims.has(key))
      violations.push(`${key} succeeded without anybody's word`);
    return violations;
  });
};

type Vote = {
  readonly decision: string;
  readonly by: { readonly id: string };
  readonly evidenceHash: string;
};

const voteOf = (event: SeenEvent): Vote | undefined => event.vote as Vote | undefined;

/** An approval was given by as many of its approvers as it needs, who all saw the evidence it stands on. */
const checkApprovals: Check = (_, log) => {
  const questions = opened(log);
  const voters = new Map<string, Set<string>>();
  return log.flatMap((event) => {
    const vote = voteOf(event);
    const key = keyOf(event as Opened);
    const rule = questions.get(key)?.wait.rule ?? null;
    if (vote !== undefined) {
      if (rule?.approvers.includes(vote.by.id) !== true) return [`${vote.by.id} voted on ${key} unasked`];
      if (vote.decision !== 'approve') return [];
      const seen = `${key} ${vote.evidenceHash}`;
      voters.set(seen, (voters.get(seen) ?? new Set()).add(vote.by.id));
    }
    if (event.type !== 'step-succeeded' || rule === null) return [];
    const votes = voters.get(`${key} ${(event as Succeeded).evidence.hash}`)?.size ?? 0;
    return votes >= rule.quorum ? [] : [`${key} passed on evidence that ${votes} of ${rule.quorum} approved`];
  });
};

/** Nothing is asked, claimed or ended twice in one attempt, and nobody votes twice on one evidence. */
const checkDoubles: Check = (_, log) => {
  const once = new Set([
    'step-opened',
    'completion-received',
    'step-succeeded',
    'step-failed',
    'effect-answered',
  ]);
  const seen = new Set<string>();
  let voided = 0;
  return log.flatMap((event) => {
    // Evidence that comes back after other evidence may be voted on anew.
    if (event.type === 'approval-voided') voided += 1;
    const vote = voteOf(event);
    if (!once.has(event.type) && vote === undefined) return [];
    const whose = vote === undefined ? '' : ` by ${vote.by.id} on ${vote.evidenceHash}, ${voided} voided`;
    const key = `${event.type} of ${keyOf(event as Opened)}${whose}`;
    if (seen.has(key)) return [`event ${event.n}: ${key} for the second time`];
    seen.add(key);
    return [];
  });
};

/** What must hold of effects and of evidence. */
export const EFFECT_CHECKS: readonly Check[] = [
  checkCalls,
  checkSettled,
  checkDoubt,
  checkOperations,
  checkEvidence,
  checkApprovals,
  checkDoubles,
];
