import type { ReadingView } from '../contract/reading-routes.ts';
import type { AgentReading, PublicationReading, ReplicationReading } from '../core/replication.ts';
import { iso, isoOrNull } from './instant.ts';

const agentView = ({
  at,
  ...agent
}: AgentReading): ReadingView['publications'][number]['agents'][number] => ({
  ...agent,
  at: iso(at),
});

const publicationView = ({
  agents,
  undeliveredSince,
  tracer,
  ...publication
}: PublicationReading): ReadingView['publications'][number] => ({
  ...publication,
  undeliveredSince: isoOrNull(undeliveredSince),
  agents: agents.map(agentView),
  tracer: tracer && { ...tracer, postedAt: iso(tracer.postedAt) },
});

/** A look at replication as people see it. */
export const readingView = ({
  schema: _,
  slot: __,
  takenAt,
  serverTime,
  publications,
  sourceServer,
  gaps,
  ...reading
}: ReplicationReading): ReadingView => ({
  ...reading,
  takenAt: iso(takenAt),
  serverTime: isoOrNull(serverTime),
  publications: publications.map(publicationView),
  sourceServer: sourceServer && { ...sourceServer, volumes: [...sourceServer.volumes] },
  gaps: [...gaps],
});
