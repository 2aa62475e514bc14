import type { Drilled } from './drill-down.ts';
import type { DueItem } from './due.ts';
import type { ErrorCode } from './errors.ts';
import type { CutoverMode, Milestone } from './plan.ts';
import type { Regression } from './replication-regressions.ts';
import type {
  Actor,
  Claim,
  Condition,
  DoneOutside,
  Evidence,
  PlanRef,
  Proposal,
  StepError,
  Unanswered,
  Vote,
  Wait,
  Waiver,
} from './state.ts';
import type { Upload } from './uploads.ts';

/** Names one dispatch of a step. */
export type Dispatched = { readonly attempt: number; readonly dispatch: number };

/** Something that should have happened at an instant; without a step it is the cutover's own. */
export type Overdue = {
  readonly what: DueItem['what'] | 'answer';
  readonly stepId: string | null;
  readonly at: number;
};

type OfStep = { readonly stepId: string; readonly attempt: number };

/** A fact that followed from one input: past tense, append-only. */
export type CutoverEvent =
  | {
      readonly type: 'cutover-started';
      readonly id: string;
      readonly title: string;
      readonly mode: CutoverMode;
      readonly by: Actor;
      readonly plan: PlanRef;
      readonly concurrency: number;
      readonly stepIds: readonly string[];
      /** When it begins by itself; absent where it begins at once. */
      readonly startAt?: number;
    }
  | { readonly type: 'cutover-begun' }
  | { readonly type: 'cutover-held'; readonly by: Actor; readonly reason: string; readonly remindAt: number }
  | { readonly type: 'cutover-resumed'; readonly by: Actor; readonly heldForMs: number }
  | { readonly type: 'cutover-aborted'; readonly by: Actor; readonly reason: string }
  | { readonly type: 'cutover-completed' }
  | {
      readonly type: 'rollback-started';
      readonly rollbackId: string;
      readonly title: string;
      readonly by: Actor;
      readonly reason: string;
      readonly statement: string | null;
      readonly stepIds: readonly string[];
    }
  | { readonly type: 'cutover-rolled-back' }
  | {
      readonly type: 'point-of-no-return-passed';
      readonly happenedAt: number;
      readonly by: Actor;
      readonly reason: string;
    }
  | { readonly type: 'revision-proposed'; readonly proposal: Omit<Proposal, 'at'> }
  | {
      readonly type: 'revision-rejected';
      readonly proposalHash: string;
      readonly by: Actor;
      readonly comment: string;
    }
  | { readonly type: 'revision-reminded' }
  | { readonly type: 'revision-expired' }
  | {
      readonly type: 'revision-adopted';
      readonly proposalHash: string;
      readonly ref: PlanRef;
      readonly by: Actor;
      readonly comment: string;
      readonly title: string;
      readonly concurrency: number;
      readonly added: readonly string[];
      readonly removed: readonly string[];
      /** Ids of steps of ways back that are no more; absent where there is none. */
      readonly retired?: readonly string[];
    }
  | {
      /**
       * What was said of a step counts no more, because a revision changed the step or nobody joined in within the hour:
       * it has to be said again.
       */
      readonly type: 'statement-voided';
      readonly stepId: string;
      readonly what: 'completion' | 'skip-proposal';
      /** Who said it. */
      readonly by: Actor;
    }
  | { readonly type: 'hold-reminded'; readonly remindAt: number }
  | {
      readonly type: 'step-ready';
      readonly stepId: string;
      /** The attempt it waits to begin; events of earlier versions lack it. */
      readonly attempt?: number;
    }
  | (OfStep & {
      readonly type: 'step-dispatched';
      readonly dispatch: number;
      readonly reason:
        'start' | 'retry' | 'read' | 'claim' | 'votes' | 'replication' | 'upload' | 'answer' | 'redrive';
      readonly deadlineAt: number | null;
      readonly nextReadAt: number | null;
      /** Absent where nothing is to be answered by the function, and in events of earlier versions. */
      readonly unanswered?: Unanswered;
    })
  | (OfStep & {
      readonly type: 'step-opened';
      readonly wait: Wait;
      readonly effect: { readonly repeatable: boolean } | null;
      readonly pollEveryMs: number;
      readonly nextReadAt: number | null;
    })
  | (OfStep & {
      readonly type: 'effect-settled';
      readonly outcome: 'accepted' | 'refused' | 'unknown';
      readonly reference: string | null;
      readonly nextReadAt: number | null;
      /** When somebody is reminded to look outside; null unless the outcome is unknown. */
      readonly decideAt: number | null;
    })
  | (OfStep & { readonly type: 'effect-answered'; readonly happened: boolean; readonly by: Actor })
  | (OfStep & { readonly type: 'effect-repeated' })
  | { readonly type: 'completion-kept'; readonly stepId: string; readonly claim: Claim }
  | (OfStep & {
      readonly type: 'completion-received';
      readonly claim: Claim;
      /** The reminders still to come where it was not tested; none is left otherwise. */
      readonly remindAt?: readonly number[];
    })
  | (OfStep & { readonly type: 'result-late'; readonly what: string; readonly by: Actor | null })
  | (OfStep & { readonly type: 'vote-counted'; readonly vote: Vote })
  | (OfStep & { readonly type: 'approval-voided'; readonly evidenceHash: string })
  | (OfStep & {
      readonly type: 'step-checked';
      readonly unmet: readonly Condition[];
      readonly nextReadAt: number | null;
    })
  /** The function has looked and found nothing new: said only after a while, lest every look is a commit. */
  | (OfStep & { readonly type: 'step-heard'; readonly nextReadAt: number | null })
  | (OfStep & {
      readonly type: 'step-succeeded';
      readonly evidence: Evidence;
      readonly marks: Milestone | null;
    })
  | (OfStep & {
      readonly type: 'step-failed';
      readonly error: StepError;
      readonly retryAt: number | null;
      readonly decideAt: number;
      /** Whose vote denied the approval; absent for any other failure. */
      readonly deniedBy?: Actor;
      /** What it asked for goes on outside: the next attempt looks for the outcome. Absent for any other failure. */
      readonly awaited?: true;
    })
  | (OfStep & { readonly type: 'attempt-given-up'; readonly by: Actor; readonly reason: string })
  | {
      readonly type: 'skip-proposed';
      readonly stepId: string;
      readonly by: Actor;
      readonly reason: string;
      /** Codes of what the gate lacked, in order; absent where it lacked nothing. */
      readonly unmet?: readonly string[];
      readonly remindAt: readonly number[];
    }
  | ({ readonly type: 'step-skipped'; readonly stepId: string } & Omit<Waiver, 'at'>)
  | {
      readonly type: 'step-recorded';
      readonly stepId: string;
      readonly done: DoneOutside;
      readonly marks: Milestone | null;
      /** Only for a data gate, which nobody has proved. */
      readonly waiver: Omit<Waiver, 'at'> | null;
    }
  | (OfStep & {
      readonly type: 'reminder-due';
      readonly subject: 'wait' | 'decision' | 'skip-proposal';
      readonly decideAt: number | null;
    })
  | (OfStep & {
      readonly type: 'deadline-renewed';
      readonly deadlineAt: number;
      readonly remindAt: readonly number[];
    })
  | { readonly type: 'replication-changed'; readonly unmet: readonly Condition[] }
  | { readonly type: 'replication-regressed'; readonly regressions: readonly Regression[] }
  | {
      readonly type: 'document-uploaded';
      readonly upload: Omit<Upload, 'by' | 'at' | 'confirmed'>;
      readonly by: Actor;
    }
  | {
      readonly type: 'document-confirmed';
      readonly documentHash: string;
      readonly by: Actor;
      readonly comment: string;
    }
  | { readonly type: 'table-drilled'; readonly found: Drilled; readonly by: Actor }
  | {
      readonly type: 'message-dead-lettered';
      readonly stepId: string | null;
      /** The dispatch it carried, if it can be named. */
      readonly dispatched: Dispatched | null;
      readonly queue: string;
      readonly reason: string;
      readonly deadLetterId: string;
    }
  | {
      readonly type: 'message-redriven';
      /** Null for a message of the cutover itself. */
      readonly stepId: string | null;
      readonly deadLetterId: string | null;
      readonly by: Actor;
    }
  | {
      readonly type: 'request-refused';
      readonly what: string;
      readonly stepId: string | null;
      readonly by: Actor;
      readonly code: ErrorCode;
      readonly message: string;
    }
  | { readonly type: 'overslept'; readonly since: number }
  | {
      readonly type: 'silence-alarmed';
      readonly silentSince: number;
      /** What should have happened, earliest first; events stored before version 2 was released may lack it. */
      readonly overdue?: readonly Overdue[];
    };

/** An event as it is stored: numbered without gaps per cutover, timed, chained by hash, and tied to its input. */
export type StoredEvent = CutoverEvent & {
  readonly n: number;
  readonly at: number;
  readonly inputId: string;
  readonly hash: string;
};
