import { isBlindBetween, isTooOld } from './blind-period.ts';
import { blindCondition } from './replication-access.ts';
import type { Unmet } from './replication-agents.ts';
import { agentConditions, DBA, MONITOR, NOBODY } from './replication-agents.ts';
import type { PublicationClass, PublicationReading, ReadingGap, ReplicationReading } from './replication.ts';

/** What replication has to have reached for a gate to open. */
export type GateGoal = 'snapshot-delivered' | 'caught-up' | 'drained';

/** What a gate asks of each single reading. */
export type GateDemand = {
  readonly goal: GateGoal;
  readonly classes: readonly PublicationClass[];
  /** A tracer token posted after this instant must have arrived; null where none is asked for. */
  readonly tracerAfter: number | null;
};

/** Up to so many commands under way count as caught up: a living system never has none. */
const SMALL_BACKLOG = 1_000;
const DRAINED = 'No replicated transactions are available';
/** Every AX database has tables of these classes; of the others there may be none. */
const ALWAYS_THERE: ReadonlySet<PublicationClass> = new Set(['keyed', 'non-keyed']);

/** A number that changes seldom, so that a moving backlog is one condition and not a new one at every poll. */
const about = (count: number): string => {
  const magnitude = 10 ** Math.floor(Math.log10(Math.max(count, 1)));
  return (Math.floor(count / magnitude) * magnitude).toLocaleString('en-US');
};

const subscriptionConditions = ({
  name,
  subscriptions: { total, active },
}: PublicationReading): readonly Unmet[] =>
  total > 0 && active === total
    ? []
    : [
        {
          code: `subscriptions:${name}`,
          message:
            total === 0
              ? `${name} has no subscription`
              : `Of the ${total} subscription(s) of ${name}, ${total - active} are not active`,
          who: DBA,
          next: `Start the snapshot agent of ${name}, or reinitialise its subscription, in ${MONITOR}.`,
        },
      ];

const GENERATED = 'was generated';
/** After so long the page "Troubleshoot data upgrade in self-service environments" has the subscription reinitialised. */
const GENERATED_LONG_AGO_MS = 2 * 3_600_000;

/** How far a snapshot is that has not arrived: generated only means that it is on the share, and nothing at the target. */
const deliveryStage = (
  { name, agents }: PublicationReading,
  now: number,
): Pick<Unmet, 'message' | 'who' | 'next'> => {
  const snapshot = agents.find(({ role }) => role === 'snapshot');
  if (snapshot?.runStatus === 2 && snapshot.comment.includes(GENERATED)) {
    const isDelivering = agents.some(({ role, runStatus }) => role === 'distribution' && runStatus === 3);
    const isLate = now - snapshot.at > GENERATED_LONG_AGO_MS && !isDelivering;
    return {
      message: `The snapshot of ${name} is generated, but not delivered to the target`,
      who: isLate ? DBA : NOBODY,
      next: isLate
        ? `Nothing delivers it for more than two hours: choose Reinitialize Subscription for ${name} in Replication Monitor.`
        : 'Wait for "Delivered snapshot": copying the tables can take hours.',
    };
  }
  const isGenerating = snapshot !== undefined && [1, 3, 4].includes(snapshot.runStatus);
  return {
    message: isGenerating
      ? `The snapshot of ${name} is being generated`
      : `The snapshot of ${name} is not delivered to the target`,
    who: isGenerating ? NOBODY : DBA,
    next: isGenerating
      ? 'Wait for "Delivered snapshot".'
      : `Start the snapshot agent of ${name} in ${MONITOR}, then wait for "Delivered snapshot".`,
  };
};

const deliveryConditions = (publication: PublicationReading, now: number): readonly Unmet[] =>
  publication.snapshotDelivered
    ? []
    : [{ code: `snapshot:${publication.name}`, ...deliveryStage(publication, now) }];

/** Why it is not known how much is under way, and what to do about it. */
const unknownBacklog = (gap: ReadingGap | undefined): Pick<Unmet, 'who' | 'next'> =>
  gap?.code === 'C504'
    ? { who: NOBODY, next: 'Wait: counting them took too long, and is tried again, less often.' }
    : { who: DBA, next: 'Grant the monitoring login db_datareader in the distribution database.' };

const backlogConditions = (
  { name, pendingCommands }: PublicationReading,
  most: number,
  gaps: readonly ReadingGap[],
): readonly Unmet[] => {
  const code = `pending:${name}`;
  if (pendingCommands === null) {
    const message = `It is not known how many commands of ${name} are under way`;
    return [
      { code, message, ...unknownBacklog(gaps.find(({ statement }) => statement === 'replication-pending')) },
    ];
  }
  if (pendingCommands <= most) return [];
  return [
    {
      code,
      message: `At least ${about(pendingCommands)} command(s) of ${name} are under way to the target`,
      who: NOBODY,
      next: 'Wait; if it does not fall, look at the distribution agent in Replication Monitor.',
    },
  ];
};

const drainConditions = ({ name, transactional, agents }: PublicationReading): readonly Unmet[] => {
  const reader = agents.find(({ role }) => role === 'log-reader');
  if (!transactional || reader?.comment.startsWith(DRAINED) === true) return [];
  return [
    {
      code: `log-reader:${name}`,
      message: `The log reader of ${name} has not yet read everything: it says "${reader?.comment ?? 'nothing'}"`,
      who: NOBODY,
      next: `Wait for "${DRAINED}."; if it does not come, find who still writes to the source database.`,
    },
  ];
};

