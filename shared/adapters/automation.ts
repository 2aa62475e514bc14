import { createHash } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { CutoverError } from '../core/errors.ts';
import { boundedFetch, type Fetch } from '../http/bounded-fetch.ts';
import type { Automation } from '../kinds/kind-ports.ts';

/** How tasks are signed; the endpoints themselves are in the bindings. */
export type AutomationSettings = {
  /** A Standard Webhooks secret, `whsec_` and base64. */
  readonly secret: string;
  readonly fetch?: Fetch;
  /** The true time in epoch milliseconds: signatures are dated by it, whatever the clocks of the cutover and of the machine do. */
  readonly now: () => number;
  readonly timeoutMs?: number;
};

const TIMEOUT_MS = 30_000;
const MAX_BYTES = 64 * 1024;

/**
 * Posts a signed task to an automation, once: what a time-out means is for the caller to find out. The message id is
 * the hash of the task, so that an endpoint recognises the same task should it ever come twice.
 */
export const makeAutomation = (settings: AutomationSettings): Automation => {
  const webhook = new Webhook(settings.secret);
  return {
    call: async (endpoint, task) => {
      const body = JSON.stringify(task);
      const id = `task_${createHash('sha256').update(body).digest('hex').slice(0, 32)}`;
      const at = new Date(settings.now());
      try {
        const { status, text } = await boundedFetch(settings.fetch ?? fetch, endpoint, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'webhook-id': id,
            'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
            'webhook-signature': webhook.sign(id, at, body),
          },
          body,
          timeoutMs: settings.timeoutMs ?? TIMEOUT_MS,
          maxBytes: MAX_BYTES,
        });
        return { status, body: text };
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new CutoverError('C801', `${new URL(endpoint).host}: ${reason}`, { cause: error });
      }
    },
  };
};
