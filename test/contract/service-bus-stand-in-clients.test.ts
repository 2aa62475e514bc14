import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';
import { startServiceBus } from '../../local/service-bus/start.ts';
import {
  connect,
  failOnError,
  queueSettings,
  receiveOne,
  startBench,
} from '../support/service-bus-stand-in.ts';

const holder = `
  const { ServiceBusClient } = require('@azure/service-bus');
  const client = new ServiceBusClient(process.argv[1]);
  client.createReceiver('q').subscribe({
    processMessage: ({ body }) => new Promise(() => console.log(body)),
    processError: async () => undefined,
  });
`;

it('keeps what a killed client held until the locks expire, and then gives it to another', async () => {
  const { bus, client, passMs } = await startBench(queueSettings('q'));
  await client.createSender('q').sendMessages([{ body: 'one' }, { body: 'two' }]);
  const child = spawn(process.execPath, ['-e', holder, bus.connectionString], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  expect(line).toBe('one');
  child.kill('SIGKILL');
  await once(child, 'exit');
  const two = await receiveOne(client, 'q');
  expect(two.message.body).toBe('two');
  expect(bus.counts()).toMatchObject({ q: { active: 0, locked: 2 } });
  await two.receiver.completeMessage(two.message);
  passMs(60_000);
  const one = await receiveOne(client, 'q');
  expect(one.message).toMatchObject({ body: 'one', deliveryCount: 1 });
});

it('cuts off a connection that speaks no AMQP, and goes on serving the others', async () => {
  const { bus, client } = await startBench(queueSettings('q'));
  const stranger = connectSocket(bus.port, '127.0.0.1');
  const closed = once(stranger, 'close');
  stranger.end('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  stranger.resume();
  await closed;
  await client.createSender('q').sendMessages({ body: 1 });
  expect((await receiveOne(client, 'q')).message.body).toBe(1);
});

it('lets a subscription come back after the stand-in was stopped and started again on its port', async () => {
  const first = await startBench(queueSettings('q'));
  const client = connect(first.bus.connectionString);
  const before = Promise.withResolvers<undefined>();
  const after = Promise.withResolvers<undefined>();
  client.createReceiver('q').subscribe({
    processMessage: ({ body }) => {
      (body === 'before' ? before : after).resolve(undefined);
      return Promise.resolve();
    },
    processError: () => Promise.resolve(),
  });
  await first.client.createSender('q').sendMessages({ body: 'before' });
  await before.promise;
  await first.bus.stop();
  const second = await startServiceBus({
    port: first.bus.port,
    clock: { now: first.now },
    queues: [queueSettings('q')],
  });
  onTestFinished(() => second.stop());
  await connect(second.connectionString).createSender('q').sendMessages({ body: 'after' });
  await after.promise;
  await second.whenIdle();
  expect(second.counts()).toMatchObject({ q: { active: 0, locked: 0 } });
});

it('is idle when nothing is held or can be received, whatever is scheduled or given up', async () => {
  const { bus, client, now, passMs } = await startBench(queueSettings('q'), queueSettings('next'));
  expect(bus.isIdle()).toBe(true);
  client.createReceiver('q').subscribe({
    processMessage: async () => {
      await client.createSender('next').sendMessages({ body: 'caused' });
    },
    processError: failOnError,
  });
  const sender = client.createSender('q');
  await sender.scheduleMessages({ body: 'later' }, new Date(now() + 60_000));
  await bus.whenIdle();
  passMs(60_000);
  expect(bus.isIdle()).toBe(false);
  const idle = bus.whenIdle();
  const { message, receiver } = await receiveOne(client, 'next');
  expect(bus.isIdle()).toBe(false);
  await receiver.deadLetterMessage(message);
  await idle;
  expect(bus.isIdle()).toBe(true);
  expect(bus.counts()).toMatchObject({ q: { active: 0, locked: 0 }, next: { deadLettered: 1 } });
});
