import { timingSafeEqual, createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readBody, toRpcRequest, writeResponse } from './http-message.ts';
import type { HostLog, Invoker } from './invoke.ts';
import type { RegisteredFunction } from './registry.ts';
import { compileRoute, type Route } from './route.ts';
import { makeTraceContext } from './trace-context.ts';

/** A function behind a route. */
export type Endpoint = {
  readonly fn: RegisteredFunction;
  readonly route: Route;
  readonly methods: readonly string[];
  readonly authLevel: 'anonymous' | 'function' | 'admin';
};

/** The listening HTTP side of a host. */
export type HttpListener = {
  /** Origin and route prefix, without a slash at the end. */
  readonly url: string;
  readonly stop: () => Promise<void>;
};

type HttpOptions = {
  readonly port: number;
  readonly routePrefix: string;
  readonly bodyLimitBytes: number;
  /** Opens functions of level `function`. */
  readonly functionKey: string;
  /** Opens every function. */
  readonly adminKey: string;
  readonly invoker: Invoker;
  readonly log: HostLog;
};

const authLevels: readonly unknown[] = ['anonymous', 'function', 'admin'] satisfies Endpoint['authLevel'][];

/**
 * Checks an HTTP trigger.
 * @throws when its route or its auth level is not understood.
 */
export const prepareEndpoint = (fn: RegisteredFunction): Endpoint => {
  const { route, methods, authLevel } = fn.trigger;
  if (!authLevels.includes(authLevel))
    throw new Error(`Function "${fn.name}": the auth level "${String(authLevel)}" is not known.`);
  try {
    return {
      fn,
      route: compileRoute(typeof route === 'string' ? route : fn.name),
      methods: (methods as readonly string[]).map((method) => method.toUpperCase()),
      authLevel: authLevel as Endpoint['authLevel'],
    };
  } catch (error) {
    throw new Error(`Function "${fn.name}" cannot be routed: ${(error as Error).message}`, { cause: error });
  }
};

/** Listens on 127.0.0.1; port 0 takes any free one. */
export const startHttp = async (
  endpoints: readonly Endpoint[],
  options: HttpOptions,
): Promise<HttpListener> => {
  const ordered = [...endpoints].sort((a, b) => (a.route.precedence < b.route.precedence ? -1 : 1));
  const server = createServer((request, response) => {
    // A client that keeps its connection would otherwise hold a stopping host for seconds.
    response.once('finish', () => {
      if (!server.listening) server.closeIdleConnections();
    });
    answer(request, response, ordered, options).catch((error: unknown) => {
      options.log('error', null, `A request ended early: ${String(error)}`);
      response.destroy();
    });
  });
  const port = await listen(server, options.port);
  const prefix = options.routePrefix === '' ? '' : `/${options.routePrefix}`;
  return {
    url: `http://127.0.0.1:${port}${prefix}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
};

const listen = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });

const answer = async (
  request: IncomingMessage,
  response: ServerResponse,
  endpoints: readonly Endpoint[],
  options: HttpOptions,
): Promise<void> => {
  const url = toUrl(request);
  if (url === null) {
    refuse(request, response, 400);
    return;
  }
  const found = findEndpoint(request, url, endpoints, options.routePrefix);
  if (found === null) {
    refuse(request, response, 404);
    return;
  }
  if (!isAuthorized(request, url, found.endpoint.authLevel, options)) {
    refuse(request, response, 401);
    return;
  }
  const body = await readBody(request, options.bodyLimitBytes);
  if (body === null) {
    refuse(request, response, 413);
    return;
  }
  const http = toRpcRequest(request, url, found.params, body);
  const { fn } = found.endpoint;
  const traceState = request.headers.tracestate;
  const traceContext = makeTraceContext(
    request.headers.traceparent as string | undefined,
    typeof traceState === 'string' ? traceState : '',
  );
  try {
    const { returnValue } = await options.invoker.invoke(fn, { data: { http }, metadata: {}, traceContext });
    writeResponse(response, returnValue);
  } catch (error) {
    // The caller is told nothing of it, as in Azure.
    options.log('error', fn.name, error instanceof Error ? String(error.stack) : String(error));
    if (!response.headersSent) response.writeHead(500);
    response.end();
  }
};

const toUrl = (request: IncomingMessage): URL | null =>
  URL.parse(`http://${request.headers.host ?? 'localhost'}${request.url ?? '/'}`);

const refuse = (request: IncomingMessage, response: ServerResponse, status: number): void => {
  request.resume();
  response.writeHead(status).end();
};

const findEndpoint = (
  request: IncomingMessage,
  url: URL,
  endpoints: readonly Endpoint[],
  routePrefix: string,
): { readonly endpoint: Endpoint; readonly params: Readonly<Record<string, string>> } | null => {
  const path = belowPrefix(url.pathname, routePrefix);
  if (path === null) return null;
  for (const endpoint of endpoints) {
    // A wrong method is no match: the real host answers 404, not 405, and another function may have the same route.
    if (!endpoint.methods.includes(request.method ?? '')) continue;
    const params = endpoint.route.match(path);
    if (params !== null) return { endpoint, params };
  }
  return null;
};

const belowPrefix = (pathname: string, routePrefix: string): string | null => {
  if (routePrefix === '') return pathname.slice(1);
  const start = `/${routePrefix}`;
  const [head, next] = [pathname.slice(0, start.length), pathname[start.length]];
  if (head.toLowerCase() !== start.toLowerCase() || (next !== undefined && next !== '/')) return null;
  return pathname.slice(start.length + 1);
};

const isAuthorized = (
  request: IncomingMessage,
  url: URL,
  level: Endpoint['authLevel'],
  { functionKey, adminKey }: HttpOptions,
): boolean => {
  if (level === 'anonymous') return true;
  const given = request.headers['x-functions-key'] ?? url.searchParams.get('code');
  if (typeof given !== 'string') return false;
  return isSame(given, adminKey) || (level === 'function' && isSame(given, functionKey));
};

const isSame = (given: string, expected: string): boolean => {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
};
