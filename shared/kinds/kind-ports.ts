import type { SqlServer, Statement } from '../contract/statement.ts';
import type { Snapshot } from '../core/counts.ts';
import type { Json } from '../core/json.ts';

/** SQL on the three servers, by named statements of the catalogue only. Throws CutoverError C501 to C507. */
export type Sql = {
  /** Whether the app asks a server itself, or its collector does. */
  readonly sourceOf: (server: SqlServer) => 'pulled' | 'pushed';
  readonly query: <Parameters, Row>(
    statement: Statement<Parameters, Row>,
    parameters: Parameters,
  ) => Promise<readonly Row[]>;
};

/** What Lifecycle Services says of an environment. */
export type LcsEnvironment = {
  readonly environmentId: string;
  readonly type: 'Production' | 'Sandbox';
  /** As Lifecycle Services shows it ("Deployed", "Failed", …); how the upgrade states read is learned in the mock. */
  readonly state: string;
  readonly release: string;
};

/** One operation of an environment's history; `status` as documented, unknown ones are not terminal. */
export type LcsOperation = {
  readonly activityId: string;
  readonly type: string;
  readonly status: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
};

/** Lifecycle Services. Throws CutoverError C701 when it cannot be reached; a refusal is an answer. */
export type Lcs = {
  readonly environment: (environmentId: string) => Promise<LcsEnvironment>;
  readonly history: (environmentId: string) => Promise<readonly LcsOperation[]>;
  /** Never repeated by the adapter: a time-out is C701 and the caller asks the history. */
  readonly startRefresh: (
    sourceEnvironmentId: string,
    targetEnvironmentId: string,
  ) => Promise<
    | { readonly accepted: true; readonly activityId: string }
    | { readonly accepted: false; readonly message: string }
  >;
};

/** Dynamics 365 over OData with client credentials. Throws CutoverError C801 when it cannot be reached. */
export type Dynamics = {
  readonly get: (path: string) => Promise<{ readonly status: number; readonly body: Json }>;
};

/** An automation endpoint of the customer, named in the bindings. Throws CutoverError C801 on time-out or reset. */
export type Automation = {
  readonly call: (
    endpoint: string,
    task: Json,
  ) => Promise<{ readonly status: number; readonly body: string }>;
};

/** Row counts of the cutover, kept as snapshots. */
export type Snapshots = {
  readonly store: (cutoverId: string, snapshot: Snapshot) => Promise<{ readonly hash: string }>;
  /** The newest exact comparison of each step that counts both sides, until a time (epoch milliseconds) or of all. */
  readonly comparisons: (cutoverId: string, at?: number) => Promise<readonly Snapshot[]>;
};

/** One piece of one round of a counting. */
export type PieceKey = { readonly countingId: string; readonly round: number; readonly piece: string };

/** A lane of a server and what it counts; nobody else takes it before `until` (epoch milliseconds). */
export type LaneClaim = {
  readonly server: 'source' | 'target';
  readonly lane: number;
  readonly of: PieceKey;
  readonly until: number;
};

/** Exact counts in progress, so that a crash resumes at the open pieces. Throws CutoverError C401. */
export type Countings = {
  /** The plan of the newest round; null before the first. */
  readonly plan: (
    cutoverId: string,
    countingId: string,
  ) => Promise<{ readonly round: number; readonly plan: Json } | null>;
  /** Keeps the plan of a new round, the first one only; gives the one that is kept. */
  readonly storePlan: (cutoverId: string, countingId: string, round: number, plan: Json) => Promise<Json>;
  /** What the pieces of a round gave so far, by piece. */
  readonly counts: (
    cutoverId: string,
    countingId: string,
    round: number,
  ) => Promise<ReadonlyMap<string, Json>>;
  readonly claim: (
    cutoverId: string,
    claim: LaneClaim,
    now: number,
  ) => Promise<'claimed' | 'lane-busy' | 'piece-taken'>;
  /** Frees the lane and keeps what it counted; null if it counted nothing. */
  readonly release: (cutoverId: string, claim: LaneClaim, counts: Json) => Promise<void>;
};

/** The outside as the step kinds see it; null where the customer gives no access. */
export type KindPorts = {
  readonly sql: Sql;
  readonly lcs: Lcs | null;
  readonly dynamics: Dynamics | null;
  readonly automation: Automation;
  readonly snapshots: Snapshots;
  readonly countings: Countings;
  /** Time spent in this run of the function, to stop long readings at their budget. */
  readonly elapsedMs: () => number;
  /** SHA-256 of the canonical JSON. */
  readonly hash: (value: Json) => string;
};
