import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { makeClock, type Clock } from '../../shared/adapters/clock.ts';
import { sampleBindings } from '../../shared/contract/plans/sample-bindings.ts';
import type { Bindings } from '../../shared/contract/bindings.ts';
import { startAzurite } from '../../local/azurite.ts';
import { startDynamics } from '../../local/dynamics.ts';
import { startLcs } from '../../local/lcs.ts';
import { queues } from '../../local/queues.ts';
import { startServiceBus, type ServiceBusStandIn } from '../../local/service-bus/start.ts';
import { freshSecret, sampleSettings } from '../../local/settings.ts';
import { startSqlServers } from '../../local/sql-servers.ts';
import type { Durations, FaultName, WorldEvent, WorldOptions } from '../../local/world/history.ts';
import { DEFAULT_DURATIONS, worldOptions } from '../../local/world/options.ts';
import { makeWorld, type World } from '../../local/world/world.ts';
import { startAutomationRecorder, type AutomationRecorder } from './automation-recorder.ts';
import { startTcpRelay } from './tcp-relay.ts';
import { makeTestWorld } from './test-world.ts';

export const APP_ROOT = resolve(import.meta.dirname, '../..');

/** Values that nobody but their owner may ever see. */
export type Canaries = {
  /** The first one signs what the app sends. */
  readonly firstWebhookSecret: string;
  readonly secondWebhookSecret: string;
  readonly collectorSecret: string;
  readonly eventsSecret: string;
  readonly sqlPassword: string;
  readonly lcsToken: string;
  readonly dynamicsSecret: string;
  /** Part of the automation's address, as many have one. */
  readonly hookSignature: string;
  readonly storageKey: string;
  readonly busKey: string;
};

/** What a test can break outside the app, and mend again. */
export type Faults = {
  readonly cutOffSource: (isCutOff: boolean) => void;
  readonly cutOffStorage: (isCutOff: boolean) => void;
  /** The login's password at the servers; the app keeps the one it was given. */
  readonly changeSqlPassword: (password: string) => void;
  /** The content of the file the app reads the token from; null removes the file. */
  readonly writeLcsToken: (content: string | Uint8Array | null) => Promise<void>;
};

/** Every system around the app as a stand-in, and the settings with which an app finds them. */
export type OutsideSystems = {
  readonly clock: Clock;
  readonly speed: number;
  /** When the clock began to run faster than the machine's. */
  readonly originMs: number;
  readonly world: World;
  readonly bus: ServiceBusStandIn;
  /** Past what `cutOffStorage` cuts. */
  readonly storageConnection: string;
  /** Tells of everything that passes between the app and its storage, before it is passed on. */
  readonly watchStorage: (listener: () => void) => void;
  readonly automation: AutomationRecorder;
  readonly canaries: Canaries;
  readonly faults: Faults;
  readonly bindings: Bindings;
  readonly environment: (publicBaseUrl: string) => Record<string, string>;
  readonly stop: () => Promise<void>;
};

/** A small customer: a test counts its tables in no time. */
const CENSUS = { keyed: 40, 'non-keyed': 6, locked: 1, special: 2, ignored: 2 };
const TENANT = '00000000-0000-4000-8000-000000000000';
const CLIENT_ID = '00000000-0000-4000-8000-000000000001';
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

const keyIn = (connectionString: string, name: string): string =>
  new RegExp(`${name}=([^;]+)`).exec(connectionString)?.[1] ?? '';

/** What has happened in a world that replicates since yesterday and whose AX is off by now. */
const quietHistory = (options: WorldOptions): readonly WorldEvent[] => {
  const past = makeTestWorld([], options);
  past.setUpDistributor();
  past.replicate();
  past.stopAx();
  return past.world.scene().history;
};

/**
 * Starts all of them; cutover time runs `speed` times as fast as the machine's; what happens outside takes `durations`,
 * and goes wrong as `worldFaults` say. With `quiet`, AX is off since yesterday and everything has arrived, but for what
 * these faults keep away.
 */
