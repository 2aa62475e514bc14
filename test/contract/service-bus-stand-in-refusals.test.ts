import { createHmac } from 'node:crypto';
import rhea, { type Connection, type EventContext, type Receiver, type Sender } from 'rhea';
import { expect, it, onTestFinished } from 'vitest';
import { connect, queueSettings, receiveOne, startBench } from '../support/service-bus-stand-in.ts';

it('does not know a queue that was not declared, whatever is asked of it', async () => {
  const { client, now } = await startBench(queueSettings('q'));
  const missing = { code: 'MessagingEntityNotFound' };
  const sender = client.createSender('nope');
  await expect(sender.sendMessages({ body: 1 })).rejects.toMatchObject(missing);
  await expect(sender.scheduleMessages({ body: 1 }, new Date(now()))).rejects.toMatchObject(missing);
  const receiver = client.createReceiver('nope');
  await expect(receiver.receiveMessages(1, { maxWaitTimeInMs: 1_000 })).rejects.toMatchObject(missing);
  await expect(receiver.peekMessages(1)).rejects.toMatchObject(missing);
});

it('refuses more than 256 KB, sent or scheduled, and takes what just fits', async () => {
  const { bus, client, now } = await startBench(queueSettings('q'));
  const sender = client.createSender('q');
  const tooLarge = { code: 'MessageSizeExceeded' };
  const body = Buffer.alloc(256 * 1024);
  await expect(sender.sendMessages({ body })).rejects.toMatchObject(tooLarge);
  await expect(sender.scheduleMessages({ body }, new Date(now() + 1_000))).rejects.toMatchObject(tooLarge);
  const batch = await sender.createMessageBatch();
  expect(batch.maxSizeInBytes).toBe(256 * 1024);
  expect(batch.tryAddMessage({ body })).toBe(false);
  await sender.sendMessages({ body: Buffer.alloc(255 * 1024, 7) });
  expect(bus.counts()).toMatchObject({ q: { active: 1, scheduled: 0 } });
  const { message } = await receiveOne(client, 'q');
  expect(Buffer.alloc(255 * 1024, 7).equals(message.body as Buffer)).toBe(true);
});

it('refuses only the message that is too large when others are sent at the same time', async () => {
  const { bus, client } = await startBench(queueSettings('q'));
  const sender = client.createSender('q');
  await sender.sendMessages({ body: 'first' });
  const bodies = ['a', 'x'.repeat(300_000), 'b'];
  const results = await Promise.allSettled(bodies.map((body) => sender.sendMessages({ body })));
  expect(results).toMatchObject([
    { status: 'fulfilled' },
    { status: 'rejected', reason: { code: 'MessageSizeExceeded' } },
    { status: 'fulfilled' },
  ]);
  expect(bus.counts()).toMatchObject({ q: { active: 3 } });
});

it('refuses a client with the wrong key', async () => {
  const { bus } = await startBench(queueSettings('q'));
  const client = connect(bus.connectionString.replace(/SharedAccessKey=[^;]*/, 'SharedAccessKey=wrong'));
  const sent = client.createSender('q').sendMessages({ body: 1 });
  await expect(sent).rejects.toMatchObject({ code: 'UnauthorizedAccess' });
});

it('lets nobody put a message into a dead-letter queue, directly or a second time', async () => {
  const { bus, client } = await startBench(queueSettings('q'));
  await client.createSender('q').sendMessages({ body: 1 });
  const { message, receiver } = await receiveOne(client, 'q');
  await receiver.deadLetterMessage(message);
  const dead = await receiveOne(client, 'q', { subQueueType: 'deadLetter' });
  const again = dead.receiver.deadLetterMessage(dead.message);
  await expect(again).rejects.toThrow(/cannot be dead-lettered again/);
  expect(bus.counts()).toMatchObject({ q: { active: 0, deadLettered: 1 } });
});

/** A client below the SDK, for what the SDK never does. */
const openConnection = async (port: number): Promise<Connection> => {
  const container = rhea.create_container();
  const connection = container.connect({ port, host: '127.0.0.1', username: 'any', reconnect: false });
  container.on('disconnected', () => undefined);
  onTestFinished(() => {
    connection.close();
  });
  await new Promise((resolve) => connection.once('connection_open', resolve));
  return connection;
};

const closingOf = (link: Sender | Receiver, event: string) =>
  new Promise<unknown>((resolve) => {
    link.once(event, () => {
      resolve(link.error);
    });
  });

