import rhea, {
  type Connection,
  type Delivery,
  type Receiver,
  type Sender,
  type Session,
  type Typed,
} from 'rhea';

/**
 * What rhea does not offer or does wrongly, written against its insides, which the lockfile pins:
 * (W1) It merges different outcomes settled in one tick into one disposition; here each delivery gets its own.
 * (W2) It does not answer a drain when the credit is already 0, and then the client waits for ever.
 * (W3) It decodes plain messages and drops their bytes; here the bytes are kept.
 * (W4) It blocks a whole session when a link sends more than its credit; here the room is known beforehand.
 */

const { types } = rhea;

type SessionInsides = {
  readonly output: (performative: Typed) => void;
  on_transfer: (frame: { readonly performative: { message_format: number | null } }) => void;
  readonly incoming: { readonly next_transfer_id: number; readonly window: number; max_transfer_id: number };
  readonly outgoing: {
    readonly next_transfer_id: number;
    readonly window: number;
    readonly next_pending_delivery: number;
    readonly next_delivery_id: number;
    readonly transfer_window: () => number;
    readonly deliveries: {
      readonly available: () => number;
      readonly by_id: (
        id: number,
      ) => { readonly link: unknown; readonly data: readonly Buffer[] } | undefined;
    };
  };
};
type LinkInsides = {
  delivery_count: number;
  credit: number;
  readonly session: Session;
  readonly connection: { readonly _register: () => void };
  readonly local: {
    readonly handle: number;
    readonly attach: { snd_settle_mode: number; rcv_settle_mode: number; max_message_size: number };
  };
};
type DeliveryInsides = { readonly id: number; settled: boolean; remote_settled: boolean };
type ConnectionInsides = { readonly socket: unknown; readonly abort_socket: (socket: unknown) => void };

const sessionOf = (session: Session): SessionInsides => session as unknown as SessionInsides;
const linkOf = (link: Sender | Receiver): LinkInsides => link as unknown as LinkInsides;
const deliveryOf = (delivery: Delivery): DeliveryInsides => delivery;

const described = (code: number, fields: readonly unknown[]): Typed =>
  types.described(types.wrap_ulong(code), types.wrap_list(fields)) as Typed;

/** Why something is refused, in AMQP's terms. */
export type Refusal = { readonly condition: string; readonly description: string };

const outcomeOf = (refusal: Refusal | null): Typed =>
  refusal === null
    ? described(0x24, [])
    : described(0x25, [described(0x1d, [types.wrap_symbol(refusal.condition), refusal.description])]);

const writeDisposition = (delivery: Delivery, isReceiver: boolean, refusal: Refusal | null): void => {
  const { id } = deliveryOf(delivery);
  const range = [types.wrap_uint(id), types.wrap_uint(id)];
  const disposition = described(0x15, [isReceiver, ...range, true, outcomeOf(refusal)]);
  sessionOf(delivery.link.session).output(disposition);
};

/** Answers a message that a client has sent: accepted, or rejected with a reason (W1). */
export const answerSent = (delivery: Delivery, refusal: Refusal | null): void => {
  if (!deliveryOf(delivery).remote_settled) writeDisposition(delivery, true, refusal);
  deliveryOf(delivery).settled = true;
  linkOf(delivery.link).connection._register();
};

/** Answers a client's settlement of a message it holds; only then may rhea forget the delivery (W1). */
export const answerSettlement = (delivery: Delivery, refusal: Refusal | null): void => {
  const insides = deliveryOf(delivery);
  if (!insides.remote_settled) writeDisposition(delivery, false, refusal);
  insides.settled = true;
  insides.remote_settled = true;
};

/** How many messages may be sent on the link right now without waiting for the client (W4). */
export const roomOn = (sender: Sender): number => {
  if (!sender.is_open()) return 0;
  const { outgoing } = sessionOf(sender.session);
  let room = linkOf(sender).credit;
  let windowRoom = Math.min(outgoing.transfer_window() || 0, outgoing.deliveries.available());
  for (let id = outgoing.next_pending_delivery; id < outgoing.next_delivery_id; id += 1) {
    const pending = outgoing.deliveries.by_id(id);
    if (pending?.link === sender) room -= 1;
    windowRoom -= pending?.data.length ?? 0;
  }
  return Math.max(0, Math.min(room, windowRoom));
};

/** Gives the client's unused credit back, after what has been sent this tick has gone out (W2). */
export const answerDrain = (sender: Sender): void => {
  process.nextTick(() => {
    if (!sender.is_open()) return;
    const { incoming, outgoing, output } = sessionOf(sender.session);
    const link = linkOf(sender);
    link.delivery_count += link.credit;
    link.credit = 0;
    incoming.max_transfer_id = incoming.next_transfer_id + incoming.window;
    const flow = [
      incoming.next_transfer_id >>> 0,
      incoming.window,
      outgoing.next_transfer_id >>> 0,
      outgoing.window,
      link.local.handle,
      link.delivery_count,
      link.credit,
    ].map((field) => types.wrap_uint(field));
    output.call(sender.session, described(0x13, [...flow, null, true]));
  });
};

/** The format that Service Bus clients give to several messages in one. */
export const batchFormat = 0x80013700;

/** What plain messages are passed off as, so that rhea hands over their bytes (W3). */
export const plainFormat = 1;

/** Makes a session hand over every message as bytes (W3). */
export const keepBytes = (session: Session): void => {
  const insides = sessionOf(session);
  const onTransfer = insides.on_transfer.bind(session);
  insides.on_transfer = (frame) => {
    if (frame.performative.message_format === 0) frame.performative.message_format = plainFormat;
    onTransfer(frame);
  };
};

/** Answers an attach with the addresses and settle modes the client asked for. */
export const acceptAttach = (link: Sender | Receiver, maxMessageBytes: number | null): void => {
  link.set_source({ address: addressOf(link.source) ?? '' });
  link.set_target({ address: addressOf(link.target) ?? '' });
  const { attach } = linkOf(link).local;
  attach.snd_settle_mode = link.snd_settle_mode;
  attach.rcv_settle_mode = link.rcv_settle_mode;
  if (maxMessageBytes !== null) attach.max_message_size = maxMessageBytes;
};

/** Sends everything on this link as settled already, as answers to requests are. */
export const sendSettled = (sender: Sender): void => {
  linkOf(sender).local.attach.snd_settle_mode = 1;
};

/** The address of a link's source or target; null when it has none. */
export const addressOf = (terminus: unknown): string | null => {
  const address = (terminus as { readonly address?: unknown } | null | undefined)?.address;
  return typeof address === 'string' && address !== '' ? address : null;
};

/** Cuts a connection off without a word, as a service that dies would. */
export const cutConnection = (connection: Connection): void => {
  const insides = connection as unknown as ConnectionInsides;
  insides.abort_socket.call(connection, insides.socket);
};
