import { gapConditions } from './replication-access.ts';
import type { Unmet } from './replication-agents.ts';
import { DBA, isContinuous, NOBODY } from './replication-agents.ts';
import { unmetFor } from './replication-conditions.ts';
import type { PublicationClass, PublicationReading, ReplicationReading } from './replication.ts';
import type { Condition } from './state.ts';

/**
 * The thresholds of the watch. They are assumptions, chosen to tell early enough to act; no page of Microsoft gives any.
 * Undelivered commands are deleted after 72 hours by default, which a distributor may set otherwise.
 */
export const ASSUMED = {
  commandRetentionHours: 72,
  /** Shares of the retention at which it is told, and told again. */
  retentionShares: [0.75, 0.5],
  latencyMs: 30 * 60_000,
  logShare: 0.8,
  freeShare: 0.1,
} as const;

const HOUR_MS = 3_600_000;

const retentionHours = ({ retentionHours: own }: PublicationReading): number =>
  own === null || own === 0 ? ASSUMED.commandRetentionHours : Math.min(own, ASSUMED.commandRetentionHours);

/** The share of the retention the oldest undelivered command has used up; 0 where nothing is under way. */
const retentionUsed = (publication: PublicationReading, now: number): number => {
  const { undeliveredSince, pendingCommands } = publication;
  if (undeliveredSince === null || pendingCommands === 0) return 0;
  return (now - undeliveredSince) / (retentionHours(publication) * HOUR_MS);
};

/** The share of the retention that is told of, once the oldest undelivered command has used it up; 0 before. */
export const lateShare = (publication: PublicationReading, now: number): number => {
  const used = retentionUsed(publication, now);
  return ASSUMED.retentionShares.find((from) => used >= from) ?? 0;
};

const retentionConditions = (publication: PublicationReading, now: number): readonly Unmet[] => {
  const { name } = publication;
  const share = lateShare(publication, now);
  if (share === 0) return [];
  const hours = retentionHours(publication);
  return [
    {
      code: `retention:${name}`,
      message: `Commands of ${name} have been under way for more than ${share * 100} % of the ${hours} hours after which they are deleted and its subscription is lost`,
      who: DBA,
      next: `Have the distribution agent of ${name} deliver them now. If it cannot, reinitialise its subscription: the snapshot is then generated and delivered once more.`,
    },
  ];
};

const latencyConditions = (publication: PublicationReading): readonly Unmet[] =>
  publication.agents
    .filter((agent) => isContinuous(publication, agent) && (agent.latencyMs ?? 0) > ASSUMED.latencyMs)
    .map(({ role }) => ({
      code: `latency:${publication.name}:${role}`,
      message: `What the ${role} agent of ${publication.name} delivered last was under way for more than ${ASSUMED.latencyMs / 60_000} minutes`,
      who: NOBODY,
      next: 'Wait; if it does not fall, look for what slows the agent down: load on the source, on the target, or a very large transaction.',
    }));

const sourceConditions = ({ sourceServer }: ReplicationReading): readonly Unmet[] => {
  if (sourceServer === null) return [];
  const { logReuseWait, logBytes, logUsedBytes, volumes } = sourceServer;
  const isFilling = logReuseWait === 'REPLICATION' && logUsedBytes >= logBytes * ASSUMED.logShare;
  const log: readonly Unmet[] = isFilling
    ? [
        {
          code: 'source-log',
          message: `The log of the source database is more than ${ASSUMED.logShare * 100} % full, and is not reused before the log reader has read it (REPLICATION)`,
          who: DBA,
          next: 'See that the log reader agent runs and keeps up. Until it does, give the log room to grow: when it is full, AX stops.',
        },
      ]
    : [];
  const disks = volumes
    .filter(({ bytes, freeBytes }) => freeBytes < bytes * ASSUMED.freeShare)
    .map(({ name }) => ({
      code: `disk:${name}`,
      message: `Less than ${ASSUMED.freeShare * 100} % of the volume ${name} of the source server is free`,
      who: DBA,
      next: 'Make room on it: logs, the distribution database and snapshots grow as long as tables are published.',
    }));
  return [...log, ...disks];
};

/** Codes of what a look of some depth does not ask about. */
const UNASKED: Readonly<Record<ReplicationReading['depth'], readonly string[]>> = {
  minimum: ['pending:', 'source-log', 'disk:', 'access-source:', 'access-target:'],
  state: ['access-source:table-estimates', 'access-target:'],
  counts: [],
};

/**
 * What replication lacks in general, for the watch between its set-up and its removal. What this look did not ask about
 * stands as it stood `before`: not to have looked clears nothing.
 */
export const watchConditions = (
  reading: ReplicationReading,
  before: readonly Condition[] = [],
): readonly Unmet[] => {
  const present = reading.publications.map((publication) => publication.class);
  // Keyed tables are published first and removed last: without them there is nothing to watch, which is trouble.
  const classes = [...new Set<PublicationClass>(['keyed', ...present])];
  const unasked = UNASKED[reading.depth];
  const isUnasked = ({ code }: Unmet): boolean => unasked.some((prefix) => code.startsWith(prefix));
  const lacking = unmetFor(reading, { goal: 'caught-up', classes, tracerAfter: null });
  if (reading.blind !== null || !reading.distributionExists) return lacking;
  const serverNow = reading.serverTime ?? reading.takenAt;
  const found = [
    ...lacking,
    ...reading.publications.flatMap((publication) => [
      ...retentionConditions(publication, serverNow),
      ...latencyConditions(publication),
    ]),
    ...sourceConditions(reading),
    ...gapConditions(reading.gaps),
  ];
  const kept = before.filter(isUnasked).map(({ code, message, who, next }) => ({ code, message, who, next }));
  return [...found.filter((condition) => !isUnasked(condition)), ...kept];
};