const putToken = async (connection: Connection, port: number, connectionString: string, path: string) => {
  const [, name = '', value = ''] =
    /SharedAccessKeyName=([^;]*);SharedAccessKey=([^;]*)/.exec(connectionString) ?? [];
  const audience = `sb://127.0.0.1:${port}/${path}`;
  const scope = encodeURIComponent(audience);
  const expiry = '4102444800';
  const signature = createHmac('sha256', value).update(`${scope}\n${expiry}`).digest('base64');
  const replies = connection.open_receiver({ name: `cbs-${path}`, source: '$cbs' });
  const requests = connection.open_sender({ target: { address: '$cbs' } });
  const replied = new Promise<EventContext>((resolve) => replies.once('message', resolve));
  await new Promise((resolve) => requests.once('sendable', resolve));
  requests.send({
    message_id: path,
    reply_to: `cbs-${path}`,
    application_properties: {
      operation: 'put-token',
      name: audience,
      type: 'servicebus.windows.net:sastoken',
    },
    body: `SharedAccessSignature sr=${scope}&sig=${encodeURIComponent(signature)}&se=${expiry}&skn=${name}`,
  });
  expect((await replied).message?.application_properties).toMatchObject({ 'status-code': 202 });
};

it('refuses a link without a token for its entity, one without an address and one for a session', async () => {
  const { bus } = await startBench(queueSettings('q'), queueSettings('other'));
  const connection = await openConnection(bus.port);
  await putToken(connection, bus.port, bus.connectionString, 'other');
  const sender = connection.open_sender({ target: { address: 'q' } });
  const receiver = connection.open_receiver({ source: { address: 'q' }, credit_window: 0 });
  const nowhere = connection.open_sender({ target: {} });
  const ofSession = connection.open_receiver({
    source: { address: 'other', filter: { 'com.microsoft:session-filter': 'one' } },
    credit_window: 0,
  });
  expect(
    await Promise.all([
      closingOf(sender, 'sender_error'),
      closingOf(receiver, 'receiver_error'),
      closingOf(nowhere, 'sender_error'),
      closingOf(ofSession, 'receiver_error'),
    ]),
  ).toMatchObject([
    { condition: 'amqp:unauthorized-access' },
    { condition: 'amqp:unauthorized-access' },
    { condition: 'amqp:not-implemented' },
    { condition: 'amqp:not-allowed' },
  ]);
});

it('refuses messages to a dead-letter queue, formats it does not know, bytes that are no message', async () => {
  const { bus } = await startBench(queueSettings('q'));
  const connection = await openConnection(bus.port);
  await putToken(connection, bus.port, bus.connectionString, 'q');
  const toDead = connection.open_sender({ target: { address: 'q/$DeadLetterQueue' } });
  expect(await closingOf(toDead, 'sender_error')).toMatchObject({ condition: 'amqp:not-allowed' });
  const sender = connection.open_sender({ target: { address: 'q' } });
  await new Promise((resolve) => sender.once('sendable', resolve));
  const outcomeOf = (bytes: Buffer, format: number) =>
    new Promise<unknown>((resolve) => {
      sender.once('rejected', ({ delivery }: EventContext) => {
        resolve(delivery?.remote_state?.error);
      });
      sender.send(bytes, undefined, format);
    });
  const garbage = Buffer.from('this is no AMQP message');
  const message = rhea.message.encode({ body: 'fine' });
  expect(await outcomeOf(garbage, 0)).toMatchObject({ condition: 'amqp:decode-error' });
  expect(await outcomeOf(garbage, 0x80013700)).toMatchObject({ condition: 'amqp:decode-error' });
  expect(await outcomeOf(message, 77)).toMatchObject({ condition: 'amqp:not-implemented' });
  expect(bus.counts()).toMatchObject({ q: { active: 0 } });
});

it('answers a drain even when the last credit was used up on the way', async () => {
  const { bus, client } = await startBench(queueSettings('q'));
  await client.createSender('q').sendMessages({ body: 1 });
  const connection = await openConnection(bus.port);
  await putToken(connection, bus.port, bus.connectionString, 'q');
  const receiver = connection.open_receiver({
    source: { address: 'q' },
    credit_window: 0,
    autoaccept: false,
  });
  receiver.add_credit(1);
  await new Promise((resolve) => receiver.once('message', resolve));
  const drained = new Promise((resolve) => receiver.once('receiver_drained', resolve));
  receiver.drain_credit();
  await drained;
  expect(bus.counts()).toMatchObject({ q: { locked: 1 } });
});

it('answers a request it does not know, or cannot read, with a refusal', async () => {
  const { bus } = await startBench(queueSettings('q'));
  const connection = await openConnection(bus.port);
  await putToken(connection, bus.port, bus.connectionString, 'q');
  const replies = connection.open_receiver({ name: 'me', source: { address: 'q/$management' } });
  const requests = connection.open_sender({ target: { address: 'q/$management' } });
  await new Promise((resolve) => requests.once('sendable', resolve));
  const ask = async (operation: string, body: unknown) => {
    const replied = new Promise<EventContext>((resolve) => replies.once('message', resolve));
    requests.send({ message_id: '1', reply_to: 'me', application_properties: { operation }, body });
    return (await replied).message?.application_properties as unknown;
  };
  expect(await ask('com.microsoft:get-message-sessions', {})).toMatchObject({
    statusCode: 501,
    errorCondition: 'amqp:not-implemented',
  });
  expect(await ask('com.microsoft:renew-lock', { tokens: 1 })).toMatchObject({
    statusCode: 400,
    errorCondition: 'amqp:decode-error',
  });
});
