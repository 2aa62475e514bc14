import type { CutoverMode, Milestone } from './plan.ts';
import type { DrillDown } from './drill-down.ts';
import type { Upload } from './uploads.ts';

/** Status of a cutover; the last three are terminal (I6). */
export type CutoverStatus = 'scheduled' | 'running' | 'rollingBack' | 'completed' | 'rolledBack' | 'aborted';

/** Status of a step; `succeeded`, `skipped` and `cancelled` are terminal (I6), `failed` waits for a retry or a decision. */
export type StepStatus =
  'pending' | 'ready' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'skipped' | 'cancelled';

/** Who did something: the id tells people apart, the name is for reading. */
export type Actor = { readonly id: string; readonly name: string };

/** How much a reading can be trusted, best first. */
export type ReadingSource = 'pulled' | 'pushed' | 'file' | 'stated';

/** Something a step or the replication still lacks, in words an operator can act on; `since` is epoch milliseconds. */
export type Condition = {
  readonly code: string;
  readonly message: string;
  readonly since: number;
  /** Who or what can clear it. */
  readonly who: string;
  readonly next: string;
};

/** What a gate looked at: the body is stored under its SHA-256, the head keeps this reference. */
export type Evidence = {
  readonly hash: string;
  readonly source: ReadingSource;
  readonly takenAt: number;
  readonly summary: string;
};

/** Why an attempt failed. */
export type StepError = {
  readonly code: string;
  readonly message: string;
  readonly next: string;
  readonly at: number;
};

/** What a person or a system says about a step: a claim, not a proof. */
export type Claim = {
  readonly result: 'pass' | 'fail' | 'not-tested';
  readonly by: Actor;
  readonly at: number;
  readonly note: string;
};

/** Whether a claim is somebody's last word on the attempt; that it was not tested leaves room for who tests it. */
export const isFinal = ({ result }: Pick<Claim, 'result'>): boolean => result !== 'not-tested';

/** One person's decision about one evidence (I8). */
export type Vote = {
  readonly decision: 'approve' | 'deny';
  readonly by: Actor;
  readonly at: number;
  readonly comment: string;
  readonly evidenceHash: string;
};

/** Who must say yes before an approval opens its gate. */
export type ApprovalRule = {
  readonly quorum: number;
  readonly denials: number;
  readonly approvers: readonly string[];
};

/** A step's open question to a person, a system or the world. */
export type Wait = {
  readonly asks: 'person' | 'automation' | 'approval' | 'world';
  readonly openedAt: number;
  readonly deadlineAt: number;
  /** Instants of the reminders still to come, earliest first. */
  readonly remindAt: readonly number[];
  /** SHA-256 of the one-time token handed to an automation. */
  readonly tokenHash: string | null;
  readonly claim: Claim | null;
  readonly votes: readonly Vote[];
  readonly rule: ApprovalRule | null;
  readonly evidenceHash: string | null;
};

/** An announced effect and what became of it (I10). */
export type Effect = {
  readonly announcedAt: number;
  readonly outcome: 'open' | 'accepted' | 'refused' | 'unknown';
  /** A repeatable effect may be fired again after a crash; any other waits for a person's answer. */
  readonly repeatable: boolean;
  readonly reference: string | null;
  /** It goes on although its attempt has failed: the next attempt looks for its outcome and asks nobody. */
  readonly awaited?: true;
};

/** A dispatch whose message ended among the dead letters: nobody works on the step until it is dispatched again (I12). */
export type Stuck = { readonly deadLetterId: string; readonly reason: string; readonly at: number };

/**
 * Since when dispatches of the step have been sent of which its function has let nothing be heard, and whether that has
 * lasted so long that somebody has to see to the function.
 */
export type Unanswered = { readonly since: number; readonly isSilent: boolean };

/** Why a step counts as passed without its proof, in the names of those who answer for it; it stays marked for good. */
export type Waiver = {
  readonly by: Actor;
  readonly reason: string;
  readonly at: number;
  /** The second person, where the step is a data gate. */
  readonly second: { readonly by: Actor; readonly reason: string } | null;
};

/** One person's wish to pass a data gate without its proof, and what the gate lacked when they said so. */
export type SkipProposal = Omit<Waiver, 'second'> & {
  readonly unmet?: readonly string[];
  /** Instants of the reminders still to come, earliest first. */
  readonly remindAt: readonly number[];
};

