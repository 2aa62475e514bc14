import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { Errand, Outcome } from '../shared/contract/collector.ts';
import { errandsSchema } from '../shared/contract/collector.ts';
import { ROUTES } from '../shared/contract/routes.ts';
import type { SqlServer } from '../shared/contract/statement.ts';
import { boundedFetch, type Fetch } from '../shared/http/bounded-fetch.ts';

/** The app refused what was sent; trying the same again does not help. */
export class AppRefusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'AppRefusal';
    this.status = status;
  }
}

/** The app as a collector sees it. Throws AppRefusal, or an Error that says in words why there is no answer. */
export type AppClient = {
  readonly takeErrands: (servers: readonly SqlServer[], room: number) => Promise<readonly Errand[]>;
  readonly answer: (nonce: string, outcome: Outcome) => Promise<void>;
};

const TIMEOUT_MS = 30_000;
/** Errands for 64 statements, each with the names of thousands of tables. */
const MAX_BYTES = 32 * 1024 * 1024;
/** Beyond this a signature is refused: the clocks are told of well before. */
const CLOCK_OFF_MS = 60_000;

/** What the app says of a refusal, and of the clocks where they may be the reason. */
const reasonOf = (status: number, headers: Headers, text: string, nowMs: number): string => {
  const problem = ((): { readonly code?: unknown; readonly title?: unknown } => {
    try {
      return JSON.parse(text) as object;
    } catch {
      return {};
    }
  })();
  const said = [problem.code, problem.title].filter((part) => typeof part === 'string').join(' ');
  const aheadMs = nowMs - Date.parse(headers.get('date') ?? '');
  const clock =
    Math.abs(aheadMs) > CLOCK_OFF_MS
      ? `; the clock of this machine is ${Math.round(aheadMs / 1_000)} s ahead of the app's, and signatures are taken within five minutes`
      : '';
  return `the app answered ${status}${said === '' ? '' : ` (${said})`}${clock}`;
};

/** Calls the app, every request signed over its raw body. */
export const makeAppClient = (parts: {
  readonly appUrl: string;
  readonly secret: string;
  readonly now: () => number;
  readonly fetch?: Fetch;
}): AppClient => {
  const webhook = new Webhook(parts.secret);
  const send = async (path: string, content: object): Promise<string> => {
    const body = JSON.stringify(content);
    const id = `col_${randomUUID()}`;
    const at = new Date(parts.now());
    const { status, headers, text } = await boundedFetch(
      parts.fetch ?? fetch,
      `${parts.appUrl}/api/${path}`,
      {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
          'webhook-signature': webhook.sign(id, at, body),
        },
        body,
        timeoutMs: TIMEOUT_MS,
        maxBytes: MAX_BYTES,
      },
    );
    if (status === 200) return text;
    const reason = reasonOf(status, headers, text, parts.now());
    throw status >= 400 && status < 500 ? new AppRefusal(status, reason) : new Error(reason);
  };
  return {
    takeErrands: async (servers, room) => {
      const answer = await send(ROUTES['take-errands'].path, { servers, room });
      return errandsSchema.parse(JSON.parse(answer)).errands;
    },
    answer: async (nonce, outcome) => {
      const serverTime = new Date(parts.now()).toISOString();
      await send(ROUTES['answer-errand'].path, { nonce, serverTime, outcome });
    },
  };
};
