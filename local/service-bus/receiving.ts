import type { Delivery, EventContext, Sender } from 'rhea';
import { addConsumer, type Broker, followUp } from './broker.ts';
import { tagOfToken, tokenOfTag } from './lock-token.ts';
import { writeDeliveredMessage } from './message-sections.ts';
import type { ChangedProperties, Queue } from './queue.ts';
import { lockLost, notAllowed } from './refusals.ts';
import { type ReceiveMode, settle, type Settlement } from './settlement.ts';
import { answerDrain, answerSettlement, type Refusal, roomOn } from './wire.ts';

/** The refusal that goes with what became of a settlement; null when it was carried out. */
export const refusalOf = (result: ReturnType<typeof settle>): Refusal | null => {
  switch (result) {
    case 'settled':
      return null;
    case 'lockLost':
      return lockLost;
    case 'notAllowed':
      return notAllowed('A message in a dead-letter queue cannot be dead-lettered again.');
  }
};

const recordOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** The application properties a receiver sets; null takes none away, as in Azure. */
export const propertiesOf = (value: unknown): ChangedProperties =>
  Object.fromEntries(Object.entries(recordOf(value)).filter(([, property]) => property !== null));

const rejection = (state: Readonly<Record<string, unknown>>): Settlement => {
  const error = recordOf(state.error);
  const { DeadLetterReason, DeadLetterErrorDescription, ...properties } = recordOf(error.info);
  return {
    kind: 'deadLetter',
    reason: textOf(DeadLetterReason),
    description: textOf(DeadLetterErrorDescription) ?? textOf(error.description),
    properties: propertiesOf(properties),
  };
};

const modification = (state: Readonly<Record<string, unknown>>): Settlement => ({
  kind: state.undeliverable_here === true ? 'defer' : 'abandon',
  properties: propertiesOf(state.message_annotations),
});

/** Opens a queue to a client's receiver: hands messages out within its credit and carries out its settlements. */
export const serveReceiver = (broker: Broker, queue: Queue, sender: Sender, mode: ReceiveMode): void => {
  const onOutcome = (delivery: Delivery | undefined, settlement: Settlement): void => {
    if (delivery === undefined || mode === 'receiveAndDelete') return;
    const token = tokenOfTag(delivery.tag as Buffer);
    answerSettlement(delivery, refusalOf(settle(queue, token, settlement, broker.clock.now())));
    followUp(broker, queue);
  };
  const stateOf = (context: EventContext) => recordOf(context.delivery?.remote_state);
  sender.on('accepted', ({ delivery }: EventContext) => {
    onOutcome(delivery, { kind: 'complete' });
  });
  sender.on('released', ({ delivery }: EventContext) => {
    onOutcome(delivery, { kind: 'abandon', properties: {} });
  });
  sender.on('modified', (context: EventContext) => {
    onOutcome(context.delivery, modification(stateOf(context)));
  });
  sender.on('rejected', (context: EventContext) => {
    onOutcome(context.delivery, rejection(stateOf(context)));
  });
  sender.on('sender_flow', () => {
    followUp(broker, queue);
  });
  sender.on('sender_draining', () => {
    answerDrain(sender);
  });
  // rhea writes transfers before attaches: nothing may be handed out before the attach has gone out.
  process.nextTick(() => {
    if (!sender.is_open()) return;
    addConsumer(broker, queue, {
      mode,
      isOpen: () => sender.is_open(),
      room: () => roomOn(sender),
      hand: (message) => {
        const tag = message.lock === null ? Buffer.alloc(16) : tagOfToken(message.lock.token);
        sender.send(writeDeliveredMessage(message), tag, 0);
      },
    });
    followUp(broker, queue);
  });
};
