import type {
  AgentReading,
  PublicationClass,
  PublicationReading,
  ReplicationReading,
  RunStatus,
} from './replication.ts';
import type { Condition } from './state.ts';

/** What replication has to have reached for a gate to open. */
export type GateGoal = 'snapshot-delivered' | 'caught-up' | 'drained';

/** A condition that is not met, before it is known since when. */
export type Unmet = Omit<Condition, 'since'>;

/** What a gate asks of each single reading. */
export type GateDemand = {
  readonly goal: GateGoal;
  readonly classes: readonly PublicationClass[];
  /** A tracer token posted after this instant must have arrived; null where none is asked for. */
  readonly tracerAfter: number | null;
};

/** Up to so many commands under way count as caught up: a living system never has none. */
const SMALL_BACKLOG = 1_000;
/** Agents report at least every ten minutes, even when idle: three times that is silence. */
const AGENT_SILENT_MS = 30 * 60_000;
const DRAINED = 'No replicated transactions are available';
/** Every AX database has tables of these classes; of the others there may be none. */
const ALWAYS_THERE: ReadonlySet<PublicationClass> = new Set(['keyed', 'non-keyed']);

const DBA = 'DBA';
const MONITOR = 'Replication Monitor on the source server, tab Agents';

const STATUS_WORDS: Readonly<Record<RunStatus, string>> = {
  1: 'is starting',
  2: 'has stopped',
  3: 'is working',
  4: 'is idle',
  5: 'is retrying',
  6: 'has failed',
};

/** A number that changes seldom, so that a moving backlog is one condition and not a new one at every poll. */
const about = (count: number): string => {
  const magnitude = 10 ** Math.floor(Math.log10(Math.max(count, 1)));
  return (Math.floor(count / magnitude) * magnitude).toLocaleString('en-US');
};

const agentCondition = (publication: PublicationReading, agent: AgentReading, now: number): Unmet | null => {
  const continuous = publication.transactional && agent.role !== 'snapshot';
  const what = `The ${agent.role} agent of ${publication.name}`;
  const condition = (code: string, message: string, next: string): Unmet => ({
    code: `${code}:${publication.name}:${agent.role}`,
    message,
    who: DBA,
    next,
  });
  const said = agent.error ?? agent.comment;
  const words = `${what} ${STATUS_WORDS[agent.runStatus]}${said === '' ? '' : `: ${said}`}`;
  const healthy = continuous
    ? agent.runStatus === 3 || agent.runStatus === 4
    : agent.runStatus === 2 || (agent.role === 'distribution' && agent.runStatus < 5);
  if (!healthy) {
    const next =
      continuous || agent.runStatus > 4
        ? `Start the agent again in ${MONITOR}.`
        : `Wait, or look at it in ${MONITOR}.`;
    return condition('agent', words, next);
  }
  if (agent.error !== null) {
    return condition('agent-error', `${what} reported: ${agent.error}`, `Mend the cause; see ${MONITOR}.`);
  }
  if (continuous && now - agent.at > AGENT_SILENT_MS) {
    const next = 'Check that SQL Server Agent runs on the source server.';
    return condition('agent-silent', `${what} has reported nothing for more than 30 minutes`, next);
  }
  return null;
};