export const startOutsideSystems = async (
  speed: number,
  durations: Partial<Durations> = {},
  quiet: readonly FaultName[] | null = null,
  worldFaults: readonly FaultName[] = [],
): Promise<OutsideSystems> => {
  const originMs = Date.now();
  const clock = makeClock(speed, originMs);
  const options = worldOptions({
    begunAt: quiet === null ? originMs : originMs - DAY_MS,
    faults: new Set([...(quiet ?? []), ...worldFaults]),
    census: CENSUS,
    publishers: 2,
    durations: {
      toolkitMs: { ...DEFAULT_DURATIONS.toolkitMs, 1: MINUTE_MS, 2: MINUTE_MS, 3: MINUTE_MS, 4: MINUTE_MS },
      stopAosMs: MINUTE_MS,
      backupMs: MINUTE_MS,
      ...durations,
    },
  });
  const world = makeWorld(clock, options, quiet === null ? [] : quietHistory(options));
  const secret = (): string => randomBytes(24).toString('hex');
  const storage = await startAzurite({ memory: true });
  const storagePort = /127\.0\.0\.1:(\d+)/.exec(storage.connectionString)?.[1] ?? '';
  const relay = await startTcpRelay(Number(storagePort));
  const bus = await startServiceBus({ clock, timeFactor: speed, queues: queues() });
  const canaries: Canaries = {
    firstWebhookSecret: freshSecret(),
    secondWebhookSecret: freshSecret(),
    collectorSecret: freshSecret(),
    eventsSecret: freshSecret(),
    sqlPassword: secret(),
    lcsToken: secret(),
    dynamicsSecret: secret(),
    hookSignature: secret(),
    storageKey: keyIn(storage.connectionString, 'AccountKey'),
    busKey: keyIn(bus.connectionString, 'SharedAccessKey'),
  };
  const login = { name: 'monitor', password: canaries.sqlPassword };
  let isSourceCutOff = false;
  const connect = (): 'accept' | 'reset' => (isSourceCutOff ? 'reset' : 'accept');
  const servers = await startSqlServers({ world, logins: [login], faults: { source: { connect } } });
  const lcs = await startLcs({ world, token: canaries.lcsToken });
  const folder = await mkdtemp(join(tmpdir(), 'ax-cutover-test-'));
  const tokenFile = join(folder, 'lcs-token');
  await writeFile(tokenFile, canaries.lcsToken, { mode: 0o600 });
  const dynamics = await startDynamics({
    world,
    tenantId: TENANT,
    clientId: CLIENT_ID,
    clientSecret: canaries.dynamicsSecret,
  });
  const automation = await startAutomationRecorder(canaries.firstWebhookSecret);
  const sampled = await sampleSettings(APP_ROOT);
  const { source, target } = options;
  const sql = (port: number, database: string): string =>
    `Server=127.0.0.1,${port};Database=${database};User Id=${login.name};Password=${canaries.sqlPassword};Encrypt=false`;
  return {
    clock,
    speed,
    originMs,
    world,
    bus,
    storageConnection: storage.connectionString,
    watchStorage: relay.watch,
    automation,
    canaries,
    faults: {
      cutOffSource: (isCutOff) => {
        isSourceCutOff = isCutOff;
        servers.source.dropConnections();
      },
      changeSqlPassword: (password) => {
        login.password = password;
        servers.source.dropConnections();
        servers.target.dropConnections();
      },
      cutOffStorage: relay.cut,
      writeLcsToken: (content) => (content === null ? rm(tokenFile) : writeFile(tokenFile, content)),
    },
    bindings: {
      ...sampleBindings(),
      automations: { robot: `${automation.url}/hook?sig=${canaries.hookSignature}` },
    },
    environment: (publicBaseUrl) => ({
      ...sampled,
      ServiceBusConnection: bus.connectionString,
      TableStorageConnection: storage.connectionString.replace(`:${storagePort}/`, `:${relay.port}/`),
      SOURCE_SQL_CONNECTION: sql(servers.source.port, source.database),
      DISTRIBUTION_SQL_CONNECTION: sql(servers.source.port, 'msdb'),
      TARGET_SQL_CONNECTION: sql(servers.target.port, target.database),
      LCS_BASE_URL: lcs.url,
      LCS_ACCESS_TOKEN_FILE: tokenFile,
      DYNAMICS_BASE_URL: dynamics.url,
      DYNAMICS_TENANT_ID: TENANT,
      DYNAMICS_CLIENT_ID: CLIENT_ID,
      DYNAMICS_CLIENT_SECRET: canaries.dynamicsSecret,
      DYNAMICS_TOKEN_URL: dynamics.tokenUrl,
      WEBHOOK_SECRETS: `${canaries.firstWebhookSecret},${canaries.secondWebhookSecret}`,
      PUBLIC_BASE_URL: publicBaseUrl,
      // As the local run has it: every 15 seconds of a fast clock would be all of the machine.
      ...(speed === 1 ? {} : { POLL_SCHEDULE: '0 * * * * *', WATCHDOG_SCHEDULE: '0 * * * * *' }),
      SYSTEM_CLOCK_FACTOR: String(speed),
      SYSTEM_CLOCK_ORIGIN: String(originMs),
    }),
    stop: async () => {
      await Promise.all([automation.stop(), dynamics.stop(), lcs.stop(), servers.stop(), bus.stop()]);
      await relay.stop();
      await storage.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
