import { z } from 'zod';
import { countColumn, flagColumn, instantColumn, NOW_TEXT, utcText } from './columns.ts';
import { defineStatement } from './define-statement.ts';
import { ofPublisher, publications, publisherParameter, publisherValues, READER } from './publications.ts';
import { quoteName } from './quote-name.ts';

const distributionDatabaseRow = z.object({
  mayLook: flagColumn,
  database: z.string().nullable(),
  accessible: flagColumn.nullable(),
  serverTime: instantColumn,
});

/** Whether the distribution database exists, whether the login may enter it, and the time on the distributor's clock. */
export const distributionDatabase = defineStatement({
  name: 'distribution-database',
  server: 'distribution',
  parameters: z.null(),
  text: () => `SELECT TOP (1)
  HAS_PERMS_BY_NAME(NULL, NULL, 'VIEW ANY DATABASE') AS mayLook,
  d.name AS [database],
  HAS_DBACCESS(d.name) AS accessible,
  ${NOW_TEXT} AS serverTime
FROM (SELECT 1 AS one) AS always
LEFT JOIN sys.databases AS d ON d.is_distributor = 1
ORDER BY CASE WHEN d.name = N'distribution' THEN 0 ELSE 1 END, d.name`,
  values: () => ({}),
  row: distributionDatabaseRow,
  permission: 'VIEW ANY DATABASE',
  purpose: 'Tells whether toolkit entry 4 has set up a distributor and whether entry 8 has removed it.',
  timeoutMs: 10_000,
});

const statusRow = z.object({
  publication: z.string(),
  /** 0 transactional, 1 snapshot. */
  type: z.int(),
  articles: countColumn,
  subscriptions: countColumn,
  active: countColumn,
  delivered: flagColumn,
  role: z.enum(['snapshot', 'log-reader', 'distribution']).nullable(),
  agent: z.string().nullable(),
  runStatus: z.union([
    z.literal(1),
    z.literal(2),
    z.literal(3),
    z.literal(4),
    z.literal(5),
    z.literal(6),
    z.null(),
  ]),
  comment: z.string().nullable(),
  at: instantColumn.nullable(),
  /** Below zero where the clocks of the servers disagree. */
  latencyMs: z.int().nullable(),
  error: z.string().nullable(),
  /** Hours after which a subscription that took nothing expires; 0 for never. */
  retentionHours: countColumn,
  undeliveredSince: instantColumn.nullable(),
  tracerPostedAt: instantColumn.nullable(),
  tracerAtDistributor: flagColumn.nullable(),
  tracerSubscriptions: countColumn.nullable(),
  tracerArrived: countColumn.nullable(),
  distributionBytes: countColumn.nullable(),
});

/** One publication with one of its agents; a publication without agents has one row without an agent. */
export type ReplicationStatusRow = z.infer<typeof statusRow>;

const agents = (distribution: string, role: string, agentTable: string, history: string, from: string) => `
  SELECT ${from}.publication_id, '${role}' AS [role], a.name AS agent, newest.runstatus AS runStatus,
    LEFT(CAST(newest.comments AS nvarchar(4000)), 400) AS comment, ${utcText('newest.[time]')} AS [at],
    newest.latencyMs, trouble.[text] AS error
  FROM ${agentTable}
  CROSS APPLY (
    SELECT TOP (1) h.runstatus, h.comments, h.[time], ${role === 'snapshot' ? 'CAST(NULL AS int)' : 'h.delivery_latency'} AS latencyMs
    FROM ${distribution}.dbo.${history} AS h WHERE h.agent_id = a.id ORDER BY h.[timestamp] DESC
  ) AS newest
  OUTER APPLY (
    SELECT TOP (1) ISNULL(CAST(e.error_code AS nvarchar(64)), N'') + N' ' + LEFT(CAST(e.error_text AS nvarchar(max)), 1000) AS [text]
    FROM ${distribution}.dbo.${history} AS h
    JOIN ${distribution}.dbo.MSrepl_errors AS e ON e.id = h.error_id
    WHERE h.agent_id = a.id AND h.error_id <> 0 AND NOT EXISTS (
      SELECT 1 FROM ${distribution}.dbo.${history} AS good
      WHERE good.agent_id = a.id AND good.runstatus IN (2, 3, 4) AND good.error_id = 0 AND good.[timestamp] > h.[timestamp]
    )
    ORDER BY h.[timestamp] DESC, e.[time] DESC
  ) AS trouble`;

