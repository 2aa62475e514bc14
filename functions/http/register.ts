import type { HttpHandler, HttpResponseInit } from '@azure/functions';
import { app } from '@azure/functions';
import type { RouteName } from '../../shared/contract/routes.ts';
import { ROUTES } from '../../shared/contract/routes.ts';
import { CutoverError } from '../../shared/core/errors.ts';
import { problemOf } from './problem.ts';
import type { Caller, CheckedRequest, Gatekeeper } from './request.ts';
import { authenticate, checkRequest } from './request.ts';

/** What answers one operation. */
export type Handler<N extends RouteName> = (request: CheckedRequest<N>) => Promise<HttpResponseInit>;

/** A handler for every operation: a route without one does not compile. */
export type Handlers = { readonly [N in RouteName]: Handler<N> };

/** What is not a page runs nothing, loads nothing and is shown within nothing, whatever a browser takes it for. */
const headers = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy':
    "default-src 'none'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
};

/** Whether it is the request that was wrong, not the app or what it stands on. */
const isRefusal = ({ status = 200 }: HttpResponseInit): boolean => status >= 400 && status < 500;

const answering =
  <N extends RouteName>(name: N, handler: Handler<N>, gate: Gatekeeper): HttpHandler =>
  async (request, context) => {
    let reply: HttpResponseInit;
    let caller: Caller | null = null;
    try {
      caller = await authenticate(ROUTES[name], request, gate);
      reply = await handler(await checkRequest<N>(ROUTES[name], request, caller, gate));
    } catch (error) {
      reply = problemOf(error);
      if (!(error instanceof CutoverError))
        context.error('unexpected', error instanceof Error ? error.name : typeof error);
      else if (isRefusal(reply))
        await gate.refused({ what: name, params: request.params, by: caller?.by ?? null, code: error.code });
    }
    return { ...reply, headers: { ...headers, ...(reply.headers as Record<string, string> | undefined) } };
  };

/** What answers the requests of each operation: every request is checked first, and every error is told as a problem. */
export const httpHandlers = (
  handlers: Handlers,
  gate: Gatekeeper,
): Readonly<Record<RouteName, HttpHandler>> =>
  Object.fromEntries(
    (Object.keys(ROUTES) as RouteName[]).map((name) => [
      name,
      answering(name, handlers[name] as Handler<RouteName>, gate),
    ]),
  ) as Record<RouteName, HttpHandler>;

/** Registers one function per operation of the contract. */
export const registerHttp = (handlers: Readonly<Record<RouteName, HttpHandler>>): void => {
  for (const [name, handler] of Object.entries(handlers)) {
    const { method, path } = ROUTES[name as RouteName];
    // A function key is a doorstop, not the authorisation: the handler asks for an identity or a signature.
    app.http(name, { methods: [method], route: path, authLevel: 'anonymous', handler });
  }
};
