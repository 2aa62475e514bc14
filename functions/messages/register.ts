import { app } from '@azure/functions';
import type { MessageBody } from '../../shared/contract/messages.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { deliveryOf } from './delivery.ts';

/** The setting that names the Service Bus connection, for every trigger. */
export const CONNECTION = 'ServiceBusConnection';

/** Registers the function of one queue: it acts on messages of one type, anything else is malformed. */
export const registerQueue = <T extends MessageBody['type']>(
  engine: Engine,
  queue: string,
  type: T,
  act: (body: Extract<MessageBody, { type: T }>, messageId: string) => Promise<void>,
): void => {
  const handle = engine.handle(type);
  app.serviceBusQueue(queue, {
    connection: CONNECTION,
    queueName: queue,
    handler: async (body, context) => {
      await handle(deliveryOf(queue, body, context), act);
    },
  });
};

/** Registers the functions of the messages that are not steps. */
export const registerMessages = (engine: Engine): void => {
  registerQueue(engine, 'wake', 'wake', engine.wake);
  registerQueue(engine, 'observe', 'observe', engine.observe);
};
