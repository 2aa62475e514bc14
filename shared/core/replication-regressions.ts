import { isBlindBetween } from './blind-period.ts';
import { isHealthy } from './replication-agents.ts';
import { ASSUMED, lateShare } from './replication-watch.ts';
import type { PublicationReading, ReplicationReading } from './replication.ts';

/** How bad it is: `critical` loses data or time unless somebody acts now. */
export type Severity = 'warning' | 'critical';

/** Something of replication that was well and is not any more: one for each cause, whatever the number of publications. */
export type Regression = {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly next: string;
};

/** A backlog that has grown over so many readings in a row is told of: fewer are the ups and downs of a working day. */
const GROWING_READINGS = 4;
/** Below this a backlog is small, however it moves. */
const SMALL_BACKLOG = 1_000;
const MOST_NAMES = 5;

type Rule = Omit<Regression, 'message'> & {
  /** What has happened to those named. */
  readonly says: string;
  readonly names: (before: ReplicationReading, present: ReplicationReading) => readonly string[];
};

/** The publications of both readings, side by side: what is new has not become worse. */
const pairs = (
  before: ReplicationReading,
  present: ReplicationReading,
): readonly (readonly [PublicationReading, PublicationReading])[] => {
  const known = new Map(before.publications.map((publication) => [publication.name, publication]));
  return present.publications.flatMap((publication) => {
    const earlier = known.get(publication.name);
    return earlier === undefined ? [] : [[earlier, publication] as const];
  });
};

const serverNow = ({ serverTime, takenAt }: ReplicationReading): number => serverTime ?? takenAt;

const stoppedAgents = (earlier: PublicationReading, present: PublicationReading): readonly string[] =>
  present.agents
    .filter((agent) => {
      const was = earlier.agents.find(({ name }) => name === agent.name);
      return was !== undefined && isHealthy(earlier, was) && !isHealthy(present, agent);
    })
    // A snapshot agent that starts again is work, not trouble.
    .filter(({ role, runStatus }) => role !== 'snapshot' || runStatus > 4)
    .map(({ role }) => `${present.name} (${role})`);

const isActive = ({ subscriptions: { total, active } }: PublicationReading): boolean =>
  total > 0 && active === total;

const isLogFull = ({ sourceServer }: ReplicationReading): boolean =>
  sourceServer !== null &&
  sourceServer.logReuseWait === 'REPLICATION' &&
  sourceServer.logUsedBytes >= sourceServer.logBytes * ASSUMED.logShare;

const shortVolumes = ({ sourceServer }: ReplicationReading): readonly string[] =>
  (sourceServer?.volumes ?? [])
    .filter(({ bytes, freeBytes }) => freeBytes < bytes * ASSUMED.freeShare)
    .map(({ name }) => name);

const RULES: readonly Rule[] = [
  {
    code: 'agent-stopped',
    severity: 'critical',
    says: 'An agent that ran has stopped or failed',
    next: 'See the condition of the agent for the cause, and start it again in Replication Monitor.',
    names: (before, present) => pairs(before, present).flatMap((pair) => stoppedAgents(...pair)),
  },
  {
    code: 'subscription-deactivated',
    severity: 'critical',
    says: 'A subscription that was active is not any more',
    next: 'Reinitialise the subscription in Replication Monitor: the snapshot is generated and delivered once more.',
    names: (before, present) =>
      pairs(before, present).flatMap(([was, is]) => (isActive(was) && !isActive(is) ? is.name : [])),
  },
  {
    code: 'publication-gone',
    severity: 'critical',
    says: 'A publication is not there any more',
    next: 'Find who removed it; unless it was the toolkit (entry 8 or Reset-rep), publish its tables again.',
    names: (before, present) =>
      before.publications
        .filter(({ name }) => !present.publications.some((publication) => publication.name === name))
        .map(({ name }) => name),
  },
  {
    code: 'retention-near',
    severity: 'critical',
    says: 'Commands have waited for most of the time after which they are deleted and the subscription is lost',
    next: 'Have the distribution agent deliver them now, or reinitialise the subscription.',
    names: (before, present) =>
      pairs(before, present).flatMap(([was, is]) =>
        lateShare(is, serverNow(present)) > lateShare(was, serverNow(before)) ? is.name : [],
      ),
  },
  {
    code: 'source-log-full',
    severity: 'critical',
    says: 'The log of the source database is nearly full and held by replication',
    next: 'See that the log reader runs and keeps up; give the log room before AX stops.',
    names: (before, present) => (isLogFull(present) && !isLogFull(before) ? ['the source database'] : []),
  },
  {
    code: 'disk-short',
    severity: 'warning',
    says: 'A volume of the source server is nearly full',
    next: 'Make room on it: logs, the distribution database and snapshots grow as long as tables are published.',
    names: (before, present) => shortVolumes(present).filter((name) => !shortVolumes(before).includes(name)),
  },
];

