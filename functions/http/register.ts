import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import { app } from '@azure/functions';
import type { RouteName } from '../../shared/contract/routes.ts';
import { ROUTES } from '../../shared/contract/routes.ts';
import { CutoverError } from '../../shared/core/errors.ts';
import { problemOf } from './problem.ts';
import type { CheckedRequest, Gatekeeper } from './request.ts';
import { checkRequest } from './request.ts';

/** What answers one operation. */
export type Handler<N extends RouteName> = (request: CheckedRequest<N>) => Promise<HttpResponseInit>;

/** A handler for every operation: a route without one does not compile. */
export type Handlers = { readonly [N in RouteName]: Handler<N> };

const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

const registerOne = <N extends RouteName>(name: N, handler: Handler<N>, gate: Gatekeeper): void => {
  const route = ROUTES[name];
  app.http(name, {
    methods: [route.method],
    route: route.path,
    // A function key is a doorstop, not the authorisation: the handler asks for an identity or a signature.
    authLevel: 'anonymous',
    handler: async (request: HttpRequest, context: InvocationContext): Promise<HttpResponseInit> => {
      let reply: HttpResponseInit;
      try {
        reply = await handler(await checkRequest<N>(route, request, gate));
      } catch (error) {
        if (!(error instanceof CutoverError))
          context.error('unexpected', error instanceof Error ? error.name : typeof error);
        reply = problemOf(error);
      }
      return { ...reply, headers: { ...headers, ...(reply.headers as Record<string, string> | undefined) } };
    },
  });
};

/** Registers one function per operation of the contract. */
export const registerHttp = (handlers: Handlers, gate: Gatekeeper): void => {
  for (const name of Object.keys(ROUTES) as RouteName[])
    registerOne(name, handlers[name] as Handler<RouteName>, gate);
};
