import type { HttpHandler, HttpResponseInit, InvocationContext } from '@azure/functions';
import type { Bindings } from '../../../shared/contract/bindings.ts';
import type { RouteName } from '../../../shared/contract/routes.ts';
import type { Plan } from '../../../shared/core/plan.ts';
import type { Engine } from '../../../shared/engine/engine.ts';
import type { Kind } from '../../../shared/kinds/kind.ts';
import { queueHandlers, routeHandlers } from '../../../functions/handlers.ts';
import { developmentIdentity } from '../../../functions/http/identity.ts';
import type { PlanDesk } from '../../../functions/http/plan-desk.ts';
import { bookOfRefusals } from '../../../functions/http/refused.ts';
import { httpHandlers } from '../../../functions/http/register.ts';
import type { WebRequest } from './requests.ts';
import { httpRequestOf } from './requests.ts';
import type { Entry } from './simulated-bus.ts';

/** One process of the app: the functions the product registers, on simulated ports. */
export type App = {
  readonly request: (request: WebRequest) => Promise<HttpResponseInit>;
  readonly message: (entry: Entry) => Promise<void>;
  readonly timer: (name: 'sweep' | 'pollReplication') => Promise<void>;
};

/** Plans of simulated kinds are no documents: they come as the engine knows them. */
const desk: PlanDesk = {
  document: (name) => name,
  problems: () => [],
  read: (plan, bindings) => ({ plan: plan as Plan, bindings: bindings as Bindings }),
  change: (present, plan, bindings) => ({
    plan: (plan ?? present.plan) as Plan,
    bindings: (bindings ?? present.bindings) as Bindings,
  }),
};

/** Every server of the simulated world is read by the app itself. */
const noErrands = {
  take: () => Promise.resolve([]),
  answer: () => Promise.reject(new Error('nobody left an errand')),
};

/** The functions of one process, called as the Functions host calls them. */
export const makeApp = (parts: {
  readonly engine: Engine;
  readonly kinds: readonly Kind[];
  readonly onBug: (where: string, error: unknown) => void;
}): App => {
  const { engine, kinds, onBug } = parts;
  const routes: Readonly<Record<RouteName, HttpHandler>> = httpHandlers(
    routeHandlers(engine, desk, noErrands),
    {
      identify: developmentIdentity,
      verify: (_, headers) => headers.get('webhook-id') ?? '',
      verifyCollector: (_, headers) => headers.get('webhook-id') ?? '',
      freshKey: () => {
        throw new Error('every simulated request has a key');
      },
      refused: bookOfRefusals(engine),
    },
  );
  const queues = queueHandlers(engine, kinds);
  const contextOf = (where: string, triggerMetadata: InvocationContext['triggerMetadata']) =>
    ({
      invocationId: where,
      triggerMetadata,
      error: (...said: unknown[]) => {
        onBug(where, said.join(' '));
      },
    }) as unknown as InvocationContext;
  return {
    request: async (request) => {
      const context = contextOf(`${request.route} ${request.key}`, {});
      return await routes[request.route](httpRequestOf(request), context);
    },
    message: async ({ queue, messageId, hop, deliveries, body, dead }) => {
      const handler = queues[queue];
      if (handler === undefined) throw new Error(`nobody listens on ${queue}`);
      const told = dead === null ? {} : { deadLetterReason: dead.reason };
      const context = contextOf(`${queue} ${messageId}`, {
        messageId,
        deliveryCount: deliveries,
        applicationProperties: { hop, ...told },
        ...(dead === null ? {} : { deadLetterSource: dead.source }),
      });
      await handler(body, context);
    },
    timer: (name) => engine[name](),
  };
};