const told = ({ code, severity, says, next }: Omit<Rule, 'names'>, names: readonly string[]): Regression => {
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  return { code, severity, message: `${says}: ${names.slice(0, MOST_NAMES).join(', ')}${more}`, next };
};

const isReadable = ({ blind, distributionExists }: ReplicationReading): boolean =>
  blind === null && distributionExists;

/** How many readings in a row, up to the last, the backlog has grown: 1 for one that did not. */
const growth = (counts: readonly (number | null)[]): number =>
  counts.reduce<{ length: number; before: number | null }>(
    ({ length, before }, count) => ({
      length: before !== null && count !== null && count > before ? length + 1 : 1,
      before: count,
    }),
    { length: 1, before: null },
  ).length;

const growingBacklogs = (
  earlier: readonly ReplicationReading[],
  present: ReplicationReading,
): readonly Regression[] => {
  const readings = [...earlier, present];
  const names = present.publications
    .filter(({ pendingCommands }) => (pendingCommands ?? 0) > SMALL_BACKLOG)
    .map(({ name }) => name)
    // Told once, when it has grown for long enough: not again with every reading that follows.
    .filter((name) => {
      const counts = readings.map(
        ({ publications }) => publications.find((one) => one.name === name)?.pendingCommands ?? null,
      );
      return growth(counts) === GROWING_READINGS;
    });
  if (names.length === 0) return [];
  const rule = {
    code: 'backlog-growing',
    severity: 'warning' as const,
    says: `The backlog has grown over ${GROWING_READINGS} readings in a row`,
    next: 'Look at the distribution agents in Replication Monitor, and for what writes so much to the source.',
  };
  return [told(rule, names)];
};

const lostSight = (
  earlier: readonly ReplicationReading[],
  present: ReplicationReading,
): readonly Regression[] => {
  const { blind } = present;
  const before = earlier.at(-1);
  if (blind === null || before?.blind !== null) return [];
  const isRefused = blind.code === 'C502' || blind.code === 'C503';
  return [
    {
      code: isRefused ? 'access-lost' : 'sight-lost',
      severity: isRefused ? 'critical' : 'warning',
      message: `Replication cannot be read any more: ${blind.message}`,
      next: isRefused
        ? 'Renew the login or grant the right named: until then nobody watches replication.'
        : 'Restore the access to the source server if it lasts.',
    },
  ];
};

const blindPeriod = (
  earlier: readonly ReplicationReading[],
  present: ReplicationReading,
): readonly Regression[] => {
  const before = earlier.at(-1);
  if (before === undefined || !isBlindBetween(before, present)) return [];
  const [from, to] = [before.takenAt, present.takenAt].map((at) => new Date(at).toISOString());
  return [
    {
      code: 'blind-period',
      severity: 'warning',
      message: `Nobody looked at replication from ${from} to ${to}`,
      next: 'Readings in a row begin anew by themselves. Find out why polls failed to come.',
    },
  ];
};

/** What was well in the readings before and is not in the present one; oldest first. */
export const regressionsOf = (
  earlier: readonly ReplicationReading[],
  present: ReplicationReading,
): readonly Regression[] => {
  const sight = [...blindPeriod(earlier, present), ...lostSight(earlier, present)];
  const before = earlier.findLast(isReadable);
  if (before === undefined || !isReadable(present)) return sight;
  const worse = RULES.flatMap((rule) => {
    const names = rule.names(before, present);
    return names.length === 0 ? [] : told(rule, names);
  });
  return [...sight, ...worse, ...growingBacklogs(earlier.filter(isReadable), present)];
};
