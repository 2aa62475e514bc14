import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { z } from 'zod';
import { startHttpServer, type HttpReply, type HttpRequest, type HttpServer } from './http-server.ts';
import type { Outcome } from './world/history.ts';
import type { World } from './world/world.ts';

/** The customer's automation: what it can do it does in the world. */
export type AutomationStandInOptions = {
  readonly world: World;
  /** Standard Webhooks secret with which the app signs its tasks. */
  readonly taskSecret: string;
  /** Standard Webhooks secret with which completions are signed. */
  readonly callbackSecret: string;
  readonly port?: number;
};

const taskSchema = z.looseObject({
  what: z.string(),
  hosts: z.array(z.string()).default([]),
  callback: z.url(),
  token: z.string(),
});
type Task = z.infer<typeof taskSchema>;

const POLL_MS = 20;
const CALLBACK_TRIES = 40;
const CALLBACK_PAUSE_MS = 100;
const CALLBACK_TIMEOUT_MS = 10_000;
const NAME = { id: 'automation', name: 'Automation' };

/**
 * Takes signed tasks, answers at once, and reports each with a signed completion when the world has done it. A task that
 * comes twice is done once.
 */
export const startAutomation = async (options: AutomationStandInOptions): Promise<HttpServer> => {
  const { world } = options;
  const webhook = new Webhook(options.taskSecret);
  const stopped = new AbortController();
  const taken = new Set<string>();
  const handle = (request: HttpRequest): HttpReply => {
    if (request.method !== 'POST') return { status: 405 };
    const id = request.header('webhook-id');
    const task = verified(webhook, request);
    if (task === null) return { status: 401, body: 'The signature is not valid.' };
    const parsed = taskSchema.safeParse(task);
    if (!parsed.success) return { status: 400, body: z.prettifyError(parsed.error) };
    if (taken.has(id)) return { status: 202, body: 'Taken already.' };
    const outcome = perform(world, parsed.data);
    if (outcome === null) return { status: 400, body: `This automation cannot do "${parsed.data.what}".` };
    taken.add(id);
    report(options, parsed.data, outcome, `${id}_done`, stopped.signal).catch((error: unknown) => {
      if (!stopped.signal.aborted) throw error;
    });
    return { status: 202, body: 'Taken.' };
  };
  const server = await startHttpServer(handle, options.port);
  return {
    url: server.url,
    stop: async () => {
      stopped.abort();
      await server.stop();
    },
  };
};

const verified = (webhook: Webhook, request: HttpRequest): unknown => {
  const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];
  try {
    return webhook.verify(
      request.body,
      Object.fromEntries(names.map((name) => [name, request.header(name)])),
    );
  } catch {
    return null;
  }
};

/** Does what the task asks; null for a task this automation does not know. */
export const perform = (world: World, task: Pick<Task, 'what' | 'hosts'>): Outcome | null => {
  switch (task.what) {
    case 'stop-aos': {
      const outcomes = task.hosts.map((host) => world.act.stopAos(host));
      const slowest = outcomes.flatMap((outcome) => (outcome.accepted ? [outcome.finishesAt] : []));
      return (
        outcomes.find(({ accepted }) => !accepted) ?? {
          accepted: true,
          finishesAt: Math.max(world.clock.now(), ...slowest),
        }
      );
    }
    case 'backup-source':
      return world.act.takeBackup();
    case 'task':
      return { accepted: true, finishesAt: world.clock.now() };
    default:
      return null;
  }
};

const report = async (
  options: AutomationStandInOptions,
  task: Task,
  outcome: Outcome,
  id: string,
  signal: AbortSignal,
): Promise<void> => {
  while (outcome.accepted && options.world.clock.now() < outcome.finishesAt) {
    await sleep(POLL_MS, undefined, { signal });
  }
  const body = JSON.stringify({
    result: outcome.accepted ? 'pass' : 'fail',
    by: NAME,
    note: outcome.accepted ? `Did ${task.what}.` : outcome.message,
    token: task.token,
  });
  for (let attempt = 1; attempt <= CALLBACK_TRIES; attempt++) {
    if (await isDelivered(options, task.callback, id, body)) return;
    await sleep(CALLBACK_PAUSE_MS, undefined, { signal });
  }
};

const isDelivered = async (
  options: AutomationStandInOptions,
  callback: string,
  id: string,
  body: string,
): Promise<boolean> => {
  const now = new Date();
  try {
    const { status } = await fetch(callback, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
        'webhook-signature': new Webhook(options.callbackSecret).sign(id, now, body),
      },
      body,
      signal: AbortSignal.timeout(CALLBACK_TIMEOUT_MS),
    });
    // A definite answer is final, whatever it says: only silence and trouble are worth another try.
    return status < 500;
  } catch {
    return false;
  }
};
