import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What becomes of the next requests that ask for something: the request breaks off before it arrives, its answer breaks
 * off after it has arrived, or nothing ever comes back.
 */
export type Loss = 'request' | 'answer' | 'silence';

/** A way to an HTTP server on which requests that ask for something (POST) get lost when a test says so. */
export type HttpRelay = {
  readonly url: string;
  readonly loses: (what: Loss | null) => void;
  /** Requests that asked for something and came as far as here. */
  readonly asked: () => number;
  readonly stop: () => Promise<void>;
};

const bodyOf = async (message: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
};

const PER_CONNECTION = new Set(['host', 'connection', 'content-length', 'transfer-encoding']);

const forward = async (target: string, message: IncomingMessage, body: string): Promise<Response> => {
  const named = Object.entries(message.headers).filter(([name]) => !PER_CONNECTION.has(name));
  return fetch(`${target}${message.url ?? '/'}`, {
    method: message.method ?? 'GET',
    headers: Object.fromEntries(named.map(([name, value]) => [name, [value ?? ''].flat().join(', ')])),
    body: message.method === 'POST' ? body : null,
  });
};

/** Starts one to `target`, an origin without a path. */
export const startHttpRelay = async (target: string): Promise<HttpRelay> => {
  let loss: Loss | null = null;
  let asked = 0;
  const server = createServer((message, response) => {
    const relay = async (): Promise<void> => {
      const body = await bodyOf(message);
      const isAsking = message.method === 'POST';
      if (isAsking) asked += 1;
      const lost = isAsking ? loss : null;
      if (lost === 'request') {
        message.socket.resetAndDestroy();
        return;
      }
      const answer = await forward(target, message, body);
      const text = await answer.text();
      if (lost === 'silence') return;
      if (lost === 'answer') {
        message.socket.resetAndDestroy();
        return;
      }
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      response.end(text);
    };
    relay().catch(() => message.socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    loses: (what) => {
      loss = what;
    },
    asked: () => asked,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};
