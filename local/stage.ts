import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeClock } from '../shared/adapters/clock.ts';
import { sampleBindings } from '../shared/contract/plans/sample-bindings.ts';
import type { Bindings } from '../shared/contract/bindings.ts';
import type { FaultName, LocalOptions } from './arguments.ts';
import { startAutomation } from './automation.ts';
import { startAzurite } from './azurite.ts';
import { startDynamics } from './dynamics.ts';
import type { Host } from './host/start-host.ts';
import { startHost } from './host/start-host.ts';
import { startLcs } from './lcs.ts';
import { freePort } from './port.ts';
import { queues } from './queues.ts';
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
  readonly webhookSecret: string;
  readonly messages: () => number;
  readonly stop: () => Promise<void>;
};

const LOGIN = { name: 'monitor', password: 'local' };
const PEOPLE_FAULTS: ReadonlySet<FaultName> = new Set(['approval-refused']);
const TENANT = '00000000-0000-4000-8000-000000000000';
const CLIENT = { clientId: '00000000-0000-4000-8000-000000000001', clientSecret: 'local' };

const sqlConnection = (port: number, database: string): string =>
  `Server=127.0.0.1,${port};Database=${database};User Id=${LOGIN.name};Password=${LOGIN.password};Encrypt=false`;

/** Starts the stand-ins, then the built app at `appRoot` against them; `log` gets what the app's functions print. */
export const setStage = async (
  appRoot: string,
  { speed, seed, tables, fault, port }: LocalOptions,
  log: (line: string) => void,
): Promise<Stage> => {
  const originMs = Date.now();
  const clock = makeClock(speed, originMs);
  const worldFaults = fault === null || PEOPLE_FAULTS.has(fault) ? [] : [fault as WorldFault];
  const world = makeWorld(
    clock,
    worldOptions({ begunAt: originMs, seed, census: censusOf(tables), faults: new Set(worldFaults) }),
  );
  const webhookSecret = freshSecret();
  const lcsToken = freshSecret();
  const folder = await mkdtemp(join(tmpdir(), 'ax-cutover-'));
  const tokenFile = join(folder, 'lcs-token');
  await writeFile(tokenFile, lcsToken, { mode: 0o600 });

  const storage = await startAzurite({ memory: true });
  const bus = await startServiceBus({ clock, timeFactor: speed, queues: queues() });
  const servers = await startSqlServers({ world, logins: [LOGIN] });
  const lcs = await startLcs({ world, token: lcsToken });
  const dynamics = await startDynamics({ world, tenantId: TENANT, ...CLIENT });
  const automation = await startAutomation({
    world,
    taskSecret: webhookSecret,
    callbackSecret: webhookSecret,
  });

  const { source, target } = world.scene().options;
  // The app is told its own address before it starts.
  const publicPort = port === 0 ? await freePort() : port;
  const host = await startHost({
    appRoot,
    port: publicPort,
    clock,
    timeFactor: speed,
    functionKey: freshSecret(),
    environment: {
      ...(await sampleSettings(appRoot)),
      ServiceBusConnection: bus.connectionString,
      TableStorageConnection: storage.connectionString,
      SOURCE_SQL_CONNECTION: sqlConnection(servers.source.port, source.database),
      DISTRIBUTION_SQL_CONNECTION: sqlConnection(servers.source.port, 'msdb'),
      TARGET_SQL_CONNECTION: sqlConnection(servers.target.port, target.database),
      LCS_BASE_URL: lcs.url,
      LCS_ACCESS_TOKEN_FILE: tokenFile,
      DYNAMICS_BASE_URL: dynamics.url,
      DYNAMICS_TENANT_ID: TENANT,
      DYNAMICS_CLIENT_ID: CLIENT.clientId,
      DYNAMICS_CLIENT_SECRET: CLIENT.clientSecret,
      DYNAMICS_TOKEN_URL: dynamics.tokenUrl,
      WEBHOOK_SECRETS: webhookSecret,
      PUBLIC_BASE_URL: `http://127.0.0.1:${publicPort}`,
      // Every 15 seconds would be every few milliseconds here, and all of the machine.
      POLL_SCHEDULE: '0 * * * * *',
      WATCHDOG_SCHEDULE: '0 */5 * * * *',
      SYSTEM_CLOCK_FACTOR: String(speed),
      SYSTEM_CLOCK_ORIGIN: String(originMs),
    },
    log: (level, functionName, message) => {
      if (level === 'error' || level === 'critical') {
        log(`${level} ${functionName ?? 'host'}: ${message}`);
      }
    },
  });
  return {
    host,
    world,
    webhookSecret,
    bindings: { ...sampleBindings(), automations: { 'stop-aos': `${automation.url}/automations/stop-aos` } },
    messages: bus.totalEnqueued,
    stop: async () => {
      await host.stop();
      await Promise.all([
        automation.stop(),
        dynamics.stop(),
        lcs.stop(),
        servers.stop(),
        bus.stop(),
        storage.stop(),
      ]);
      await rm(folder, { recursive: true, force: true });
    },
  };
};
