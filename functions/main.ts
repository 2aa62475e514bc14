import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { app } from '@azure/functions';
import { DefaultAzureCredential } from '@azure/identity';
import { ServiceBusClient } from '@azure/service-bus';
import { makeAutomation } from '../shared/adapters/automation.ts';
import { makeClock, makeServerTime } from '../shared/adapters/clock.ts';
import { makeDynamics } from '../shared/adapters/dynamics.ts';
import { makeLcs } from '../shared/adapters/lcs.ts';
import { makeReceivers } from '../shared/adapters/receivers.ts';
import { makeBus } from '../shared/adapters/service-bus.ts';
import { makeSql } from '../shared/adapters/sql.ts';
import { tablesFromConnectionString, tablesFromCredential } from '../shared/adapters/tables.ts';
import { makeTelemetry } from '../shared/adapters/telemetry.ts';
import { makeVerifier } from '../shared/adapters/webhooks.ts';
import type { Settings } from '../shared/contract/settings-shape.ts';
import { readSettings } from '../shared/contract/settings.ts';
import { timerPeriodMs } from '../shared/engine/pace.ts';
import { watchConditions } from '../shared/core/replication-watch.ts';
import { makeCollectedSql, sqlByServer } from '../shared/engine/collected-sql.ts';
import { makeEngine } from '../shared/engine/engine.ts';
import { makeErrands } from '../shared/engine/errands.ts';
import { makeLog } from '../shared/engine/log.ts';
import { KINDS } from '../shared/kinds/registry.ts';
import { lookAtReplication } from '../shared/kinds/replication-reading.ts';
import { withinBudget } from '../shared/kinds/time-budget.ts';
import { queueHandlers, routeHandlers } from './handlers.ts';
import { developmentIdentity, platformIdentity } from './http/identity.ts';
import { planDesk } from './http/plan-desk.ts';
import { bookOfRefusals } from './http/refused.ts';
import { httpHandlers, registerHttp } from './http/register.ts';
import { registerQueues } from './messages/queues.ts';
import { registerTimers } from './timers/register.ts';

/** The composition root: settings, then adapters, then registrations; the only file that reads the environment. */

const settings: Settings = readSettings(process.env);
const credential = new DefaultAzureCredential();

/** All machines go by the clock of the storage: one that is hours off is as good as any other. */
const storageTime = makeServerTime((aheadMs) => {
  engine.log.machineClockWrong(hostname(), aheadMs);
});
const tablesOptions = { prefix: settings.tablePrefix, onRequest: storageTime.asks };
const tables =
  settings.tables.by === 'key'
    ? tablesFromConnectionString(settings.tables.connectionString, tablesOptions)
    : tablesFromCredential(settings.tables.endpoint, credential, tablesOptions);

const client =
  settings.serviceBus.by === 'key'
    ? new ServiceBusClient(settings.serviceBus.connectionString)
    : new ServiceBusClient(settings.serviceBus.namespace, credential);

const clock = makeClock(settings.clock.factor, settings.clock.originMs, storageTime.now);
const bus = makeBus({ client, clock });
const token = (): string => randomBytes(32).toString('hex');
const telemetry = makeTelemetry((line) => {
  console.warn(line);
});

/** Collectors work by the true time: so do their errands, however fast the cutover's clock runs. */
const trueTime = { now: storageTime.now };
const errands = makeErrands({ tables, clock: trueTime, token, log: makeLog(telemetry) });
const pulledSql = makeSql(settings.sql);
const pushedSql = makeCollectedSql({ errands, clock: trueTime, pause: (ms) => setTimeout(ms) });
const sql = sqlByServer(pulledSql, pushedSql, new Set(settings.collectors.servers));

const lcsFor = ({ baseUrl, accessTokenFile }: NonNullable<Settings['lcs']>) => {
  return (projectId: string) =>
    makeLcs({ baseUrl, projectId, token: async () => (await readFile(accessTokenFile, 'utf8')).trim() });
};

const dynamicsFor = ({ clientSecret, ...rest }: NonNullable<Settings['dynamics']>) =>
  makeDynamics({ ...rest, clientSecret: () => Promise.resolve(clientSecret), now: storageTime.now });

/** Receivers are called at this machine in development alone. */
const receivers =
  settings.eventsOut &&
  makeReceivers({
    ...settings.eventsOut,
    publicBaseUrl: settings.publicBaseUrl,
    allowsLoopback: settings.mode === 'development',
    now: storageTime.now,
  });

const stopwatch = () => {
  const startedAt = performance.now();
  return () => performance.now() - startedAt;
};

const engine = makeEngine({
  tables,
  bus,
  clock,
  random: { token },
  telemetry,
  stopwatch,
  outside: {
    sql,
    lcs: settings.lcs && lcsFor(settings.lcs),
    dynamics: settings.dynamics && dynamicsFor(settings.dynamics),
    automation: makeAutomation({ secret: settings.webhookSecrets[0] ?? '', now: storageTime.now }),
  },
  look: (slot, now, source, depth) =>
    lookAtReplication(withinBudget(sql, stopwatch()), slot, now, source, depth),
  conditions: watchConditions,
  timerPeriodMs: timerPeriodMs(settings.schedules.poll, settings.clock.factor),
  callbackUrl: (cutoverId, stepId, attempt) =>
    `${settings.publicBaseUrl}/api/callbacks/completions/${cutoverId}/${stepId}/${attempt}`,
  eventsOut: receivers && {
    receivers,
    trueNow: storageTime.now,
    publicBaseUrl: settings.publicBaseUrl,
  },
});

// Before any function runs: what the storage answers also sets the clock.
await tables.createTables();

registerHttp(
  httpHandlers(routeHandlers(engine, planDesk, errands), {
    identify: settings.identity === 'platform' ? platformIdentity : developmentIdentity,
    verify: makeVerifier(settings.webhookSecrets),
    verifyCollector: makeVerifier(settings.collectors.secrets),
    freshKey: token,
    refused: bookOfRefusals(engine),
  }),
);
registerQueues(queueHandlers(engine, KINDS));
registerTimers(engine, settings.schedules);

app.hook.appTerminate(async () => {
  await Promise.all([bus.close(), pulledSql.close(), receivers?.close()]);
});
