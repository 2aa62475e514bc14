import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as the stand-ins look at it. */
export type HttpRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly header: (name: string) => string;
  readonly body: string;
};

/** What a stand-in answers; an object is sent as JSON. */
export type HttpReply = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | object;
};

/** A running HTTP server of a stand-in. */
export type HttpServer = { readonly url: string; readonly stop: () => Promise<void> };

const HOST = '127.0.0.1';
const MAX_BODY_BYTES = 1024 * 1024;

const readBody = async (message: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BODY_BYTES) throw new RangeError('The request is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

/** Starts an HTTP server on a free port (or the one given) that asks `handle` for every answer. */
export const startHttpServer = async (
  handle: (request: HttpRequest) => HttpReply | Promise<HttpReply>,
  port = 0,
): Promise<HttpServer> => {
  const server = createServer((message, response) => {
    const answer = async (): Promise<void> => {
      const url = new URL(message.url ?? '/', `http://${HOST}`);
      const { status, headers, body } = await handle({
        method: message.method ?? 'GET',
        path: decodeURIComponent(url.pathname),
        query: url.searchParams,
        header: (name) => [message.headers[name.toLowerCase()] ?? ''].flat().join(', '),
        body: await readBody(message),
      });
      const isText = typeof body === 'string';
      const type = isText || body === undefined ? 'text/plain; charset=utf-8' : 'application/json';
      response.writeHead(status, { 'content-type': type, ...headers });
      response.end(isText ? body : body === undefined ? '' : JSON.stringify(body));
    };
    answer().catch((error: unknown) => {
      response.writeHead(500, { 'content-type': 'text/plain' });
      response.end(String(error));
    });
  });
  server.listen(port, HOST);
  await once(server, 'listening');
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};
