import { TableClient, TableServiceClient } from '@azure/data-tables';
import { startAutomation } from '../../../local/automation.ts';
import { startLcs } from '../../../local/lcs.ts';
import { isPortFree } from '../../../local/port.ts';
import type { Bindings } from '../../../shared/contract/bindings.ts';
import type { Chance } from '../../simulation/support/random.ts';
import { startOutsideSystems, type OutsideSystems } from '../../support/outside-systems.ts';
import type { Task } from '../../support/automation-recorder.ts';
import { makeClient, type Client } from './client.ts';
import { startDoorTo, startFrontDoor } from './doors.ts';
import type { Call } from './history.ts';
import { startInstance, type Instance } from './instances.ts';
import type { Killer } from './killer.ts';
import { paceOfTheMachine } from './pace.ts';
import { ROBOT } from './plan.ts';

/** How an instance differs from the whole app. */
export type Part = {
  readonly name: string;
  /** All functions when left out. */
  readonly functions?: readonly string[];
  readonly answersHttp: boolean;
};

/** Several instances of the app among systems that nothing kills, and everybody who uses them. */
export type Stage = {
  readonly outside: OutsideSystems;
  readonly bindings: Bindings;
  readonly instances: readonly Instance[];
  readonly client: Client;
  readonly calls: readonly Call[];
  readonly operations: readonly string[];
  /** Rows of messages that were committed and are not known to be sent. */
  readonly unsent: () => Promise<number>;
  /** From now on tells of what moments can be counted in. */
  readonly watch: (listener: Killer['beat']) => void;
  readonly stop: () => Promise<void>;
};

const MINUTE_MS = 60_000;
/** What only has to be waited for is short, so that there is something to kill all the time. */
const DURATIONS = {
  snapshotMs: 2 * MINUTE_MS,
  deliveryMs: 2 * MINUTE_MS,
  republishMs: MINUTE_MS,
  upgradeMs: 10 * MINUTE_MS,
  refreshMs: 10 * MINUTE_MS,
};

/** So many of the calls at which there is a kill do not arrive. */
const LOST = 0.5;

/** A port that no outgoing connection takes while its process is gone, as one of the machine's own range might. */
const portOfItsOwn = async (chance: Chance): Promise<number> => {
  for (;;) {
    const port = chance.between(20_000, 30_000);
    if (await isPortFree(port)) return port;
  }
};

/** Counts them where they are stored: no answer of the app tells of them. */
const unsentCommits = async ({ storageConnection }: OutsideSystems): Promise<number> => {
  const options = { allowInsecureConnection: true };
  const filter = "RowKey ge 'out-' and RowKey lt 'out-~'";
  let count = 0;
  for await (const { name = '' } of TableServiceClient.fromConnectionString(
    storageConnection,
    options,
  ).listTables()) {
    const table = TableClient.fromConnectionString(storageConnection, name, options);
    for await (const _ of table.listEntities({ queryOptions: { filter } })) count += 1;
  }
  return count;
};

/** Starts everything. */
export const setStage = async (parts: readonly Part[], chance: Chance): Promise<Stage> => {
  const outside = await startOutsideSystems(await paceOfTheMachine(), DURATIONS);
  const secret = outside.canaries.firstWebhookSecret;
  let tell: Killer['beat'] = () => false;
  const calls: Call[] = [];
  const operations: string[] = [];
  const ports: number[] = [];
  for (const _ of parts) ports.push(await portOfItsOwn(chance));
  const serving = ports.filter((_, index) => parts[index]?.answersHttp);
  const client = makeClient({
    origins: serving.map((port) => `http://127.0.0.1:${port}`),
    webhookSecret: secret,
    chance,
    onAnswer: () => {
      tell('answer');
    },
  });
  const robot = await startAutomation({ world: outside.world, taskSecret: secret, callbackSecret: secret });
  const robotDoor = await startDoorTo(robot.url, ({ body, header }) => {
    const { stepId, attempt } = JSON.parse(body) as Task;
    // Who kills at a call may as well have it lost on its way.
    if (tell('call') && chance.happens(LOST)) return false;
    calls.push({ at: outside.clock.now(), webhookId: header('webhook-id'), stepId, attempt });
    return true;
  });
  const lcs = await startLcs({ world: outside.world, token: outside.canaries.lcsToken });
  const lcsDoor = await startDoorTo(lcs.url, ({ method, path }) => {
    if (method !== 'GET') operations.push(`${method} ${path}`);
    return true;
  });
  const frontDoor = await startFrontDoor(client);
  outside.watchStorage(() => {
    tell('storage');
  });
  const surroundings = {
    ...outside,
    environment: (url: string) => ({ ...outside.environment(url), LCS_BASE_URL: lcsDoor.url }),
  };
  const instances = parts.map(({ name, functions }, index) =>
    startInstance(surroundings, name, {
      port: ports[index] ?? 0,
      publicOrigin: frontDoor.url,
      onLine: () => {
        tell('line');
      },
      ...(functions === undefined ? {} : { functions }),
    }),
  );
  const automation = `${robotDoor.url}/tasks`;
  return {
    outside,
    bindings: { ...outside.bindings, automations: { 'stop-aos': automation, [ROBOT]: automation } },
    instances,
    client,
    calls,
    operations,
    unsent: () => unsentCommits(outside),
    watch: (listener) => {
      tell = listener;
    },
    stop: async () => {
      await Promise.all(instances.map((instance) => instance.stop()));
      await Promise.all([robotDoor, frontDoor, lcsDoor, lcs, robot].map((server) => server.stop()));
      await outside.stop();
    },
  };
};
