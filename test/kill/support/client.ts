import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import type { Api, Reply } from '../../../local/api.ts';
import type { StatusView } from '../../../shared/contract/status.ts';
import type { Actor } from '../../../shared/core/state.ts';
import type { Chance } from '../../simulation/support/random.ts';
import type { Exchange, Look, Page, SeenEvent } from './history.ts';

/** What a client remembers of what it sent and got. */
export type Memory = {
  readonly exchanges: Exchange[];
  readonly pages: Page[];
  readonly looks: Look[];
};

/** A request as it can be sent again: nothing of it but its signature changes. */
type Request = Pick<Exchange, 'key' | 'what' | 'path'> & {
  readonly raw: string;
  readonly headers: () => Record<string, string>;
};

/** Everybody who uses the app: they send again until they get a definite answer, and remember everything. */
export type Client = Api & {
  readonly memory: Memory;
  /** Passes a callback on that somebody else signed, until an instance answers it. */
  readonly pass: (path: string, raw: string, headers: Record<string, string>) => Promise<Reply>;
  readonly page: (cutoverId: string, after: number, limit: number) => Promise<readonly SeenEvent[]>;
  /** Sends everything that was ever sent once more. */
  readonly repeatAll: () => Promise<void>;
};

/** What a client works with. */
export type ClientParts = {
  /** Where the app may answer: one of these, at random, is asked. */
  readonly origins: readonly string[];
  readonly webhookSecret: string;
  readonly chance: Chance;
  /** Called at every answer. */
  readonly onAnswer: () => void;
};

const TIMEOUT_MS = 10_000;
const PATIENCE_MS = 120_000;
const PAUSE_MS = 40;
/** So often somebody sends a request to two instances at once, as one does who gets no answer in time. */
const DOUBLED = 0.2;
const REPEATED_AT_ONCE = 8;
const READER: Actor = { id: 'observer', name: 'Observer' };
const now = (): number => performance.now();
const as = (by: Actor) => ({ 'x-development-user': `${by.id};${by.name}` });
const isDefinite = (answer: Reply | null): answer is Reply => answer !== null && answer.status < 500;

const lookOf = ({ status, events, phases }: StatusView, sentAt: number): Look => ({
  sentAt,
  endedAt: now(),
  status,
  events,
  steps: phases.flatMap(({ steps }) =>
    steps.map(({ id, after, status: of, attempts }) => ({ id, after, status: of, attempts })),
  ),
});

/** A client of all the instances behind these origins. */
export const makeClient = ({ origins, webhookSecret, chance, onAnswer }: ClientParts): Client => {
  const memory: Memory = { exchanges: [], pages: [], looks: [] };
  const sent: Request[] = [];
  const webhook = new Webhook(webhookSecret);

  const fetchOnce = async (path: string, init: RequestInit): Promise<Reply | null> => {
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const response = await fetch(`${chance.pick(origins)}/api/${path}`, { ...init, signal });
      const body = (await response.json()) as Record<string, unknown>;
      onAnswer();
      return { status: response.status, body };
    } catch {
      return null;
    }
  };

  const exchange = async ({ raw, headers, ...what }: Request): Promise<Reply | null> => {
    const sentAt = now();
    const answer = await fetchOnce(what.path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers() },
      body: raw,
    });
    memory.exchanges.push({ ...what, sentAt, endedAt: now(), answer });
    return answer;
  };

  const persist = async (what: string, attempt: () => Promise<Reply | null>): Promise<Reply> => {
    const since = now();
    while (now() - since < PATIENCE_MS) {
      const answer = await attempt();
      if (isDefinite(answer)) return answer;
      await pause(PAUSE_MS);
    }
    throw new Error(`Nobody answered ${what} for ${PATIENCE_MS} ms.`);
  };

  const post = async (request: Request): Promise<Reply> => {
    sent.push(request);
    return await persist(request.path, async () => {
      if (!chance.happens(DOUBLED)) return await exchange(request);
      const [one, other] = await Promise.all([exchange(request), exchange(request)]);
      return isDefinite(one) ? one : other;
    });
  };

  const signed = (id: string, raw: string) => (): Record<string, string> => {
    const at = new Date();
    return {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': webhook.sign(id, at, raw),
    };
  };

  const get = (path: string): Promise<Reply> => persist(path, () => fetchOnce(path, { headers: as(READER) }));

  /** Reads, and tells when the try that was answered had been sent. */
  const read = async (path: string): Promise<Reply & { readonly sentAt: number }> => {
    let sentAt = now();
    const reply = await persist(path, () => {
      sentAt = now();
      return fetchOnce(path, { headers: as(READER) });
    });
    if (reply.status !== 200) throw new Error(`${path} was answered ${JSON.stringify(reply)}`);
    return { ...reply, sentAt };
  };

  const page: Client['page'] = async (cutoverId, after, limit) => {
    const { body, sentAt } = await read(`cutovers/${cutoverId}/events?after=${after}&limit=${limit}`);
    const events = body.events as readonly SeenEvent[];
    memory.pages.push({ sentAt, endedAt: now(), after, limit, events });
    return events;
  };

  return {
    memory,
    get,
    page,
    post: (path, by, body) => {
      const key = randomUUID();
      const what = path === 'cutovers' ? 'start' : 'request';
      const headers = () => ({ ...as(by), 'idempotency-key': key });
      return post({ key, what, path, raw: JSON.stringify(body), headers });
    },
    pass: async (path, raw, headers) => {
      const key = headers['webhook-id'] ?? '';
      if (!sent.some((request) => request.key === key))
        sent.push({ key, what: 'callback', path, raw, headers: signed(key, raw) });
      return await persist(path, () =>
        exchange({ key, what: 'callback', path, raw, headers: () => headers }),
      );
    },
    status: async (cutoverId) => {
      const { body, sentAt } = await read(`cutovers/${cutoverId}`);
      const status = body as unknown as StatusView;
      memory.looks.push(lookOf(status, sentAt));
      return status;
    },
    events: async (cutoverId, after) =>
      (await page(cutoverId, after, 1000)) as unknown as Awaited<ReturnType<Api['events']>>,
    repeatAll: async () => {
      const requests = [...sent];
      await Promise.all(
        Array.from({ length: REPEATED_AT_ONCE }, async () => {
          for (let request = requests.shift(); request !== undefined; request = requests.shift()) {
            const again = request;
            await persist(again.path, () => exchange(again));
          }
        }),
      );
    },
  };
};
