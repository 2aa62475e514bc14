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
  readonly agents: readonly AgentReading[];
  /** The newest tracer token: when it was posted, and whether it has reached every subscription. */
  readonly tracer: { readonly postedAt: number; readonly arrived: boolean } | null;
};

/** One look at the replication of a cutover, stored under its poll slot. */
export type ReplicationReading = {
  readonly schema: 1;
  readonly slot: number;
  readonly source: ReadingSource;
  readonly takenAt: number;
  /** The distributor's own clock at the reading; null when it could not be read. */
  readonly serverTime: number | null;
  /** Why nothing could be read: a blind poll; null otherwise. */
  readonly blind: { readonly code: string; readonly message: string } | null;
  /** Whether the distribution database exists: absent before toolkit entry 4 and after entry 8. */
  readonly distributionExists: boolean;
  readonly publications: readonly PublicationReading[];
  /** Estimated counts of the poll: for the trend, never a condition. */
  readonly estimates: {
    readonly tables: number;
    readonly equal: number;
    readonly sourceRows: number;
    readonly targetRows: number;
  } | null;
};
