import {
  startHttpServer,
  type HttpReply,
  type HttpRequest,
  type HttpServer,
} from '../../../local/http-server.ts';
import type { Client } from './client.ts';

const WEBHOOK_HEADERS = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];
const HOP_HEADERS = [...WEBHOOK_HEADERS, 'content-type', 'authorization', 'x-ms-version'];

const headersOf = ({ header }: HttpRequest, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.flatMap((name) => (header(name) === '' ? [] : [[name, header(name)]])));

/** A door before an outside system: `lets` is asked about every request; one that it does not let in is lost. */
export const startDoorTo = (url: string, lets: (request: HttpRequest) => boolean): Promise<HttpServer> =>
  startHttpServer(async (request): Promise<HttpReply> => {
    if (!lets(request)) return { status: 502 };
    const { method, path, query, body } = request;
    const search = query.size === 0 ? '' : `?${query.toString()}`;
    const response = await fetch(`${url}${path}${search}`, {
      method,
      headers: headersOf(request, HOP_HEADERS),
      ...(method === 'GET' ? {} : { body }),
    });
    const retryAfter = response.headers.get('retry-after');
    return {
      status: response.status,
      headers: {
        'content-type': response.headers.get('content-type') ?? 'text/plain',
        ...(retryAfter === null ? {} : { 'retry-after': retryAfter }),
      },
      body: await response.text(),
    };
  });

/** The address that outside systems know of the app: whatever instance is there gets the callback, sooner or later. */
export const startFrontDoor = (client: Client): Promise<HttpServer> =>
  startHttpServer(async (request) =>
    client.pass(request.path.replace(/^\/api\//, ''), request.body, headersOf(request, WEBHOOK_HEADERS)),
  );