const agentConditions = (publication: PublicationReading, now: number): readonly Unmet[] => {
  const needed = publication.transactional ? (['log-reader', 'distribution'] as const) : [];
  const missing = needed
    .filter((role) => !publication.agents.some((agent) => agent.role === role))
    .map((role): Unmet => ({
      code: `agent-missing:${publication.name}:${role}`,
      message: `The ${role} agent of ${publication.name} has never run`,
      who: DBA,
      next: `Start the agent in ${MONITOR}.`,
    }));
  return [
    ...missing,
    ...publication.agents.flatMap((agent) => agentCondition(publication, agent, now) ?? []),
  ];
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

const deliveryConditions = ({ name, snapshotDelivered }: PublicationReading): readonly Unmet[] =>
  snapshotDelivered
    ? []
    : [
        {
          code: `snapshot:${name}`,
          message: `The snapshot of ${name} is not delivered to the target`,
          who: DBA,
          next: `Start the snapshot agent of ${name} in ${MONITOR}, then wait for "Delivered snapshot".`,
        },
      ];

const backlogConditions = ({ name, pendingCommands }: PublicationReading, most: number): readonly Unmet[] => {
  if (pendingCommands !== null && pendingCommands <= most) return [];
  const message =
    pendingCommands === null
      ? `It is not known how many commands of ${name} are under way`
      : `At least ${about(pendingCommands)} command(s) of ${name} are under way to the target`;
  const next =
    pendingCommands === null
      ? 'Grant the monitoring login db_datareader in the distribution database.'
      : 'Wait; if it does not fall, look at the distribution agent in Replication Monitor.';
  return [
    { code: `pending:${name}`, message, who: pendingCommands === null ? DBA : 'nobody: it passes', next },
  ];
};

const drainConditions = ({ name, transactional, agents }: PublicationReading): readonly Unmet[] => {
  const reader = agents.find(({ role }) => role === 'log-reader');
  if (!transactional || reader?.comment.startsWith(DRAINED) === true) return [];
  return [
    {
      code: `log-reader:${name}`,
      message: `The log reader of ${name} has not yet read everything: it says "${reader?.comment ?? 'nothing'}"`,
      who: 'nobody: it passes',
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
      who: posted ? 'nobody: it passes' : DBA,
      next: posted
        ? 'Wait; if it does not arrive, look at the agents in Replication Monitor.'
        : `Post one in Replication Monitor (tab Tracer Tokens of ${name}), or grant the login db_owner in the source database.`,
    },
  ];
};

/** Why a reading proves nothing at all; null where it can be judged. */
const unreadable = ({ blind, distributionExists }: ReplicationReading): Unmet | null => {
  if (blind !== null) {
    return {
      code: 'replication-blind',
      message: `Replication could not be read: ${blind.message}`,
      who: 'platform engineer',
      next: 'Restore the access to the source server; see the error code in the runbook.',
    };
  }
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
  ...deliveryConditions(publication),
  ...agentConditions(publication, now),
];

const goalConditions = (
  publication: PublicationReading,
  { goal, tracerAfter }: GateDemand,
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
    ...backlogConditions(publication, goal === 'drained' ? 0 : SMALL_BACKLOG),
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
  return [...absent, ...inScope.flatMap((publication) => goalConditions(publication, onServer, serverNow))];
};

/** What a gate asks of the series of readings. */
export type SeriesDemand = GateDemand & {
  /** So many readings in a row must meet everything. */
  readonly polls: number;
  /** Only readings taken after this instant count (I8). */
  readonly after: number;
  readonly now: number;
  /** Two readings further apart than this are not in a row: nobody looked in between. */
  readonly maxGapMs: number;
};

/** What is lacking of N good readings in a row up to now; empty only where the gate may open. */
export const heldFor = (readings: readonly ReplicationReading[], demand: SeriesDemand): readonly Unmet[] => {
  const { polls, after, now, maxGapMs } = demand;
  const counted = readings.filter(({ takenAt }) => takenAt > after);
  const newest = counted.at(-1);
  const waiting = (message: string): readonly Unmet[] => [
    { code: 'in-a-row', message, who: 'nobody: it passes', next: 'Wait for the next poll of replication.' },
  ];
  if (newest === undefined) return waiting('Replication has not been read since this gate may count');
  const lacking = unmetFor(newest, demand);
  if (lacking.length > 0) return lacking;
  if (now - newest.takenAt > maxGapMs) return waiting('The last reading of replication is too old');
  let row = 0;
  let next = newest;
  for (const reading of counted.toReversed()) {
    if (next.takenAt - reading.takenAt > maxGapMs || unmetFor(reading, demand).length > 0) break;
    row += 1;
    next = reading;
  }
  return row >= polls ? [] : waiting(`Everything is met, ${row} of ${polls} times in a row`);
};

/** What replication lacks in general, for the watch between its set-up and its removal. */
export const watchConditions = (reading: ReplicationReading): readonly Unmet[] => {
  const present = reading.publications.map((publication) => publication.class);
  // Keyed tables are published first and removed last: without them there is nothing to watch, which is trouble.
  const classes = [...new Set<PublicationClass>(['keyed', ...present])];
  return unmetFor(reading, { goal: 'caught-up', classes, tracerAfter: null });
};
