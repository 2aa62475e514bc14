import type { Regression } from './replication-regressions.ts';
import type { Drilled, NotDrilled } from './drill-down.ts';
import type { Dispatched } from './events.ts';
import type { ErrorCode } from './errors.ts';
import type { Plan } from './plan.ts';
import type {
  Actor,
  ApprovalRule,
  Claim,
  Condition,
  DoneOutside,
  Evidence,
  PlanRef,
  StepError,
  Vote,
  Wait,
} from './state.ts';
import type { Upload } from './uploads.ts';

type OfAttempt = { readonly stepId: string; readonly attempt: number };

/** What a step's function found when it looked at its postcondition. */
export type Judgement =
  | { readonly verdict: 'done'; readonly evidence: Evidence }
  | {
      readonly verdict: 'not-yet';
      readonly unmet: readonly Omit<Condition, 'since'>[];
      /** Look again at once: the function stopped at its budget, not for want of a fact. */
      readonly again: boolean;
    }
  | { readonly verdict: 'failed'; readonly error: Omit<StepError, 'at'> };

/** Something that happened to a cutover; `id` makes it apply at most once (I3). */
export type Input = { readonly id: string } & (
  | {
      readonly type: 'start';
      readonly cutoverId: string;
      readonly plan: Plan;
      readonly ref: PlanRef;
      readonly by: Actor;
      /** Why nothing shall be dispatched yet; null to begin at once. */
      readonly hold: string | null;
      /** The instant at which it begins by itself; null to begin at once. */
      readonly startAt: number | null;
    }
  | { readonly type: 'hold'; readonly by: Actor; readonly reason: string }
  | { readonly type: 'resume'; readonly by: Actor }
  | { readonly type: 'abort'; readonly by: Actor; readonly reason: string }
  | { readonly type: 'retry'; readonly stepId: string; readonly by: Actor; readonly reason: string }
  | { readonly type: 'skip'; readonly stepId: string; readonly by: Actor; readonly reason: string }
  | { readonly type: 'give-up'; readonly stepId: string; readonly by: Actor; readonly reason: string }
  | {
      readonly type: 'redrive';
      /** Null lets the cutover itself do what is due. */
      readonly stepId: string | null;
      /** The letter it is done for; null when somebody names the step alone. */
      readonly deadLetterId: string | null;
      readonly by: Actor;
    }
  | {
      readonly type: 'rollback';
      readonly rollbackId: string;
      readonly by: Actor;
      readonly reason: string;
      /** The plan's data-loss statement, word for word; null where there is none. */
      readonly statement: string | null;
    }
  | {
      readonly type: 'pass-point-of-no-return';
      readonly happenedAt: number;
      readonly by: Actor;
      readonly reason: string;
    }
  | {
      readonly type: 'propose-revision';
      /** SHA-256 of what was sent, so that the same request is known again when the cutover has gone on (I3). */
      readonly asked: string;
      readonly plan: Plan;
      readonly ref: PlanRef;
      /** Parts of the bindings that differ from the present ones. */
      readonly bindings: readonly string[];
      readonly done: readonly DoneOutside[];
      readonly hash: string;
      readonly by: Actor;
      readonly reason: string;
    }
  | {
      readonly type: 'decide-revision';
      /** The proposal that was seen. */
      readonly hash: string;
      readonly decision: 'approve' | 'reject';
      /** The plan of that proposal; null where it is not the present one. */
      readonly plan: Plan | null;
      /** Parts of its bindings that differ from the present ones. */
      readonly bindings: readonly string[];
      readonly by: Actor;
      readonly comment: string;
    }
  | {
      readonly type: 'upload';
      readonly upload: Omit<Upload, 'by' | 'at' | 'confirmed'>;
      readonly by: Actor;
    }
  | {
      readonly type: 'confirm-upload';
      /** The document that was seen. */
      readonly hash: string;
      readonly by: Actor;
      readonly comment: string;
    }
  | {
      readonly type: 'drill-down';
      /** As it was asked for. */
      readonly table: string;
      /** What was found, or why nothing can be. */
      readonly found: Drilled | NotDrilled;
      readonly by: Actor;
    }
  | {
      readonly type: 'refuse';
      readonly what: string;
      readonly stepId: string | null;
      readonly by: Actor;
      readonly code: ErrorCode;
      /** What was answered; absent where only the code is known. */
      readonly message?: string;
    }
  | (OfAttempt & {
      readonly type: 'open';
      readonly asks: Wait['asks'];
      readonly tokenHash: string | null;
      readonly rule: ApprovalRule | null;
      readonly evidenceHash: string | null;
      readonly effect: { readonly repeatable: boolean } | null;
      readonly pollEveryMs: number;
    })
  | (OfAttempt & {
      readonly type: 'settle-effect';
      readonly outcome: 'accepted' | 'refused' | 'unknown';
      readonly reference: string | null;
      /** Why it was refused; null otherwise. */
      readonly error: Omit<StepError, 'at'> | null;
    })
  | (OfAttempt & { readonly type: 'repeat-effect' })
  | (OfAttempt & {
      readonly type: 'answer-effect';
      readonly happened: boolean;
      readonly by: Actor;
      /** Whoever answers named the attempt; absent where it was taken for the one in hand. */
      readonly isNamed?: true;
    })
  | (OfAttempt & {
      readonly type: 'complete';
      readonly claim: Omit<Claim, 'at'>;
      readonly tokenHash: string | null;
    })
  | (OfAttempt & { readonly type: 'vote'; readonly vote: Omit<Vote, 'at'> })
  | (OfAttempt & { readonly type: 'judge'; readonly judgement: Judgement })
  | (OfAttempt & { readonly type: 'void-approval'; readonly evidenceHash: string })
  | {
      readonly type: 'wake';
      /** The watchdog had to do it, because whatever wakes a cutover did not. */
      readonly overslept?: boolean;
    }
  | {
      readonly type: 'observe';
      readonly unmet: readonly Omit<Condition, 'since'>[];
      /** What has become worse since the reading before; absent where nothing has. */
      readonly regressions?: readonly Regression[];
    }
  | {
      readonly type: 'dead-letter';
      readonly stepId: string | null;
      readonly dispatched: Dispatched | null;
      readonly queue: string;
      readonly reason: string;
      readonly deadLetterId: string;
    }
);

/** The input of one type. */
export type InputOf<T extends Input['type']> = Extract<Input, { readonly type: T }>;
