import { rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, makeClock } from '../shared/adapters/clock.ts';
import { sampleBindings } from '../shared/contract/plans/sample-bindings.ts';
import type { Bindings } from '../shared/contract/bindings.ts';
import type { FaultName, LocalOptions, Readings } from './arguments.ts';
import { startAutomation } from './automation.ts';
import { startAzurite } from './azurite.ts';
import { startCollector } from './collector.ts';
import { startDynamics } from './dynamics.ts';
import { type Endings, makeEndings } from './endings.ts';
import type { Host } from './host/start-host.ts';
import { startHost } from './host/start-host.ts';
import { startLcs } from './lcs.ts';
import { freePort } from './port.ts';
import { queues } from './queues.ts';
import { SCENARIOS } from './scenarios.ts';
import { startServiceBus } from './service-bus/start.ts';
import { freshSecret, sampleSettings } from './settings.ts';
import { startSqlServers } from './sql-servers.ts';
import { censusOf } from './world/ax-tables.ts';
import type { FaultName as WorldFault } from './world/history.ts';
import { worldOptions } from './world/options.ts';
import type { World } from './world/world.ts';
import { makeWorld } from './world/world.ts';

/** Everything a local run consists of: the app on its host, and every outside system as a stand-in. */
export type Stage = {
  readonly host: Host;
  readonly world: World;
  readonly bindings: Bindings;
  readonly messages: () => number;
  readonly stop: () => Promise<void>;
};

const LOGIN = { name: 'monitor', password: 'local' };
/** What people or a troublemaker do in the course of the run: no property of the world. */
const isOfTheWorld = (fault: FaultName): fault is WorldFault =>
  fault !== 'approval-refused' && !Object.hasOwn(SCENARIOS, fault);
const TENANT = '00000000-0000-4000-8000-000000000000';
const CLIENT = { clientId: '00000000-0000-4000-8000-000000000001', clientSecret: 'local' };

const sqlConnection = (port: number, database: string): string =>
  `Server=127.0.0.1,${port};Database=${database};User Id=${LOGIN.name};Password=${LOGIN.password};Encrypt=false`;

/** A file with this token, in a folder of its own; gone with the process, however that ends. */
const tokenFileOf = async (token: string, endings: Endings): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'ax-cutover-'));
  const remove = () => {
    rmSync(folder, { recursive: true, force: true });
  };
  // A process that ends at once runs no other ending.
  process.once('exit', remove);
  endings.add(() => {
    remove();
    process.off('exit', remove);
  });
  const file = join(folder, 'lcs-token');
  await writeFile(file, token, { mode: 0o600 });
  return file;
};

const worldOf = ({ seed, tables, fault }: LocalOptions, clock: Clock, begunAt: number): World => {
  const faults = fault !== null && isOfTheWorld(fault) ? [fault] : [];
  return makeWorld(clock, worldOptions({ begunAt, seed, census: censusOf(tables), faults: new Set(faults) }));
};

/** What every part of a stage is started with. */
type Setting = {
  readonly clock: Clock;
  readonly speed: number;
  readonly world: World;
  readonly webhookSecret: string;
  readonly endings: Endings;
  readonly signal: AbortSignal;
};

/** Starts every outside system; gives what the app is told of them. */
const startStandIns = async ({ clock, speed, world, webhookSecret, endings, signal }: Setting) => {
  /** Waits for a part and notes how it ends; an interrupted stage starts no further part. */
  const started = async <T extends { readonly stop: () => Promise<void> }>(
    starting: Promise<T>,
  ): Promise<T> => {
    const part = await starting;
    endings.add(part.stop);
    signal.throwIfAborted();
    return part;
  };
  const token = freshSecret();
  const tokenFile = await tokenFileOf(token, endings);
  const storage = await started(startAzurite({ memory: true }));
  const bus = await started(startServiceBus({ clock, timeFactor: speed, queues: queues() }));
  const servers = await started(startSqlServers({ world, logins: [LOGIN] }));
  const lcs = await started(startLcs({ world, token }));
  const dynamics = await started(startDynamics({ world, tenantId: TENANT, ...CLIENT }));
  const automation = await started(
    startAutomation({ world, taskSecret: webhookSecret, callbackSecret: webhookSecret }),
  );
  const { source, target } = world.scene().options;
  const connections = {
    SOURCE_SQL_CONNECTION: sqlConnection(servers.source.port, source.database),
    DISTRIBUTION_SQL_CONNECTION: sqlConnection(servers.source.port, 'msdb'),
    TARGET_SQL_CONNECTION: sqlConnection(servers.target.port, target.database),
  };
  const environment = {
    ServiceBusConnection: bus.connectionString,
    TableStorageConnection: storage.connectionString,
    LCS_BASE_URL: lcs.url,
    LCS_ACCESS_TOKEN_FILE: tokenFile,
    DYNAMICS_BASE_URL: dynamics.url,
    DYNAMICS_TENANT_ID: TENANT,
    DYNAMICS_CLIENT_ID: CLIENT.clientId,
    DYNAMICS_CLIENT_SECRET: CLIENT.clientSecret,
    DYNAMICS_TOKEN_URL: dynamics.tokenUrl,
    WEBHOOK_SECRETS: webhookSecret,
  };
  return { environment, connections, messages: bus.totalEnqueued, automationUrl: automation.url };
};