const tracerConditions = (publication: PublicationReading, after: number): readonly Unmet[] => {
  const { name, transactional, tracer } = publication;
  if (!transactional || (tracer !== null && tracer.postedAt >= after && tracer.arrived)) return [];
  const posted = tracer !== null && tracer.postedAt >= after;
  return [
    {
      code: `tracer:${name}`,
      message: posted
        ? `The tracer token of ${name} is under way`
        : `${name} has no tracer token posted since it was asked for`,
      who: posted ? NOBODY : DBA,
      next: posted
        ? 'Wait; if it does not arrive, look at the agents in Replication Monitor.'
        : `Post one in Replication Monitor (tab Tracer Tokens of ${name}), or grant the login db_owner in the source database.`,
    },
  ];
};

/** Why a reading proves nothing at all; null where it can be judged. */
const unreadable = ({ blind, distributionExists }: ReplicationReading): Unmet | null => {
  if (blind !== null) return blindCondition(blind);
  if (distributionExists) return null;
  return {
    code: 'distribution-absent',
    message: 'There is no distribution database on the source server',
    who: DBA,
    next: 'Run toolkit entry 4, Setup Distributor.',
  };
};

const healthConditions = (publication: PublicationReading, now: number): readonly Unmet[] => [
  ...subscriptionConditions(publication),
  ...deliveryConditions(publication, now),
  ...agentConditions(publication, now),
];

const goalConditions = (
  publication: PublicationReading,
  { goal, tracerAfter }: GateDemand,
  gaps: readonly ReadingGap[],
  now: number,
): readonly Unmet[] => {
  if (goal === 'snapshot-delivered') {
    // Agents only explain here why a snapshot is missing: a log reader in trouble does not undo a delivery.
    return publication.snapshotDelivered
      ? subscriptionConditions(publication)
      : healthConditions(publication, now);
  }
  return [
    ...healthConditions(publication, now),
    ...backlogConditions(publication, goal === 'drained' ? 0 : SMALL_BACKLOG, gaps),
    ...(goal === 'drained' ? drainConditions(publication) : []),
    ...(tracerAfter === null ? [] : tracerConditions(publication, tracerAfter)),
  ];
};

/** Two clocks compared through one round trip are known only so well; a gate's own token must not miss by that. */
const CLOCK_TOLERANCE_MS = 15_000;

/** Moves an instant of the cutover's clock onto the clock that dated the reading. */
const onServerClock = ({ serverTime, takenAt }: ReplicationReading, instant: number): number =>
  (serverTime === null ? instant : instant + (serverTime - takenAt)) - CLOCK_TOLERANCE_MS;

/** Everything one reading lacks of what a gate demands; empty only where every condition is met. */
export const unmetFor = (reading: ReplicationReading, demand: GateDemand): readonly Unmet[] => {
  const obstacle = unreadable(reading);
  if (obstacle !== null) return [obstacle];
  const inScope = reading.publications.filter((publication) => demand.classes.includes(publication.class));
  const absent = demand.classes
    .filter(
      (wanted) => ALWAYS_THERE.has(wanted) && !inScope.some((publication) => publication.class === wanted),
    )
    .map((wanted): Unmet => ({
      code: `publication:${wanted}`,
      message: `There is no publication of ${wanted} tables of this database`,
      who: DBA,
      next: `Run toolkit entry ${wanted === 'keyed' ? 5 : 7}; if it ran, compare the server in the bindings with SELECT @@SERVERNAME.`,
    }));
  const serverNow = reading.serverTime ?? reading.takenAt;
  const onServer: GateDemand = {
    ...demand,
    tracerAfter: demand.tracerAfter === null ? null : onServerClock(reading, demand.tracerAfter),
  };
  return [
    ...absent,
    ...inScope.flatMap((publication) => goalConditions(publication, onServer, reading.gaps, serverNow)),
  ];
};

/** What a gate asks of the series of readings. */
export type SeriesDemand = GateDemand & {
  /** So many readings in a row must meet everything. */
  readonly polls: number;
  /** Only readings taken after this instant count (I8). */
  readonly after: number;
  readonly now: number;
};

/** What is lacking of N good readings in a row up to now; empty only where the gate may open. */
export const heldFor = (readings: readonly ReplicationReading[], demand: SeriesDemand): readonly Unmet[] => {
  const { polls, after, now } = demand;
  const counted = readings.filter(({ takenAt }) => takenAt > after);
  const newest = counted.at(-1);
  const waiting = (message: string): readonly Unmet[] => [
    { code: 'in-a-row', message, who: NOBODY, next: 'Wait for the next poll of replication.' },
  ];
  if (newest === undefined) return waiting('Replication has not been read since this gate may count');
  const lacking = unmetFor(newest, demand);
  if (lacking.length > 0) return lacking;
  if (isTooOld(newest, now)) return waiting('The last reading of replication is too old');
  let row = 0;
  let next = newest;
  for (const reading of counted.toReversed()) {
    if (isBlindBetween(reading, next) || unmetFor(reading, demand).length > 0) break;
    row += 1;
    next = reading;
  }
  return row >= polls ? [] : waiting(`Everything is met, ${row} of ${polls} times in a row`);
};
