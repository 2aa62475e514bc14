import type { Connection, Container, EventContext, Receiver, Sender } from 'rhea';
import { type Broker, dropClosedConsumers } from './broker.ts';
import { type Claims, mayUse, pathOf, putToken, type SharedAccessKey } from './claims.ts';
import { manage } from './management.ts';
import { findQueue } from './namespace.ts';
import type { Queue } from './queue.ts';
import { serveReceiver } from './receiving.ts';
import { entityNotFound, notAllowed, notImplemented, unauthorized } from './refusals.ts';
import { addReplyLink, type ReplyLinks, serveRequests } from './requests.ts';
import { maxMessageBytes, onSent } from './sending.ts';
import { acceptAttach, addressOf, keepBytes, type Refusal } from './wire.ts';

/** What a client's link is attached to. */
type Node =
  | { readonly kind: 'claims' }
  | { readonly kind: 'management' | 'queue'; readonly queue: Queue }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

const managementSuffix = '/$management';

const nodeAt = (broker: Broker, address: string | null, claims: ReadonlySet<string> | undefined): Node => {
  if (address === null) {
    return {
      kind: 'refused',
      refusal: notImplemented('A link needs an address; there are no transactions.'),
    };
  }
  const path = pathOf(address);
  if (path === '$cbs') return { kind: 'claims' };
  const isManagement = path.endsWith(managementSuffix);
  const queue = findQueue(broker.namespace, isManagement ? path.slice(0, -managementSuffix.length) : path);
  if (queue === undefined) return { kind: 'refused', refusal: entityNotFound(address) };
  if (!mayUse(claims, path)) {
    return { kind: 'refused', refusal: unauthorized(`No token was put for '${address}'.`) };
  }
  return { kind: isManagement ? 'management' : 'queue', queue };
};

const hasSessionFilter = (sender: Sender): boolean =>
  Object.keys((sender.source as { readonly filter?: object } | null)?.filter ?? {}).includes(
    'com.microsoft:session-filter',
  );

/** Serves every link that clients attach to a container. */
export const serveLinks = (container: Container, broker: Broker, key: SharedAccessKey): void => {
  const claims: Claims = new WeakMap();
  const replyLinks: ReplyLinks = new WeakMap();

  const claimsOf = (connection: Connection): Set<string> => {
    const known = claims.get(connection) ?? new Set<string>();
    claims.set(connection, known);
    return known;
  };
  const exists = (path: string): boolean =>
    findQueue(broker.namespace, path.replace(/\/\$management$/, '')) !== undefined;

  const onSenderOfClient = (receiver: Receiver): void => {
    const node = nodeAt(broker, addressOf(receiver.target), claims.get(receiver.connection));
    acceptAttach(receiver, maxMessageBytes);
    if (node.kind === 'refused') {
      receiver.close(node.refusal);
    } else if (node.kind === 'claims') {
      const known = claimsOf(receiver.connection);
      serveRequests(replyLinks, receiver, (request) => putToken(request, known, key, exists));
    } else if (node.kind === 'management') {
      serveRequests(replyLinks, receiver, (request) => manage(broker, node.queue, request));
    } else if (node.queue.isDeadLetterQueue) {
      receiver.close(notAllowed('Nothing can be sent to a dead-letter queue.'));
    } else {
      receiver.on('message', ({ delivery, message }: EventContext) => {
        if (delivery !== undefined) onSent(broker, node.queue, delivery, message as unknown as Buffer);
      });
    }
  };

  const onReceiverOfClient = (sender: Sender): void => {
    const node = nodeAt(broker, addressOf(sender.source), claims.get(sender.connection));
    acceptAttach(sender, null);
    if (node.kind === 'refused') {
      sender.close(node.refusal);
    } else if (node.kind !== 'queue') {
      addReplyLink(replyLinks, sender);
    } else if (hasSessionFilter(sender)) {
      sender.close(notAllowed('A queue without sessions cannot be received from by session.'));
    } else {
      serveReceiver(
        broker,
        node.queue,
        sender,
        sender.snd_settle_mode === 1 ? 'receiveAndDelete' : 'peekLock',
      );
    }
  };

  container.on('session_open', ({ session }: EventContext) => {
    if (session !== undefined) keepBytes(session);
  });
  container.on('receiver_open', ({ receiver }: EventContext) => {
    if (receiver !== undefined) onSenderOfClient(receiver);
  });
  container.on('sender_open', ({ sender }: EventContext) => {
    if (sender !== undefined) onReceiverOfClient(sender);
  });
  for (const event of ['sender_close', 'session_close', 'connection_close', 'disconnected']) {
    container.on(event, () => {
      dropClosedConsumers(broker);
    });
  }
};
