import { z } from 'zod';
import { CutoverError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import { boundedFetch, retryAfterSeconds, type BoundedResponse, type Fetch } from '../http/bounded-fetch.ts';
import type { Dynamics } from '../kinds/kind-ports.ts';

/** The environment and the app registration that reads it. */
export type DynamicsSettings = {
  /** Such as `https://contoso.operations.dynamics.com`; also the resource the token is for. */
  readonly baseUrl: string;
  /** Such as `https://login.microsoftonline.com/<tenant>/oauth2/v2.0/token`. */
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: () => Promise<string>;
  readonly fetch?: Fetch;
  /** The true time in epoch milliseconds: a token lives by it, whatever the clocks of the cutover and of the machine do. */
  readonly now: () => number;
  readonly timeoutMs?: number;
};

const TIMEOUT_MS = 30_000;
const MAX_BYTES = 1024 * 1024;
/** A token is renewed that long before it lapses, so that none lapses on the way. */
const RENEW_BEFORE_MS = 5 * 60_000;
const UNAUTHORIZED = 401;

const tokenSchema = z.object({
  access_token: z.string().min(1),
  expires_in: z.coerce.number().positive(),
});

type Token = { readonly value: string; readonly renewAt: number };

const noAnswer = (what: string, reason: string, cause?: unknown): CutoverError =>
  new CutoverError('C801', `${what}: ${reason}`, { cause });

const jsonOf = (text: string): Json => {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
};

/** Reads Dynamics 365 over OData with client credentials; the token is kept until shortly before it lapses. */
export const makeDynamics = (settings: DynamicsSettings): Dynamics => {
  const { now } = settings;
  const baseUrl = new URL(settings.baseUrl);
  let token: Token | null = null;
  const send = async (
    url: string,
    request: {
      readonly method: 'GET' | 'POST';
      readonly headers: Record<string, string>;
      readonly body: string | null;
    },
    what: string,
  ): Promise<BoundedResponse> => {
    try {
      return await boundedFetch(settings.fetch ?? fetch, url, {
        ...request,
        timeoutMs: settings.timeoutMs ?? TIMEOUT_MS,
        maxBytes: MAX_BYTES,
      });
    } catch (error) {
      throw noAnswer(what, error instanceof Error ? error.message : String(error), error);
    }
  };
  const accessToken = async (): Promise<string> => {
    if (token !== null && now() < token.renewAt) return token.value;
    const response = await send(settings.tokenUrl, await tokenRequest(settings, baseUrl), 'sign-in');
    const parsed = tokenSchema.safeParse(jsonOf(response.text));
    // The answer may quote the request: it is not repeated in the message.
    if (response.status !== 200 || !parsed.success) throw noAnswer('sign-in', `HTTP ${response.status}`);
    const livesMs = parsed.data.expires_in * 1_000;
    token = {
      value: parsed.data.access_token,
      renewAt: now() + Math.max(livesMs - RENEW_BEFORE_MS, livesMs / 2),
    };
    return token.value;
  };
  return {
    get: async (path) => {
      const url = new URL(path, baseUrl);
      if (url.origin !== baseUrl.origin) {
        throw new CutoverError('C802', `${path} leads away from ${baseUrl.origin}`);
      }
      const headers = { authorization: `Bearer ${await accessToken()}`, accept: 'application/json' };
      const response = await send(url.href, { method: 'GET', headers, body: null }, path);
      if (response.status === UNAUTHORIZED) token = null;
      if (response.status === 429 || response.status === 503) {
        const waitS = retryAfterSeconds(response.headers);
        throw noAnswer(path, `HTTP ${response.status}, try again in ${waitS} s`);
      }
      return { status: response.status, body: jsonOf(response.text) };
    },
  };
};

const tokenRequest = async (settings: DynamicsSettings, baseUrl: URL) => ({
  method: 'POST' as const,
  headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
  body: new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: settings.clientId,
    client_secret: await settings.clientSecret(),
    scope: `${baseUrl.origin}/.default`,
  }).toString(),
});
