import type { Input, InputOf, Judgement } from '../../shared/core/inputs.ts';
import type { Actor, Claim, Condition, Evidence, StepError, Vote } from '../../shared/core/state.ts';
import { MINUTE } from './sample-plan.ts';

/** An input before it gets its id. */
export type What = Input extends infer One ? (One extends Input ? Omit<One, 'id'> : never) : never;

type WhatOf<T extends Input['type']> = Omit<InputOf<T>, 'id'>;
type OfAttempt = { readonly stepId: string; readonly attempt: number };

const person = (name: string): Actor => ({ id: name.toLowerCase(), name });

export const MANAGER = person('Mona');
export const DBA = person('Dirk');
export const APPROVERS = [person('Anna'), person('Bert'), person('Carl')] as const;
export const [ANNA, BERT, CARL] = APPROVERS;

/** How often an opened step of these tests is read. */
export const POLL_MS = 2 * MINUTE;

export const hold = (reason = 'a pause', by = MANAGER): What => ({ type: 'hold', by, reason });
export const resume = (by = MANAGER): What => ({ type: 'resume', by });
export const abort = (reason = 'no way on'): What => ({ type: 'abort', by: MANAGER, reason });
export const retry = (stepId: string): What => ({ type: 'retry', stepId, by: MANAGER, reason: 'mended' });
export const skip = (stepId: string, by = MANAGER, reason = 'not needed'): What => ({
  type: 'skip',
  stepId,
  by,
  reason,
});
export const giveUp = (stepId: string): What => ({
  type: 'give-up',
  stepId,
  by: MANAGER,
  reason: 'nobody answers',
});
export const rollback = (rollbackId: string, statement: string | null = null): What => ({
  type: 'rollback',
  rollbackId,
  by: MANAGER,
  reason: 'it went wrong',
  statement,
});
export const passPointOfNoReturn = (happenedAt: number): What => ({
  type: 'pass-point-of-no-return',
  happenedAt,
  by: DBA,
  reason: 'the first invoice',
});
/** A document about the whole cutover, or a statement about a step. */
export const upload = (
  hash: string,
  takenAt: number | null = null,
  stepId: string | null = null,
  by = DBA,
): What => ({
  type: 'upload',
  upload: { kind: stepId === null ? 'ignore-tables' : 'statement', stepId, hash, sizeBytes: 120, takenAt },
  by,
});
/** What narrowing the difference of a table down found. */
export const drillDown = (table: string, hash: string, by = DBA): What => ({
  type: 'drill-down',
  table,
  found: { table, hash, missing: 3, surplus: 1, open: 2 },
  by,
});
export const confirmUpload = (hash: string, by = ANNA, comment = 'seen'): What => ({
  type: 'confirm-upload',
  hash,
  by,
  comment,
});
export const redrive = (stepId: string | null, deadLetterId: string | null = null): What => ({
  type: 'redrive',
  stepId,
  deadLetterId,
  by: MANAGER,
});
/** A dead letter of the step's dispatch, or of one that it does not name. */
export const deadLetter = (
  stepId: string | null,
  dispatched: { readonly attempt: number; readonly dispatch: number } | null = null,
): What => ({
  type: 'dead-letter',
  stepId,
  dispatched,
  queue: 'step-task',
  reason: 'delivered ten times',
  deadLetterId: 'd1',
});
export const wake: What = { type: 'wake' };

const opens = (of: OfAttempt, differs: Partial<WhatOf<'open'>>): What => ({
  type: 'open',
  stepId: of.stepId,
  attempt: of.attempt,
  asks: 'person',
  tokenHash: null,
  rule: null,
  evidenceHash: null,
  effect: null,
  pollEveryMs: POLL_MS,
  ...differs,
});

/** Speaks of one attempt of one step. */
export const attempt = (stepId: string, number = 1) => {
  const of: OfAttempt = { stepId, attempt: number };
  return {
    asksPerson: (effect: { repeatable: boolean } | null = null): What => opens(of, { effect }),
    asksWorld: (effect: { repeatable: boolean } | null = null): What => opens(of, { asks: 'world', effect }),
    asksAutomation: (effect: { repeatable: boolean } | null = { repeatable: false }): What =>
      opens(of, { asks: 'automation', tokenHash: 'token', effect }),
    asksApproval: (quorum = 2, denials = 1, approvers: readonly Actor[] = APPROVERS): What =>
      opens(of, {
        asks: 'approval',
        evidenceHash: 'seen',
        rule: { quorum, denials, approvers: approvers.map(({ id }) => id) },
      }),
    settles: (
      outcome: 'accepted' | 'refused' | 'unknown',
      error: Omit<StepError, 'at'> | null = outcome === 'refused'
        ? { code: 'C803', message: 'refused', next: 'mend it' }
        : null,
    ): What => ({
      type: 'settle-effect',
      ...of,
      outcome,
      reference: outcome === 'accepted' ? 'job-7' : null,
      error,
    }),
    firesAgain: (): What => ({ type: 'repeat-effect', ...of }),
    happened: (happened: boolean): What => ({ type: 'answer-effect', ...of, happened, by: DBA }),
    isReported: (result: Claim['result'] = 'pass', by = DBA, note = ''): What => ({
      type: 'complete',
      ...of,
      claim: { result, by, note },
      tokenHash: null,
    }),
    /** As the automation that was asked: with the token it was handed, or another one. */
    callsBack: (result: Claim['result'] = 'pass', tokenHash = 'token'): What => ({
      type: 'complete',
      ...of,
      claim: { result, by: DBA, note: '' },
      tokenHash,
    }),
    isVoted: (decision: Vote['decision'], by: Actor, evidenceHash = 'seen', comment = 'looked'): What => ({
      type: 'vote',
      ...of,
      vote: { decision, by, comment, evidenceHash },
    }),
    isVoided: (evidenceHash = 'new'): What => ({ type: 'void-approval', ...of, evidenceHash }),
    isJudged: (judgement: Judgement): What => ({ type: 'judge', ...of, judgement }),
  };
};

/** The postcondition was read and holds. */
export const done = (takenAt: number, hash = 'seen'): Judgement => ({
  verdict: 'done',
  evidence: evidence(takenAt, hash),
});

export const evidence = (takenAt: number, hash = 'seen'): Evidence => ({
  hash,
  source: 'pulled',
  takenAt,
  summary: 'read',
});

/** The postcondition was read and does not hold yet. */
export const notYet = (...messages: readonly string[]): Judgement => ({
  verdict: 'not-yet',
  unmet: messages.map(lacks),
  again: false,
});

export const failed = (code = 'C604'): Judgement => ({
  verdict: 'failed',
  error: { code, message: 'it runs', next: 'stop it' },
});

/** A condition of the code that its message begins with. */
export const lacks = (message: string): Omit<Condition, 'since'> => ({
  code: message.split(' ')[0]!,
  message,
  who: 'DBA',
  next: 'wait',
});

/** A look that finds replication worse than the one before. */
export const regressed = (...messages: readonly string[]): What => ({
  type: 'observe',
  unmet: messages.map(lacks),
  regressions: [
    { code: 'agent-stopped', severity: 'critical', message: 'an agent stopped', next: 'start it' },
  ],
});

export const observe = (...messages: readonly string[]): What => ({
  type: 'observe',
  unmet: messages.map(lacks),
});