/**
 * The snapshot counts as delivered by the agent's own words after the newest generation ("A snapshot of N article(s)
 * was generated" is only on the share), or, once the history has been cleaned up, because a later transaction arrived.
 */
const deliveries = (distribution: string): string => `generated AS (
  SELECT pub.publication_id, MAX(h.[time]) AS [at]
  FROM pub
  JOIN ${distribution}.dbo.MSsnapshot_agents AS a ON ${ofPublisher('a')} AND a.publication = pub.publication
  JOIN ${distribution}.dbo.MSsnapshot_history AS h ON h.agent_id = a.id
  WHERE h.comments LIKE N'%A snapshot of % article(s) was generated%'
  GROUP BY pub.publication_id
), link AS (
  SELECT s.publication_id, s.agent_id, COUNT(*) AS total,
    SUM(CASE WHEN s.status = 2 THEN 1 ELSE 0 END) AS active, MAX(s.subscription_seqno) AS snapshotSeqno
  FROM pub
  JOIN ${distribution}.dbo.MSsubscriptions AS s ON ${ofPublisher('s')} AND s.publication_id = pub.publication_id
  WHERE s.subscriber_db <> N'virtual'
  GROUP BY s.publication_id, s.agent_id
), delivery AS (
  SELECT link.publication_id, SUM(link.total) AS total, SUM(link.active) AS active,
    MIN(CASE WHEN told.yes = 1 OR passed.yes = 1 THEN 1 ELSE 0 END) AS delivered
  FROM link
  LEFT JOIN generated ON generated.publication_id = link.publication_id
  OUTER APPLY (
    SELECT TOP (1) 1 AS yes
    FROM ${distribution}.dbo.MSdistribution_history AS h
    JOIN ${distribution}.dbo.MSdistribution_agents AS a ON a.id = h.agent_id
    WHERE h.agent_id = link.agent_id AND a.publication <> N'ALL'
      AND h.comments LIKE N'%Delivered snapshot from the%' AND h.[time] >= ISNULL(generated.[at], h.[time])
  ) AS told
  OUTER APPLY (
    SELECT TOP (1) 1 AS yes
    FROM ${distribution}.dbo.MSdistribution_history AS h
    WHERE h.agent_id = link.agent_id AND link.snapshotSeqno > 0x00 AND h.xact_seqno > link.snapshotSeqno
  ) AS passed
  GROUP BY link.publication_id
)`;

/**
 * The oldest transaction that the agent of a subscription has not gone past. All publications of a database share them,
 * so it says since when at most commands of this one are undelivered, and nothing where none are.
 */
const undelivered = (distribution: string): string => `undelivered AS (
  SELECT link.publication_id, MIN(oldest.entry_time) AS since
  FROM link
  JOIN pub ON pub.publication_id = link.publication_id
  CROSS APPLY (
    SELECT MAX(h.xact_seqno) AS seqno FROM ${distribution}.dbo.MSdistribution_history AS h WHERE h.agent_id = link.agent_id
  ) AS taken
  CROSS APPLY (
    SELECT TOP (1) t.entry_time
    FROM ${distribution}.dbo.MSpublisher_databases AS d
    JOIN ${distribution}.dbo.MSrepl_transactions AS t ON t.publisher_database_id = d.id
    WHERE ${ofPublisher('d')} AND t.xact_seqno > taken.seqno
    ORDER BY t.xact_seqno
  ) AS oldest
  GROUP BY link.publication_id
)`;

/** The newest tracer token of each publication and how many of its subscriptions it has reached. */
const tokens = (distribution: string): string => `token AS (
  SELECT pub.publication_id, newest.publisher_commit AS postedAt,
    CASE WHEN newest.distributor_commit IS NULL THEN 0 ELSE 1 END AS atDistributor,
    (SELECT COUNT(*) FROM ${distribution}.dbo.MStracer_history AS h
      WHERE h.parent_tracer_id = newest.tracer_id) AS subscriptions,
    (SELECT COUNT(h.subscriber_commit) FROM ${distribution}.dbo.MStracer_history AS h
      WHERE h.parent_tracer_id = newest.tracer_id) AS arrived
  FROM pub
  CROSS APPLY (
    SELECT TOP (1) t.tracer_id, t.publisher_commit, t.distributor_commit
    FROM ${distribution}.dbo.MStracer_tokens AS t
    WHERE t.publication_id = pub.publication_id AND t.publisher_commit IS NOT NULL
    ORDER BY t.publisher_commit DESC, t.tracer_id DESC
  ) AS newest
)`;

