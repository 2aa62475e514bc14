import type { TroubleName } from './world/troubles.ts';

/** A trouble that befalls the world of a local run, and what it comes to. */
export type Scenario = {
  readonly what: string;
  /** The step after whose success it begins. */
  readonly after: string;
  /** The condition at which somebody notices it, by the beginning of its code, and mends it; null where nobody does. */
  readonly mendedAt: string | null;
};

const CAUGHT_UP = 'replication-caught-up';
const STOPPED = 'stop-aos';

const whileAxWorks = (mendedAt: string, what: string): Scenario => ({
  what: `${what}; is told, mended, and completes`,
  after: CAUGHT_UP,
  mendedAt,
});
const inTheDowntime = (mendedAt: string | null, what: string): Scenario => ({
  what,
  after: STOPPED,
  mendedAt,
});

/** What can befall a local run besides its faults; docs/scenarios.md says which verdict and condition each shows. */
export const SCENARIOS = {
  'log-reader-stops': whileAxWorks('agent:', 'the log reader agent stops'),
  'database-has-no-owner': whileAxWorks('agent:', 'the source database has lost its owner (15517)'),
  'text-too-long': whileAxWorks('agent:', 'a text is longer than replication may carry'),
  'target-refuses-address': whileAxWorks('agent:', 'the target does not know the address of the source'),
  'objects-not-listed': whileAxWorks('agent:', 'a snapshot agent cannot list its objects'),
  'unknown-error': whileAxWorks('agent:', 'a distribution agent fails with an error nobody documented'),
  'agent-reports-error': whileAxWorks('agent-error:', 'a distribution agent reports an error and goes on'),
  'agent-never-ran': whileAxWorks('agent-missing:', 'the distribution agents have never run'),
  'agents-fall-silent': whileAxWorks('agent-silent:', 'SQL Server Agent hangs: no agent writes any more'),
  'latency-rises': whileAxWorks('latency:', 'what is delivered was under way for 45 minutes'),
  'delivery-stalls': whileAxWorks('pending:', 'nothing is delivered any more, the backlog grows'),
  'subscription-deactivated': whileAxWorks('subscriptions:', 'the subscriptions have expired'),
  'commands-age': whileAxWorks('retention:', 'commands wait for most of the retention'),
  'log-fills': whileAxWorks('source-log', 'the log of the source fills up'),
  'disk-fills': whileAxWorks('disk:', 'a volume of the source server fills up'),
  'distribution-detached': whileAxWorks('distribution-absent', 'the distribution database is gone'),
  'source-login-lapses': whileAxWorks('access-refused', 'the login of the source expires'),
  'source-right-revoked': whileAxWorks('access-rights', 'somebody takes the rights on the distributor away'),
  'source-slow': whileAxWorks('replication-slow', 'the distributor answers too slowly'),
  'source-away': whileAxWorks('replication-blind', 'the source server is away'),
  'health-right-revoked': whileAxWorks('access-source:', 'somebody takes VIEW SERVER STATE away'),
  'target-access-lapses': whileAxWorks(
    'access-target:',
    'the access to the sandbox lapses after eight hours',
  ),
  'writer-forgotten': inTheDowntime(
    'source-moves',
    'a service writes on after AX was stopped; it is named, stopped, and completes',
  ),
  'rows-doubled': inTheDowntime(
    null,
    'rows of one table are twice at the target; waits for a decision (exit code 3)',
  ),
  'table-dropped': inTheDowntime(
    null,
    'one table is dropped at the target; waits for a decision (exit code 3)',
  ),
  'table-hidden': inTheDowntime(
    null,
    'one table cannot be read at the source; waits for a decision (exit code 3)',
  ),
} as const satisfies Partial<Record<TroubleName, Scenario>>;

/** The name of a scenario, which is that of its trouble. */
export type ScenarioName = keyof typeof SCENARIOS;
