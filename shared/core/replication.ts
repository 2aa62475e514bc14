import type { ReadingSource } from './state.ts';

/** Which rules a publication's tables are judged by ("Data upgrade in self-service environments"). */
export type PublicationClass = 'keyed' | 'other-objects' | 'non-keyed' | 'locked' | 'special';

/** Run status of a replication agent: 2 means finished for a snapshot agent but stopped for a continuous one. */
export type RunStatus = 1 | 2 | 3 | 4 | 5 | 6;

/** The newest history row of one agent. */
export type AgentReading = {
  readonly name: string;
  readonly role: 'snapshot' | 'log-reader' | 'distribution';
  readonly runStatus: RunStatus;
  readonly comment: string;
  /** On the distributor's clock, epoch milliseconds. */
  readonly at: number;
  /** How long the commands it delivered last took, in milliseconds; null where it says nothing of it. */
  readonly latencyMs: number | null;
  /** Text of the newest replication error since the last good run, without row values; null if none. */
  readonly error: string | null;
};

/** One publication as the distribution database shows it. */
export type PublicationReading = {
  readonly name: string;
  readonly class: PublicationClass;
  readonly transactional: boolean;
  readonly articles: number;
  readonly subscriptions: { readonly total: number; readonly active: number };
  readonly snapshotDelivered: boolean;
  /** Commands in the distribution database not yet at the target; null when it could not be read. */
  readonly pendingCommands: number | null;
  /** Since when, on the distributor's clock, the oldest of them is under way at most; it says nothing where there are none. */
  readonly undeliveredSince: number | null;
  /** Hours after which a subscription that took nothing expires; 0 for never, null where it is not known. */
  readonly retentionHours: number | null;
  readonly agents: readonly AgentReading[];
  /** The newest tracer token: when it was posted, and whether it has reached every subscription. */
  readonly tracer: { readonly postedAt: number; readonly arrived: boolean } | null;
};

/** What a look could not read, although it asked: a condition of its own, with its cure. */
export type ReadingGap = {
  /** The name of the statement that was not answered. */
  readonly statement: string;
  /** A code of the catalogue of errors. */
  readonly code: string;
  readonly message: string;
};

/** The log and the disks of the source server, which a published database may fill. */
export type SourceServerReading = {
  /** Why the log cannot be reused, as SQL Server says it: REPLICATION while the log reader is behind. */
  readonly logReuseWait: string;
  readonly logBytes: number;
  readonly logUsedBytes: number;
  /** Where the files of the business and the distribution database are. */
  readonly volumes: readonly { readonly name: string; readonly bytes: number; readonly freeBytes: number }[];
};

/** One look at the replication of a cutover, stored under its poll slot. */
export type ReplicationReading = {
  readonly schema: 1;
  readonly slot: number;
  readonly source: ReadingSource;
  readonly takenAt: number;
  /** How far apart polls were to be when it was taken, in milliseconds: the next one was due within so long. */
  readonly paceMs: number;
  /** What was asked about: the agents only, the state of replication as a whole, or the estimated counts as well. */
  readonly depth: 'minimum' | 'state' | 'counts';
  /** The distributor's own clock at the reading; null when it could not be read. */
  readonly serverTime: number | null;
  /** Why nothing could be read: a blind poll; null otherwise. */
  readonly blind: { readonly code: string; readonly message: string } | null;
  /** Whether the distribution database exists: absent before toolkit entry 4 and after entry 8. */
  readonly distributionExists: boolean;
  readonly publications: readonly PublicationReading[];
  /** Size of the files of the distribution database; null where it could not be read. */
  readonly distributionBytes: number | null;
  /** Null where it was not asked for or could not be read. */
  readonly sourceServer: SourceServerReading | null;
  readonly gaps: readonly ReadingGap[];
  /** Estimated counts of the poll: for the trend, never a condition. */
  readonly estimates: {
    readonly tables: number;
    readonly equal: number;
    readonly sourceRows: number;
    readonly targetRows: number;
  } | null;
};

/** A look before it is known at which pace it was taken. */
export type ReplicationLook = Omit<ReplicationReading, 'paceMs'>;
