import rhea, { type Connection, type EventContext, type Receiver, type Sender } from 'rhea';
import { malformed, entityNotFound } from './refusals.ts';
import { addressOf, answerSent, sendSettled } from './wire.ts';

/** Request and reply over a pair of links, as `$cbs` and `$management` speak it. */

/** A request, decoded. */
export type Request = {
  readonly operation: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly body: unknown;
};

/** A reply; the names of its properties differ between `$cbs` and `$management`. */
export type Reply = { readonly properties: Readonly<Record<string, unknown>>; readonly body: unknown };

/** The links on which a connection's clients wait for replies, by the name they give in `reply_to`. */
export type ReplyLinks = WeakMap<Connection, Map<string, Sender>>;

/** Makes a link of a client a place to reply to, until it closes. */
export const addReplyLink = (replyLinks: ReplyLinks, sender: Sender): void => {
  sendSettled(sender);
  const links = replyLinks.get(sender.connection) ?? new Map<string, Sender>();
  replyLinks.set(sender.connection, links);
  const names = [sender.name, addressOf(sender.target)].filter((name) => name !== null);
  for (const name of names) links.set(name, sender);
  sender.on('sender_close', () => {
    for (const name of names) if (links.get(name) === sender) links.delete(name);
  });
};

/** Answers every request that comes in on a link. */
export const serveRequests = (
  replyLinks: ReplyLinks,
  receiver: Receiver,
  answer: (request: Request) => Reply,
): void => {
  receiver.on('message', ({ delivery, message }: EventContext) => {
    if (delivery === undefined) return;
    const request = decode(message as unknown as Buffer);
    if (request === null) {
      answerSent(delivery, malformed('The request is no AMQP message.'));
      return;
    }
    const replyTo = typeof request.reply_to === 'string' ? request.reply_to : '';
    const sender = replyLinks.get(receiver.connection)?.get(replyTo);
    if (sender === undefined) {
      answerSent(delivery, entityNotFound(replyTo));
      return;
    }
    answerSent(delivery, null);
    const properties = (request.application_properties ?? {}) as Readonly<Record<string, unknown>>;
    const operation = String(properties.operation);
    const reply = answer({ operation, properties, body: request.body as unknown });
    const encoded = rhea.message.encode({
      correlation_id: request.message_id as unknown,
      application_properties: reply.properties,
      body: reply.body,
    });
    // rhea writes transfers before attaches, and the reply link may have been opened in this very tick.
    process.nextTick(() => {
      if (sender.is_open()) sender.send(encoded, undefined, 0);
    });
  });
};

const decode = (bytes: Buffer) => {
  try {
    return rhea.message.decode(bytes);
  } catch {
    return null;
  }
};
