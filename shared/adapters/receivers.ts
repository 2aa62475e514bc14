import { createHmac } from 'node:crypto';
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import ipaddr from 'ipaddr.js';
import { Webhook } from 'standardwebhooks';
import { Agent, request } from 'undici';
import type { ReceiverReply, Receivers } from '../engine/ports.ts';

/** How events are sent. */
export type ReceiverSettings = {
  /** Hosts that may be called: a name, or `*.` and a domain for every name below it. */
  readonly hosts: readonly string[];
  /** `whsec_…`: the first one makes the secrets of subscriptions, all of them sign. */
  readonly secrets: readonly string[];
  /** Where the app itself is reached. */
  readonly publicBaseUrl: string;
  /** Development only: this machine may be called, also by http. */
  readonly allowsLoopback: boolean;
  /** The true time in epoch milliseconds, for signatures. */
  readonly now: () => number;
  readonly resolve?: (host: string) => Promise<readonly LookupAddress[]>;
  /** Trusted besides the usual authorities. */
  readonly ca?: string;
  readonly timeoutMs?: number;
};

/** Standard Webhooks 1.0 recommends 15 to 30 seconds. */
const TIMEOUT_MS = 20_000;
/** Nothing in a receiver's answer but its head is of use. */
const ANSWER_BYTES = 16 * 1024;
/** Of IPv6 only this is given out as global unicast (RFC 4291, IANA). */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');
/** Azure's own services on every virtual machine (Microsoft Learn, "What is IP address 168.63.129.16?"): public by its range only. */
const AZURE_HOST = '168.63.129.16';

const resolveAll = (host: string): Promise<readonly LookupAddress[]> => lookup(host, { all: true });

/** Why an address (IPv4 or IPv6) may not be called; null if it may. */
const refusalOfAddress = (address: string, allowsLoopback: boolean): string | null => {
  const parsed = ipaddr.process(address);
  const range = parsed.range();
  if (range === 'loopback' && allowsLoopback) return null;
  const isPublic = range === 'unicast' && (parsed.kind() === 'ipv4' || parsed.match(GLOBAL_IPV6));
  if (isPublic && parsed.toString() !== AZURE_HOST) return null;
  return `${address} is no public address (${range})`;
};

const withoutBrackets = (host: string): string => host.replace(/^\[|\]$/g, '');

const isListed = (host: string, hosts: readonly string[]): boolean =>
  hosts
    .map((listed) => listed.toLowerCase())
    .some((listed) => (listed.startsWith('*.') ? host.endsWith(listed.slice(1)) : host === listed));

/** Why there was no answer; `fetch failed` says nothing, its cause does. Never the address, whose query may be a secret. */
const reasonOf = (error: unknown, timeoutMs: number): string => {
  if (!(error instanceof Error)) return 'no answer';
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs} ms`;
  if (error instanceof AggregateError) return reasonOf(error.errors[0], timeoutMs);
  return 'code' in error && typeof error.code === 'string'
    ? `${error.code}: ${error.message}`
    : error.message;
};

/** Calls receivers of events over HTTPS, and only at public addresses of the hosts listed. */
export const makeReceivers = (settings: ReceiverSettings): Receivers & { close: () => Promise<void> } => {
  const { hosts, secrets, allowsLoopback, timeoutMs = TIMEOUT_MS, resolve = resolveAll } = settings;
  const origin = new URL(settings.publicBaseUrl).hostname;

  /** What a socket connects to is what was looked at: a name that resolves otherwise a moment later changes nothing. */
  const pinned = async (host: string): Promise<readonly LookupAddress[]> => {
    const addresses = await resolve(host);
    for (const { address } of addresses) {
      const refusal = refusalOfAddress(address, allowsLoopback);
      if (refusal !== null) throw new Error(`${host}: ${refusal}`);
    }
    return addresses;
  };
  const agent = new Agent({
    connect: {
      timeout: timeoutMs,
      ...(settings.ca === undefined ? {} : { ca: settings.ca }),
      lookup: (host, { all }, done) => {
        pinned(host).then(
          (addresses) => {
            const [first] = addresses;
            if (first === undefined) done(new Error(`${host} has no address`), '');
            else if (all === true) done(null, [...addresses]);
            else done(null, first.address, first.family);
          },
          (error: unknown) => {
            done(error instanceof Error ? error : new Error(String(error)), '');
          },
        );
      },
    },
  });

  const refusalOf = (url: string): string | null => {
    if (!URL.canParse(url)) return 'is not a URL';
    const { protocol, hostname, username, password } = new URL(url);
    const host = withoutBrackets(hostname);
    if (username !== '' || password !== '') return 'must not hold a user or a password';
    if (!isListed(host, hosts)) return `${host} is none of the hosts of EVENTS_HOSTS`;
    const isLoopback =
      host === 'localhost' || (ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback');
    if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback && allowsLoopback)) {
      return 'must begin with https://';
    }
    // Nothing looks up what is an address already.
    return ipaddr.isValid(host) ? refusalOfAddress(host, allowsLoopback) : null;
  };

  const call = async (
    url: string,
    method: 'OPTIONS' | 'POST',
    headers: Readonly<Record<string, string>>,
    body: string | null,
  ): Promise<ReceiverReply> => {
    const none = { status: null, retryAfter: null, allowedOrigin: null } as const;
    const refusal = refusalOf(url);
    if (refusal !== null) return { ...none, reason: refusal };
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const answer = await request(url, { method, headers, body, signal, dispatcher: agent });
      // What it says besides is read to its end or cut off, lest it keep the connection.
      await answer.body.dump({ limit: ANSWER_BYTES, signal }).catch(() => undefined);
      const header = (name: string): string | null => {
        const value = answer.headers[name];
        return typeof value === 'string' ? value : null;
      };
      return {
        status: answer.statusCode,
        reason: null,
        retryAfter: header('retry-after'),
        allowedOrigin: header('webhook-allowed-origin'),
      };
    } catch (error) {
      return { ...none, reason: reasonOf(error, timeoutMs) };
    }
  };

  const derived = (secret: string, subscription: string, generation: number): string => {
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    const bytes = createHmac('sha256', key).update(`events out ${subscription} ${generation}`).digest();
    return `whsec_${bytes.toString('base64')}`;
  };

  return {
    origin,
    refusalOf,
    secretOf: (subscription, generation) => derived(secrets[0] ?? '', subscription, generation),
    ask: (url) => call(url, 'OPTIONS', { 'webhook-request-origin': origin }, null),
    post: async ({ url, id, body, subscription, generations }) => {
      const at = new Date(settings.now());
      const signatures = generations.flatMap((generation) =>
        secrets.map((secret) => new Webhook(derived(secret, subscription, generation)).sign(id, at, body)),
      );
      const headers = {
        'content-type': 'application/cloudevents+json; charset=utf-8',
        'user-agent': 'ax-cutover',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
        'webhook-signature': signatures.join(' '),
      };
      return await call(url, 'POST', headers, body);
    },
    close: () => agent.close(),
  };
};