/**
 * The publications with article counts, subscriptions and newest tracer token, for each agent its newest history row and
 * open error, and the size of the distribution database: one round trip, whatever the number of publications.
 */
export const replicationStatus = defineStatement({
  name: 'replication-status',
  server: 'distribution',
  parameters: publisherParameter,
  text: (publisher) => {
    const db = quoteName(publisher.distribution);
    return `WITH ${publications(db)}, ${deliveries(db)}, ${undelivered(db)}, ${tokens(db)}, agent AS (${agents(
      db,
      'snapshot',
      `pub JOIN ${db}.dbo.MSsnapshot_agents AS a ON ${ofPublisher('a')} AND a.publication = pub.publication`,
      'MSsnapshot_history',
      'pub',
    )}
  UNION ALL${agents(
    db,
    'log-reader',
    `pub JOIN ${db}.dbo.MSlogreader_agents AS a ON ${ofPublisher('a')} AND pub.publication_type = 0`,
    'MSlogreader_history',
    'pub',
  )}
  UNION ALL${agents(
    db,
    'distribution',
    `link JOIN ${db}.dbo.MSdistribution_agents AS a ON a.id = link.agent_id`,
    'MSdistribution_history',
    'link',
  )}
)
SELECT pub.publication, pub.publication_type AS [type],
  (SELECT COUNT(*) FROM ${db}.dbo.MSarticles AS r
    WHERE r.publisher_id = pub.publisher_id AND r.publication_id = pub.publication_id) AS articles,
  ISNULL(delivery.total, 0) AS subscriptions, ISNULL(delivery.active, 0) AS active,
  ISNULL(delivery.delivered, 0) AS delivered,
  agent.[role], agent.agent, agent.runStatus, agent.comment, agent.[at], agent.latencyMs, agent.error,
  ISNULL(pub.retention, 0) AS retentionHours, ${utcText('undelivered.since')} AS undeliveredSince,
  ${utcText('token.postedAt')} AS tracerPostedAt, token.atDistributor AS tracerAtDistributor,
  token.subscriptions AS tracerSubscriptions, token.arrived AS tracerArrived,
  (SELECT SUM(CAST(f.size AS bigint)) * 8192 FROM ${db}.sys.database_files AS f) AS distributionBytes
FROM pub
LEFT JOIN delivery ON delivery.publication_id = pub.publication_id
LEFT JOIN undelivered ON undelivered.publication_id = pub.publication_id
LEFT JOIN token ON token.publication_id = pub.publication_id
LEFT JOIN agent ON agent.publication_id = pub.publication_id
ORDER BY pub.publication, agent.[role], agent.agent`;
  },
  values: publisherValues,
  row: statusRow,
  permission: READER,
  purpose:
    'Reads subscriptions, snapshot delivery, agents and tracer tokens of every publication of the toolkit.',
  timeoutMs: 30_000,
});

const pendingRow = z.object({ publication: z.string(), pending: countColumn });

/**
 * Commands in the distribution database that have not reached the target. The view has no row for an article without
 * commands, so nothing means zero; an agent that never ran is found by {@link replicationStatus}.
 */
export const replicationPending = defineStatement({
  name: 'replication-pending',
  server: 'distribution',
  parameters: publisherParameter,
  text: (publisher) => {
    const db = quoteName(publisher.distribution);
    return `WITH ${publications(db)}
SELECT pub.publication, ISNULL(SUM(CAST(st.UndelivCmdsInDistDB AS bigint)), 0) AS pending
FROM pub
LEFT JOIN ${db}.dbo.MSsubscriptions AS s
  ON ${ofPublisher('s')} AND s.publication_id = pub.publication_id AND s.subscriber_db <> N'virtual'
LEFT JOIN ${db}.dbo.MSdistribution_status AS st ON st.agent_id = s.agent_id AND st.article_id = s.article_id
GROUP BY pub.publication`;
  },
  values: publisherValues,
  row: pendingRow,
  permission: READER,
  purpose: 'Counts the commands under way to the target, per publication.',
  // The view reads all undelivered commands: on a large distribution database this is the slow one.
  timeoutMs: 60_000,
});
