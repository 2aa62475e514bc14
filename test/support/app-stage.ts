import { TableServiceClient, TableClient } from '@azure/data-tables';
import { afterAll, beforeAll } from 'vitest';
import { startHost, type Host } from '../../local/host/start-host.ts';
import type { FaultName } from '../../local/world/history.ts';
import { freePort } from '../../local/port.ts';
import { queues } from '../../local/queues.ts';
import { ROUTES } from '../../shared/contract/routes.ts';
import { makeApiClient, type ApiClient } from './api-client.ts';
import { APP_ROOT, startOutsideSystems, type OutsideSystems } from './outside-systems.ts';

/** The built app on a host in this process, among stand-ins; a process loads the app once, so a file has one stage. */
export type AppStage = OutsideSystems & {
  readonly origin: string;
  readonly host: Host;
  readonly api: ApiClient;
  /** What a collector of all servers is told. */
  readonly collectorEnvironment: Readonly<Record<string, string>>;
  /** Lines the app and its host wrote so far. */
  readonly lines: readonly string[];
  /** The names of the secrets, and of the words given, that stand in an answer, a log line or a stored row. */
  readonly leaks: (words?: Readonly<Record<string, string>>) => Promise<readonly string[]>;
  /** Every row of the storage as text, the plans and bindings left out. */
  readonly storedRows: () => Promise<readonly string[]>;
};

const SERVERS = 'source,distribution,target';

/** How a stage differs from the whole app in real time. */
export type StageOptions = {
  readonly speed?: number;
  /** Functions that do not run. */
  readonly without?: readonly string[];
  /** AX is off since yesterday, and everything has arrived but for what these faults keep away. */
  readonly quiet?: readonly FaultName[];
  /** What goes wrong in the world outside. */
  readonly worldFaults?: readonly FaultName[];
  /** Whether a collector reads all servers; a test starts one with `collectorEnvironment`. */
  readonly isCollected?: boolean;
  /** Whether events are sent out, to receivers on this machine. */
  readonly sendsEvents?: boolean;
};

const functionNames = (): readonly string[] => [
  ...Object.keys(ROUTES),
  ...queues().map(({ name }) => name),
  'poll-replication',
  'watchdog',
];

/** Catches what the app prints past its host; gives what ends the catching. */
const catchConsole = (take: (line: string) => void): (() => void) => {
  const levels = ['debug', 'info', 'log', 'warn', 'error'] as const;
  const originals = levels.map((level) => [level, console[level].bind(console)] as const);
  for (const level of levels)
    console[level] = (...parts: unknown[]) => {
      take(parts.map(String).join(' '));
    };
  return () => {
    for (const [level, original] of originals) console[level] = original;
  };
};

/** With which an app sends events out, to receivers on this machine. */
export const eventsEnvironment = ({ canaries }: OutsideSystems): Record<string, string> => ({
  EVENTS_HOSTS: '127.0.0.1',
  EVENTS_SECRETS: canaries.eventsSecret,
});

/** Every row of the storage as text, except the bindings, to which the addresses of automations belong. */
const storedRows = async (connectionString: string): Promise<readonly string[]> => {
  const service = TableServiceClient.fromConnectionString(connectionString, {
    allowInsecureConnection: true,
  });
  const rows: string[] = [];
  for await (const { name = '' } of service.listTables()) {
    const table = TableClient.fromConnectionString(connectionString, name, { allowInsecureConnection: true });
    for await (const row of table.listEntities()) {
      if (row.rowKey?.startsWith('plan-') !== true) rows.push(JSON.stringify(row));
    }
  }
  return rows;
};

/** The secret itself, and what of it would be enough. */
const partsOf = (secret: string): readonly string[] => [
  ...new Set([secret, secret.replace(/^whsec_/, ''), encodeURIComponent(secret)]),
];

const start = async ({
  speed = 1,
  without = [],
  quiet,
  worldFaults = [],
  isCollected = false,
  sendsEvents = false,
}: StageOptions): Promise<AppStage & { stop: () => Promise<void> }> => {
  const outside = await startOutsideSystems(speed, {}, quiet, worldFaults);
  const lines: string[] = [];
  const answers: string[] = [];
  const releaseConsole = catchConsole((line) => {
    lines.push(line);
  });
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const environment = outside.environment(origin);
  const { SOURCE_SQL_CONNECTION, DISTRIBUTION_SQL_CONNECTION, TARGET_SQL_CONNECTION, ...rest } = environment;
  const connections = { SOURCE_SQL_CONNECTION, DISTRIBUTION_SQL_CONNECTION, TARGET_SQL_CONNECTION };
  const { collectorSecret } = outside.canaries;
  // The first one is being rotated out.
  const secrets = `${outside.canaries.secondWebhookSecret},${collectorSecret}`;
  const host = await startHost({
    appRoot: APP_ROOT,
    port,
    clock: outside.clock,
    timeFactor: speed,
    functions: functionNames().filter((name) => !without.includes(name)),
    functionKey: 'unused',
    environment: {
      ...(isCollected ? { ...rest, COLLECTED_SERVERS: SERVERS, COLLECTOR_SECRETS: secrets } : environment),
      ...(sendsEvents ? eventsEnvironment(outside) : {}),
    },
    log: (level, functionName, message) => lines.push(`${level} ${functionName ?? 'host'}: ${message}`),
  });
  const api = makeApiClient(origin, outside.canaries.firstWebhookSecret, (text) => answers.push(text));
  return {
    ...outside,
    origin,
    host,
    api,
    collectorEnvironment: {
      ...connections,
      PUBLIC_BASE_URL: origin,
      COLLECTOR_SECRET: collectorSecret,
    } as Record<string, string>,
    lines,
    leaks: async (words = {}) => {
      const tokens = outside.automation.calls.map(
        ({ task }, index) => [`token ${index}`, task.token] as const,
      );
      const secrets = [...Object.entries(outside.canaries), ...tokens, ...Object.entries(words)];
      const outputs = [...answers, ...lines, ...(await storedRows(outside.storageConnection))];
      return secrets
        .filter(([, secret]) => partsOf(secret).some((part) => outputs.some((text) => text.includes(part))))
        .map(([name]) => name);
    },
    storedRows: () => storedRows(outside.storageConnection),
    stop: async () => {
      await host.stop();
      await outside.stop();
      releaseConsole();
    },
  };
};

/** Sets the stage before the tests of a file and clears it after them. */
export const useAppStage = (options: StageOptions = {}): (() => AppStage) => {
  let stage: (AppStage & { stop: () => Promise<void> }) | null = null;
  beforeAll(async () => {
    stage = await start(options);
  });
  afterAll(async () => {
    await stage?.stop();
  });
  return () => {
    if (stage === null) throw new Error('The stage is not set yet.');
    return stage;
  };
};
