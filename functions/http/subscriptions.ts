import type { ManagedView, SubscriptionView } from '../../shared/contract/subscription.ts';
import { CutoverError } from '../../shared/core/errors.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import type { Subscription } from '../../shared/engine/subscription.ts';
import type { Managed, Subscriptions } from '../../shared/engine/subscriptions.ts';
import { iso, isoOrNull } from '../../shared/view/instant.ts';
import { headOf } from './cutovers.ts';
import type { Handlers } from './register.ts';

type Names =
  | 'create-subscription'
  | 'list-subscriptions'
  | 'get-subscription'
  | 'list-deliveries'
  | 'change-subscription'
  | 'pause-subscription'
  | 'resume-subscription'
  | 'replay-subscription'
  | 'rotate-subscription-secret'
  | 'delete-subscription';

/** Without its query: addresses of Teams and of many automations carry their secret there. */
const shownUrl = (url: string): string => {
  const { origin, pathname, search } = new URL(url);
  return `${origin}${pathname}${search === '' ? '' : '?…'}`;
};

const shown = (subscription: Subscription, events: number): SubscriptionView => {
  const { id, url, description, status, reason, cursor, failures, nextAt, changes } = subscription;
  return {
    ...{ id, url: shownUrl(url), description, status, reason, cursor, events, failures },
    nextAt: nextAt === 0 ? null : iso(nextAt),
    lastDeliveredAt: isoOrNull(subscription.lastDeliveredAt),
    secretNumber: subscription.generation,
    previousSecretUntil: isoOrNull(subscription.previousUntil),
    changes: changes.map(({ at, by, what }) => ({ at: iso(at), by: by.name, what })),
  };
};

const messageOf = ({ status, reason }: Subscription): string =>
  reason === null ? `It is ${status}.` : `It is ${status}: ${reason}.`;

const managedOf = ({ subscription, isChanged, secret }: Managed, events: number): ManagedView => ({
  code: isChanged ? 'applied' : 'unchanged',
  message: messageOf(subscription),
  subscription: shown(subscription, events),
  secret,
});

/** Managing who is sent the events of a cutover. */
export const subscriptionHandlers = (engine: Engine): Pick<Handlers, Names> => {
  /** The subscriptions of a cutover that is there, and how many events it has. Throws C103 and C206. */
  const of = async (cutoverId: string): Promise<{ own: Subscriptions; events: number }> => {
    if (engine.subscriptions === null) throw new CutoverError('C103', cutoverId);
    const { state } = await headOf(engine, cutoverId);
    return { own: engine.subscriptions, events: state.events };
  };
  const reply = async (cutoverId: string, act: (own: Subscriptions) => Promise<Managed>) => {
    const { own, events } = await of(cutoverId);
    return { jsonBody: managedOf(await act(own), events) };
  };

  return {
    'create-subscription': async ({ params: { cutoverId }, body, by, key }) => {
      const { own, events } = await of(cutoverId);
      const managed = await own.create({ cutoverId, by, key }, body);
      const location = `/api/cutovers/${cutoverId}/subscriptions/${managed.subscription.id}`;
      return {
        ...(managed.isChanged ? { status: 201, headers: { location } } : {}),
        jsonBody: managedOf(managed, events),
      };
    },
    'list-subscriptions': async ({ params: { cutoverId } }) => {
      const { own, events } = await of(cutoverId);
      const subscriptions = (await own.list(cutoverId)).map((one) => shown(one, events));
      return { jsonBody: { subscriptions } };
    },
    'get-subscription': async ({ params: { cutoverId, subscriptionId } }) => {
      const { own, events } = await of(cutoverId);
      return { jsonBody: shown(await own.get(cutoverId, subscriptionId), events) };
    },
    'list-deliveries': async ({ params: { cutoverId, subscriptionId }, query }) => {
      const { own } = await of(cutoverId);
      const { deliveries, next } = await own.ledger(
        cutoverId,
        subscriptionId,
        query.limit,
        query.next ?? null,
      );
      const lines = deliveries.map((line) => ({
        ...line,
        at: iso(line.at),
        retryAt: isoOrNull(line.retryAt),
      }));
      return { jsonBody: { deliveries: lines, next } };
    },
    'change-subscription': ({ params: { cutoverId, subscriptionId: id }, body: { url }, by }) =>
      reply(cutoverId, (own) => own.readdress({ cutoverId, id, by }, url)),
    'pause-subscription': ({ params: { cutoverId, subscriptionId: id }, by }) =>
      reply(cutoverId, (own) => own.pause({ cutoverId, id, by })),
    'resume-subscription': ({ params: { cutoverId, subscriptionId: id }, by }) =>
      reply(cutoverId, (own) => own.resume({ cutoverId, id, by })),
    'replay-subscription': ({ params: { cutoverId, subscriptionId: id }, body: { after }, by }) =>
      reply(cutoverId, (own) => own.replay({ cutoverId, id, by }, after)),
    'rotate-subscription-secret': ({ params: { cutoverId, subscriptionId: id }, by, key }) =>
      reply(cutoverId, (own) => own.rotate({ cutoverId, id, by }, key)),
    'delete-subscription': ({ params: { cutoverId, subscriptionId: id }, by }) =>
      reply(cutoverId, (own) => own.remove({ cutoverId, id, by })),
  };
};
