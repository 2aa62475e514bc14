import type { Json } from './json.ts';

/** What the company runs: a rehearsal or the real thing. */
export type CutoverMode = 'mock' | 'production';

/** Facts about the cutover that the success of a step establishes, with their time, for other steps to rely on. */
export const MILESTONES = [
  'replication-set-up',
  'downtime-started',
  'aos-stopped',
  'backup-proven',
  'tracer-posted',
  'replication-removed',
  'upgrade-triggered',
  'refresh-done',
  'point-of-no-return',
  'access-opened',
] as const;

/** See {@link MILESTONES}. */
export type Milestone = (typeof MILESTONES)[number];

/** One node of the plan; durations are milliseconds. */
export type PlanStep = {
  readonly id: string;
  readonly title: string;
  readonly phase: number;
  readonly kind: string;
  readonly after: readonly string[];
  readonly owner: string;
  readonly plannedMs: number;
  /** Total limit of one attempt; every step has one, so that no wait is endless (I11). */
  readonly deadlineMs: number;
  /** What happens when the deadline passes: the attempt fails, or the cutover is held and the limit starts anew. */
  readonly onDeadline: 'fail' | 'hold';
  /** Offsets from the opening of the wait at which the owner is reminded. */
  readonly remindAfterMs: readonly number[];
  /** Attempts made without asking anybody; a failure after the last one waits for a decision. */
  readonly maxAttempts: number;
  readonly retryDelayMs: number;
  /** A required step cannot be skipped. */
  readonly required: boolean;
  /** Its kind proves that data has arrived: passing it without proof takes two people, and stays marked. */
  readonly dataGate: boolean;
  readonly marks: Milestone | null;
  readonly instruction: string;
  readonly params: Json;
};

/** A way back, possible between two milestones; its steps replace the unfinished forward ones. */
export type RollbackPlan = {
  readonly id: string;
  readonly title: string;
  /** Offered from the time this milestone is reached (null: from the start) … */
  readonly availableFrom: Milestone | null;
  /** … until this one is (null: to the end). */
  readonly availableUntil: Milestone | null;
  /** … and only while the last attempt of this forward step has failed; absent where no failure is undone. */
  readonly availableWhileFailed?: string;
  /** The sentence a person must confirm when business data would be lost; null where none is. */
  readonly dataLossStatement: string | null;
  readonly steps: readonly PlanStep[];
};

/** The document that says which steps exist, what each waits for, who owns it and how long it should take. */
export type Plan = {
  readonly schema: 1;
  readonly id: string;
  readonly title: string;
  readonly mode: CutoverMode;
  /** A mock on a restored copy says nothing about load on the live source, so its forecast is marked. */
  readonly source: 'live-ax' | 'restored-copy';
  /** How many steps may be in hand at once; those that only watch take no place. */
  readonly concurrency: number;
  readonly steps: readonly PlanStep[];
  readonly rollbacks: readonly RollbackPlan[];
};

/** Kinds that stay in hand beside the work, for days, until some step marks this milestone: what they lack holds nobody up. */
const WATCHES: ReadonlyMap<string, Milestone> = new Map([['replication-watch', 'replication-removed']]);

/** The milestone that ends a step of a kind that only watches; null for every other kind. */
export const endedBy = ({ kind }: Pick<PlanStep, 'kind'>): Milestone | null => WATCHES.get(kind) ?? null;

/** Whether the step is no work of its own: it takes no place of the plan's concurrency, lest what ends it find none. */
export const onlyWatches = ({ kind }: Pick<PlanStep, 'kind'>): boolean => WATCHES.has(kind);

/** Kinds whose work goes on in systems that take it back from nobody: a refresh, once begun, cannot be cancelled. */
const UNSTOPPABLE: ReadonlySet<string> = new Set(['refresh-database']);

/** Whether what the step asks for goes on outside, whatever the cutover decides meanwhile. */
export const cannotBeStopped = ({ kind }: Pick<PlanStep, 'kind'>): boolean => UNSTOPPABLE.has(kind);

/** The steps a cutover goes through now: the forward ones, or those of the way back it has taken. */
export const stepsInForce = (plan: Plan, rollbackId: string | null): readonly PlanStep[] =>
  rollbackId === null ? plan.steps : (plan.rollbacks.find(({ id }) => id === rollbackId)?.steps ?? []);

/** All steps the plan names, those of the ways back included. */
export const allSteps = (plan: Plan): readonly PlanStep[] => [
  ...plan.steps,
  ...plan.rollbacks.flatMap(({ steps }) => steps),
];

/** The ten phases of the article "Upgrade from AX 2012 - Go live (Cutover)". */
export const PHASES: readonly string[] = [
  'Prerequisites',
  'Toolkit',
  'Replication',
  'AX off',
  'Replication completes',
  'Cutover steps',
  'Data upgrade',
  'Refresh',
  'Configuration and smoke test',
  'Open',
];
