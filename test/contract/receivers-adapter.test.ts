import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeReceivers, type ReceiverSettings } from '../../shared/adapters/receivers.ts';

const secretOf = (text: string): string => `whsec_${Buffer.from(text).toString('base64')}`;
const NEW = secretOf('the newer secret of events');
const OLD = secretOf('the older secret of events');
const BODY = '{"text":"Größe – naïve 雪"}';
const HOST = 'events.example';

type Received = {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

let server: Server;
let ca: string;
let port = 0;
const received: Received[] = [];
let answer: (response: ServerResponse) => void;

beforeAll(async () => {
  const pems = await generate([{ name: 'commonName', value: HOST }], {
    keySize: 2048,
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: HOST }] },
    ],
  });
  ca = pems.cert;
  server = createServer({ key: pems.private, cert: pems.cert }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', headers } = request;
      received.push({ method, headers, body: Buffer.concat(chunks).toString('utf8') });
      answer(response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const open: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  received.length = 0;
  await Promise.all(open.splice(0).map((one) => one.close()));
});

const answering =
  (status: number, headers: Readonly<Record<string, string>> = {}, body = '') =>
  (response: ServerResponse): void => {
    response.writeHead(status, headers);
    response.end(body);
  };

/** The adapter, for which the name of the receiver is this machine. */
const receiversWith = (differs: Partial<ReceiverSettings> = {}) => {
  const receivers = makeReceivers({
    hosts: [HOST],
    secrets: [NEW, OLD],
    publicBaseUrl: 'https://cutover.example:8443',
    allowsLoopback: true,
    now: Date.now,
    resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
    ca,
    timeoutMs: 5_000,
    ...differs,
  });
  open.push(receivers);
  return receivers;
};
const url = (path = '/events'): string => `https://${HOST}:${port}${path}`;
const SENT = { id: 'c1_7', body: BODY, subscription: 'c1/sub-1', generations: [2, 1] };

describe('an event that is sent', () => {
  it('arrives at the address that was resolved, under its name, as it was signed', async () => {
    answer = answering(204);
    const reply = await receiversWith().post({ url: url('/events?sig=abc'), ...SENT });
    expect(reply).toEqual({ status: 204, reason: null, retryAfter: null, allowedOrigin: null });
    expect(received).toHaveLength(1);
    const [{ method, headers, body }] = received as [Received];
    expect([method, body, headers['content-type'], headers.host]).toEqual([
      'POST',
      BODY,
      'application/cloudevents+json; charset=utf-8',
      `${HOST}:${port}`,
    ]);
  });

  it.each([
    ['its secret', [NEW, OLD], 2],
    ['the secret before it, while that signs too', [NEW, OLD], 1],
    ['its secret made before EVENTS_SECRETS was rotated', [OLD], 2],
  ])('verifies by the official library with %s', async (_, secrets, generation) => {
    answer = answering(200);
    await receiversWith().post({ url: url(), ...SENT });
    const [{ headers, body }] = received as [Received];
    const secret = receiversWith({ secrets }).secretOf(SENT.subscription, generation);
    expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toEqual(JSON.parse(BODY));
  });

  it.each<[string, (good: Received) => Received, number, string]>([
    [
      'of another body',
      (good) => ({ ...good, body: good.body.replace('7', '8').replace('ö', 'o') }),
      2,
      'c1/sub-1',
    ],
    ['with the secret of another subscription', (good) => good, 2, 'c1/sub-2'],
    ['with a secret that is not made yet', (good) => good, 3, 'c1/sub-1'],
    [
      'under another id',
      (good) => ({ ...good, headers: { ...good.headers, 'webhook-id': 'c1_8' } }),
      2,
      'c1/sub-1',
    ],
  ])('does not verify %s', async (_, alter, generation, subscription) => {
    answer = answering(200);
    const receivers = receiversWith();
    await receivers.post({ url: url(), ...SENT });
    const { headers, body } = alter((received as [Received])[0]);
    const webhook = new Webhook(receivers.secretOf(subscription, generation));
    expect(() => webhook.verify(body, headers as Record<string, string>)).toThrow();
  });

  it('is signed with the present secret alone once the one before has ended', async () => {
    answer = answering(200);
    const receivers = receiversWith();
    await receivers.post({ url: url(), ...SENT, generations: [2] });
    const [{ headers, body }] = received as [Received];
    const named = headers as Record<string, string>;
    expect(() => new Webhook(receivers.secretOf(SENT.subscription, 1)).verify(body, named)).toThrow();
  });
});