/** Everything the choreography remembers of one step; instants are epoch milliseconds. */
export type StepState = {
  readonly status: StepStatus;
  readonly attempt: number;
  /** The revision of the plan its last attempt was dispatched under; 0 before the first. */
  readonly revision: number;
  /** The last dispatch of the attempt; 0 while the next one waits to begin, and for good where the step ended so. */
  readonly dispatch: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** When the current attempt must have ended. */
  readonly deadlineAt: number | null;
  /** When the step's function is to look again; also recovers a dispatch that nobody answered. */
  readonly nextReadAt: number | null;
  readonly retryAt: number | null;
  /** When somebody is reminded of what only a person can say: what to do about a failure, whether an effect happened. */
  readonly decideAt: number | null;
  readonly pollEveryMs: number;
  readonly wait: Wait | null;
  readonly effect: Effect | null;
  readonly unmet: readonly Condition[];
  /** Set while the message of the current dispatch is a dead letter. */
  readonly stuck: Stuck | null;
  /** Absent while its function owes no answer; also in what was stored before functions were watched after their question. */
  readonly unanswered?: Unanswered;
  readonly earlyClaim: Claim | null;
  readonly evidence: Evidence | null;
  readonly error: StepError | null;
  /** Who denied the approval last, in whatever attempt; absent where nobody has. */
  readonly deniedBy?: Actor;
  /** The first of two people who want to pass a data gate without its proof. */
  readonly skipProposal: SkipProposal | null;
  readonly waiver: Waiver | null;
};

/** A true pause: nothing new is dispatched while it lasts (I7). */
export type Hold = {
  readonly since: number;
  readonly by: Actor;
  readonly reason: string;
  readonly remindAt: number;
};

/** Which stored plan, with its bindings, a cutover runs on; revisions count from 1. */
export type PlanRef = { readonly hash: string; readonly procedureHash: string; readonly revision: number };

/** A step that was done outside the product, as the people who answer for the record say. */
export type DoneOutside = {
  readonly stepId: string;
  readonly doneAt: number;
  readonly by: Actor;
  readonly note: string;
  readonly evidenceHash: string;
};

/** A change of the plan somebody wants and somebody else must approve; `hash` covers all of it. */
export type Proposal = {
  readonly hash: string;
  readonly ref: PlanRef;
  readonly by: Actor;
  readonly reason: string;
  readonly at: number;
  /** What would change, in words. */
  readonly changes: readonly string[];
  readonly done: readonly DoneOutside[];
  /** Instants of the reminders still to come, earliest first. */
  readonly remindAt: readonly number[];
};

/** The way back a cutover has taken, in the name of who decided it. */
export type Rollback = {
  readonly id: string;
  readonly title: string;
  readonly by: Actor;
  readonly reason: string;
  /** The sentence that was confirmed, null where no data is lost. */
  readonly statement: string | null;
  readonly at: number;
};

/** Since when nobody but the watchdog has brought the cutover on although something was due, and who was told last. */
export type Silence = { readonly since: number; readonly alarmedAt: number | null };

/** The stored head of one cutover: the fold of its events (I5). */
export type CutoverState = {
  readonly id: string;
  readonly title: string;
  readonly mode: CutoverMode;
  readonly status: CutoverStatus;
  /** When somebody started it; it may begin later. */
  readonly startedAt: number;
  /** When it begins by itself; absent where it began at once. */
  readonly startAt?: number;
  readonly endedAt: number | null;
  readonly startedBy: Actor;
  readonly held: Hold | null;
  readonly plan: PlanRef;
  /** The revisions before the present one, oldest first: attempts keep the one they were dispatched under. */
  readonly earlierPlans: readonly PlanRef[];
  /** Ids of steps of ways back that revisions removed, so that none is given to another step; absent while there is none. */
  readonly retiredIds?: readonly string[];
  readonly proposal: Proposal | null;
  readonly rollback: Rollback | null;
  readonly concurrency: number;
  readonly steps: Readonly<Record<string, StepState>>;
  readonly milestones: Readonly<Partial<Record<Milestone, number>>>;
  /** What replication lacks as of the last poll that changed anything; null before the first poll. */
  readonly replication: { readonly unmet: readonly Condition[]; readonly at: number } | null;
  /** The newest document about each subject, in the order they came; absent while there is none. */
  readonly uploads?: readonly Upload[];
  /** The newest drill-down of each table, in the order they were made; absent while there is none. */
  readonly drillDowns?: readonly DrillDown[];
  /** Absent while the cutover is brought on by what should bring it on. */
  readonly silence?: Silence;
  readonly lastCommitAt: number;
  /** Number of the last commit and of the last event; both count from 1 without gaps. */
  readonly commits: number;
  readonly events: number;
};

const TERMINAL_CUTOVER: ReadonlySet<CutoverStatus> = new Set(['completed', 'rolledBack', 'aborted']);
const TERMINAL_STEP: ReadonlySet<StepStatus> = new Set(['succeeded', 'skipped', 'cancelled']);

/** Whether nothing can happen to this cutover any more (I6). */
export const isTerminal = (state: CutoverState): boolean => TERMINAL_CUTOVER.has(state.status);

/** The plan the step's present attempt runs on: the one it was dispatched under. */
export const planOfAttempt = (state: CutoverState, step: StepState): PlanRef =>
  state.earlierPlans.find(({ revision }) => revision === step.revision) ?? state.plan;

/** Whether this step's status can never change again (I6). */
export const isStepTerminal = (step: StepState): boolean => TERMINAL_STEP.has(step.status);

/** A step in hand: it always has a limit (I11). */
export type ActiveStep = StepState & { readonly deadlineAt: number };

/** Whether the step is in hand, and so occupies one of the plan's dispatch places. */
export const isStepActive = (step: StepState): step is ActiveStep =>
  step.status === 'running' || step.status === 'waiting';