/** How the app is told of the servers: by connections to them, that a collector reads them, or not at all. */
const serversOf = (
  readings: Readings,
  connections: Readonly<Record<string, string>>,
  collectorSecret: string,
): Readonly<Record<string, string>> => {
  if (readings === 'pulled') return connections;
  const none = Object.fromEntries(Object.keys(connections).map((name) => [name, '']));
  if (readings === 'stated') return none;
  return {
    ...none,
    COLLECTED_SERVERS: 'source,distribution,target',
    COLLECTOR_SECRETS: collectorSecret,
  };
};

/** How to set a stage. */
export type StageOptions = {
  /** Where the built app is. */
  readonly appRoot: string;
  readonly options: LocalOptions;
  /** The SQL of the reconciliations of the plan. */
  readonly figures: readonly string[];
  /** Gets what the app's functions print when something goes wrong. */
  readonly log: (line: string) => void;
  /** Aborted, it keeps the stage from being set any further. */
  readonly signal: AbortSignal;
};

const set = async (
  { appRoot, options, figures, log, signal }: StageOptions,
  endings: Endings,
): Promise<Omit<Stage, 'stop'>> => {
  const { speed, port } = options;
  const originMs = Date.now();
  const clock = makeClock(speed, originMs);
  const world = worldOf(options, clock, originMs);
  const [webhookSecret, collectorSecret] = [freshSecret(), freshSecret()];
  const standIns = await startStandIns({ clock, speed, world, webhookSecret, endings, signal });
  // The app is told its own address before it starts.
  const publicPort = port === 0 ? await freePort() : port;
  const url = `http://127.0.0.1:${publicPort}`;
  const host = await startHost({
    appRoot,
    port: publicPort,
    clock,
    timeFactor: speed,
    functionKey: freshSecret(),
    environment: {
      ...(await sampleSettings(appRoot)),
      ...standIns.environment,
      ...serversOf(options.readings, standIns.connections, collectorSecret),
      PUBLIC_BASE_URL: url,
      // Every 15 seconds would be every few milliseconds here, and all of the machine; a collector needs longer for a look.
      POLL_SCHEDULE: options.readings === 'pushed' ? '0 */30 * * * *' : '0 * * * * *',
      WATCHDOG_SCHEDULE: '0 */5 * * * *',
      SYSTEM_CLOCK_FACTOR: String(speed),
      SYSTEM_CLOCK_ORIGIN: String(originMs),
    },
    log: (level, functionName, message) => {
      if (level === 'error' || level === 'critical') log(`${level} ${functionName ?? 'host'}: ${message}`);
    },
  });
  endings.add(host.stop);
  signal.throwIfAborted();
  if (options.readings === 'pushed') {
    const environment = { ...standIns.connections, PUBLIC_BASE_URL: url, COLLECTOR_SECRET: collectorSecret };
    endings.add(await startCollector({ appRoot, environment, figures, log }));
  }
  const stopAos = `${standIns.automationUrl}/automations/stop-aos`;
  const bindings = { ...sampleBindings(), automations: { 'stop-aos': stopAos } };
  return { host, world, bindings, messages: standIns.messages };
};

/**
 * Starts the stand-ins, then the built app against them.
 * @throws what a part throws while it starts, or the reason of the signal; what was started by then is stopped.
 */
export const setStage = async (stage: StageOptions): Promise<Stage> => {
  const endings = makeEndings();
  try {
    return { ...(await set(stage, endings)), stop: endings.run };
  } catch (error) {
    await endings.run();
    throw error;
  }
};
