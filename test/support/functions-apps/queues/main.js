import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { app } from '@azure/functions';

const queue = (name, queueName, handler, more = {}) => {
  app.serviceBusQueue(name, { connection: 'BUS', queueName, handler, ...more });
};

queue('receive', '%RECEIVE_QUEUE%', (message, context) => {
  const { triggerMetadata } = context;
  context.log(JSON.stringify({ message, isBuffer: Buffer.isBuffer(message), triggerMetadata }));
});

queue('alternate', 'alternate', (message, context) => {
  const { deliveryCount } = context.triggerMetadata;
  if (message.fails && deliveryCount === 1) throw new Error('first delivery refused');
  context.log(`${message.number}:${deliveryCount}`);
});

queue('refuse', 'refuse', () => {
  throw new Error('never');
});

let running = 0;
queue('wait', 'wait', async (message, context) => {
  running++;
  context.log(`running ${running}`);
  await once(process, 'release');
  running--;
});
