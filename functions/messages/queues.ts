import type { ServiceBusQueueHandler } from '@azure/functions';
import { app } from '@azure/functions';
import type { MessageBody } from '../../shared/contract/messages.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { deliveryOf } from './delivery.ts';

/** The setting that names the Service Bus connection, for every trigger. */
const CONNECTION = 'ServiceBusConnection';

/** What takes the messages of each queue, by the queue's name. */
export type QueueHandlers = Readonly<Record<string, ServiceBusQueueHandler>>;

/** Takes the messages of one queue: it acts on those of one type, anything else is malformed. */
export const queueHandler = <T extends MessageBody['type']>(
  engine: Engine,
  queue: string,
  type: T,
  act: (body: Extract<MessageBody, { type: T }>, messageId: string) => Promise<void>,
): ServiceBusQueueHandler => {
  const handle = engine.handle(type);
  return async (body, context) => {
    await handle(deliveryOf(queue, body, context), act);
  };
};

/** Takes the messages that are not steps. */
export const messageHandlers = (engine: Engine): QueueHandlers => ({
  wake: queueHandler(engine, 'wake', 'wake', engine.wake),
  observe: queueHandler(engine, 'observe', 'observe', engine.observe),
  deliver: queueHandler(engine, 'deliver', 'deliver', engine.deliver),
});

/** Registers one function per queue. */
export const registerQueues = (handlers: QueueHandlers): void => {
  for (const [queue, handler] of Object.entries(handlers)) {
    app.serviceBusQueue(queue, { connection: CONNECTION, queueName: queue, handler });
  }
};