describe('the answer of a receiver', () => {
  it.each([200, 202, 302, 404, 410, 500])(
    'is told as it is: %i, and no redirect is followed',
    async (status) => {
      answer = answering(status, { location: url('/elsewhere') }, 'thanks');
      const reply = await receiversWith().post({ url: url(), ...SENT });
      expect([reply.status, received.length]).toEqual([status, 1]);
    },
  );

  it('is told with how long it asks to wait', async () => {
    answer = answering(429, { 'retry-after': '120' });
    expect(await receiversWith().post({ url: url(), ...SENT })).toMatchObject({
      status: 429,
      retryAfter: '120',
    });
  });

  it('counts by its status when it says more than anybody reads, or never ends', async () => {
    answer = answering(200, {}, 'x'.repeat(1024 * 1024));
    expect(await receiversWith().post({ url: url(), ...SENT })).toMatchObject({ status: 200 });
    answer = (response) => {
      response.writeHead(200);
      response.write('and so on');
    };
    const reply = await receiversWith({ timeoutMs: 500 }).post({ url: url(), ...SENT });
    expect(reply).toMatchObject({ status: 200 });
  });

  it('is none when it does not come in time', async () => {
    answer = () => undefined;
    const reply = await receiversWith({ timeoutMs: 500 }).post({ url: url(), ...SENT });
    expect(reply).toMatchObject({ status: null, reason: 'no answer within 500 ms' });
  });

  it('is none when the connection breaks, and the address with its query is not told', async () => {
    answer = (response) => {
      response.socket?.destroy();
    };
    const reply = await receiversWith().post({ url: url('/events?sig=abc'), ...SENT });
    expect(reply.status).toBeNull();
    expect(reply.reason).not.toBe('');
    expect(reply.reason).not.toContain('abc');
  });

  it('is none when nobody vouches for its certificate, or it is that of another host', async () => {
    const { ca: _, ...unknown } = { ca, hosts: [HOST, 'other.example'] };
    const untrusting = makeReceivers({
      ...unknown,
      secrets: [NEW],
      publicBaseUrl: 'https://cutover.example',
      allowsLoopback: true,
      now: Date.now,
      resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
    });
    open.push(untrusting);
    expect((await untrusting.post({ url: url(), ...SENT })).reason).toMatch(/self-signed|SELF_SIGNED/);
    const other = receiversWith({ hosts: [HOST, 'other.example'] });
    const reply = await other.post({ url: url().replace(HOST, 'other.example'), ...SENT });
    expect(reply.reason).toContain('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(received).toEqual([]);
  });
});

describe('a name that resolves otherwise a moment later', () => {
  it('is called where it was looked at, and nowhere else', async () => {
    answer = answering(204);
    const answers = ['127.0.0.1', '169.254.169.254'];
    let lookups = 0;
    const receivers = receiversWith({
      resolve: () => Promise.resolve([{ address: answers[lookups++] ?? '10.0.0.1', family: 4 }]),
    });
    expect(await receivers.post({ url: url(), ...SENT })).toMatchObject({ status: 204 });
    expect([lookups, received.length]).toEqual([1, 1]);
  });
});

describe('a receiver that is asked for its consent', () => {
  it('is told who asks, by OPTIONS and with nothing signed, and what it allows is told', async () => {
    answer = answering(200, { 'WebHook-Allowed-Origin': 'cutover.example', 'WebHook-Allowed-Rate': '*' });
    expect(await receiversWith().ask(url())).toMatchObject({
      status: 200,
      allowedOrigin: 'cutover.example',
    });
    const [{ method, headers, body }] = received as [Received];
    expect([method, headers['webhook-request-origin'], body, headers['webhook-signature']]).toEqual([
      'OPTIONS',
      'cutover.example',
      '',
      undefined,
    ]);
  });
});
