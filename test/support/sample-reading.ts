import type { AgentReading, PublicationReading, ReplicationReading } from '../../shared/core/replication.ts';

/** A look at replication that tells only when it was taken: a test says what it saw. */
export const readingAt = (
  takenAt: number,
  changes: Partial<ReplicationReading> = {},
): ReplicationReading => ({
  schema: 1,
  slot: takenAt,
  source: 'pulled',
  takenAt,
  paceMs: 60_000,
  depth: 'state',
  serverTime: takenAt,
  blind: null,
  distributionExists: true,
  publications: [],
  distributionBytes: null,
  sourceServer: null,
  gaps: [],
  estimates: null,
  ...changes,
});

/** An agent that is well and idle. */
export const idleAgent = (
  role: AgentReading['role'],
  at: number,
  changes: Partial<AgentReading> = {},
): AgentReading => ({
  name: `AXSQL01-${role}`,
  role,
  runStatus: 4,
  comment: 'No replicated transactions are available.',
  at,
  latencyMs: 1_500,
  error: null,
  ...changes,
});

/** A publication of keyed tables in which everything is delivered. */
export const drainedPublication = (
  at: number,
  changes: Partial<PublicationReading> = {},
): PublicationReading => ({
  name: 'AX_PUB_PkTable_1',
  class: 'keyed',
  transactional: true,
  articles: 1,
  subscriptions: { total: 1, active: 1 },
  snapshotDelivered: true,
  pendingCommands: 0,
  undeliveredSince: null,
  retentionHours: 336,
  agents: [idleAgent('log-reader', at), idleAgent('distribution', at)],
  tracer: null,
  ...changes,
});
