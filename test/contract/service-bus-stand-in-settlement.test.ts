import { expect, it } from 'vitest';
import { queueSettings, receiveOne, startBench } from '../support/service-bus-stand-in.ts';

it('delivers an abandoned message again at once, counted and with the changed properties', async () => {
  const { bus, client } = await startBench(queueSettings('q'));
  await client.createSender('q').sendMessages({ body: 1, applicationProperties: { kept: 'k', hop: 1 } });
  const { message, receiver } = await receiveOne(client, 'q');
  await receiver.abandonMessage(message, { hop: 2, added: true });
  expect(bus.counts()).toMatchObject({ q: { active: 1, locked: 0 } });
  const [again] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 5_000 });
  expect(again).toMatchObject({
    body: 1,
    messageId: message.messageId,
    deliveryCount: 1,
    applicationProperties: { kept: 'k', hop: 2, added: true },
  });
  expect(again?.lockToken).not.toBe(message.lockToken);
});

it('abandons at once what the handler of a subscription throws on', async () => {
  const { bus, client } = await startBench(queueSettings('q', { maxDeliveryCount: 3 }));
  const counts: (number | undefined)[] = [];
  client.createReceiver('q').subscribe({
    processMessage: ({ deliveryCount }) => {
      counts.push(deliveryCount);
      return Promise.reject(new Error('not today'));
    },
    processError: () => Promise.resolve(),
  });
  await client.createSender('q').sendMessages({ body: 1 });
  const { message } = await receiveOne(client, 'q', { subQueueType: 'deadLetter' });
  expect(counts).toEqual([0, 1, 2]);
  expect(message).toMatchObject({
    deadLetterReason: 'MaxDeliveryCountExceeded',
    deadLetterErrorDescription: 'Message could not be consumed after 3 delivery attempts.',
  });
  expect(bus.counts()).toMatchObject({ q: { active: 0, locked: 0, deadLettered: 1 } });
});

it('keeps a deferred message for who asks for its number', async () => {
  const { bus, client } = await startBench(queueSettings('q'));
  await client.createSender('q').sendMessages({ body: 'later' });
  const { message, receiver } = await receiveOne(client, 'q');
  await receiver.deferMessage(message, { why: 'hold' });
  expect(bus.counts()).toMatchObject({ q: { active: 0, locked: 0, deferred: 1 } });
  const number = message.sequenceNumber!;
  const [deferred] = await receiver.receiveDeferredMessages(number);
  expect(deferred).toMatchObject({ body: 'later', applicationProperties: { why: 'hold' } });
  expect(bus.counts()).toMatchObject({ q: { locked: 1, deferred: 0 } });
  await expect(receiver.receiveDeferredMessages(number)).rejects.toMatchObject({ code: 'MessageNotFound' });
  await receiver.abandonMessage(deferred!);
  const [again] = await receiver.receiveDeferredMessages(number);
  expect(again?.deliveryCount).toBe(1);
  await receiver.completeMessage(again!);
  expect(bus.counts()).toMatchObject({ q: { locked: 0, deferred: 0 } });
});

it('moves a dead-lettered message to the dead-letter queue, with reason, description and properties', async () => {
  const { bus, client } = await startBench(queueSettings('q'));
  await client.createSender('q').sendMessages({ body: 'bad', applicationProperties: { kept: 1 } });
  const { message, receiver } = await receiveOne(client, 'q');
  await receiver.deadLetterMessage(message, {
    deadLetterReason: 'Malformed',
    deadLetterErrorDescription: 'no cutover id',
    seenBy: 'test',
  });
  expect(bus.counts()).toMatchObject({ q: { active: 0, locked: 0, deadLettered: 1 } });
  const dead = await receiveOne(client, 'q', { subQueueType: 'deadLetter' });
  expect(dead.message).toMatchObject({
    body: 'bad',
    deadLetterReason: 'Malformed',
    deadLetterErrorDescription: 'no cutover id',
    applicationProperties: { kept: 1, seenBy: 'test' },
  });
  expect(dead.message.deadLetterSource).toBeUndefined();
  await dead.receiver.completeMessage(dead.message);
  expect(bus.counts()).toMatchObject({ q: { deadLettered: 0 } });
});

it('forwards dead letters to the queue that is named, with their source', async () => {
  const { bus, client } = await startBench(
    queueSettings('q', { forwardDeadLetteredMessagesTo: 'dead-letters', maxDeliveryCount: 1 }),
    queueSettings('dead-letters'),
  );
  await client.createSender('q').sendMessages([
    { body: 1, messageId: 'one' },
    { body: 2, messageId: 'two' },
  ]);
  const receiver = client.createReceiver('q');
  const [one, two] = await receiver.receiveMessages(2, { maxWaitTimeInMs: 5_000 });
  await receiver.abandonMessage(one!);
  await receiver.deadLetterMessage(two!, {
    deadLetterReason: 'Malformed',
    deadLetterErrorDescription: 'why',
  });
  expect(bus.counts()).toEqual({
    q: { active: 0, scheduled: 0, locked: 0, deferred: 0, deadLettered: 0 },
    'dead-letters': { active: 2, scheduled: 0, locked: 0, deferred: 0, deadLettered: 0 },
  });
  const forwarded = await client
    .createReceiver('dead-letters')
    .receiveMessages(2, { maxWaitTimeInMs: 5_000 });
  expect(forwarded).toMatchObject([
    {
      messageId: 'one',
      deliveryCount: 0,
      deadLetterSource: 'q',
      applicationProperties: { DeadLetterReason: 'MaxDeliveryCountExceeded' },
    },
    {
      messageId: 'two',
      deadLetterSource: 'q',
      deadLetterReason: 'Malformed',
      applicationProperties: { DeadLetterReason: 'Malformed', DeadLetterErrorDescription: 'why' },
    },
  ]);
});

it('carries out different settlements that follow each other without waiting', async () => {
  const { bus, client } = await startBench(queueSettings('q'));
  await client.createSender('q').sendMessages([1, 2, 3, 4].map((body) => ({ body })));
  const receiver = client.createReceiver('q');
  const [one, two, three, four] = await receiver.receiveMessages(4, { maxWaitTimeInMs: 5_000 });
  // In one tick the client itself merges them (see pitfalls in rhea), so each gets a tick of its own.
  const settled: Promise<unknown>[] = [];
  for (const settle of [
    () => receiver.completeMessage(one!),
    () => receiver.deadLetterMessage(two!, { deadLetterReason: 'R', deadLetterErrorDescription: 'D' }),
    () => receiver.abandonMessage(three!),
    () => receiver.deferMessage(four!),
  ]) {
    settled.push(settle());
    await new Promise(setImmediate);
  }
  await Promise.all(settled);
  expect(bus.counts()).toMatchObject({ q: { active: 1, locked: 0, deferred: 1, deadLettered: 1 } });
});

it('answers each settlement of one tick by itself: a held message completed, a lost one refused', async () => {
  const { bus, client, passMs } = await startBench(queueSettings('q', { lockDurationMs: 30_000 }));
  await client.createSender('q').sendMessages([1, 2, 3].map((body) => ({ body })));
  const receiver = client.createReceiver('q', { maxAutoLockRenewalDurationInMs: 0 });
  const messages = await receiver.receiveMessages(3, { maxWaitTimeInMs: 5_000 });
  passMs(20_000);
  await receiver.renewMessageLock(messages[0]!);
  await receiver.renewMessageLock(messages[2]!);
  passMs(10_000);
  const results = await Promise.allSettled(messages.map((message) => receiver.completeMessage(message)));
  expect(results).toMatchObject([
    { status: 'fulfilled' },
    { status: 'rejected', reason: { code: 'MessageLockLost' } },
    { status: 'fulfilled' },
  ]);
  expect(bus.counts()).toMatchObject({ q: { active: 1, locked: 0 } });
});

it('settles a message whose receiver is closed, since its lock outlives the link', async () => {
  const { bus, client } = await startBench(queueSettings('q'));
  await client.createSender('q').sendMessages([1, 2, 3, 4].map((body) => ({ body })));
  const receiver = client.createReceiver('q');
  const [one, two, three, four] = await receiver.receiveMessages(4, { maxWaitTimeInMs: 5_000 });
  await receiver.close();
  expect(bus.counts()).toMatchObject({ q: { active: 0, locked: 4 } });
  const other = client.createReceiver('q');
  await other.completeMessage(one!);
  await other.abandonMessage(two!, { hop: 2 });
  await other.deferMessage(three!);
  await other.deadLetterMessage(four!, { deadLetterReason: 'R', deadLetterErrorDescription: 'D' });
  expect(bus.counts()).toMatchObject({ q: { active: 1, locked: 0, deferred: 1, deadLettered: 1 } });
  await expect(other.completeMessage(one!)).rejects.toMatchObject({ code: 'MessageLockLost' });
  expect((await receiveOne(client, 'q')).message.applicationProperties).toEqual({ hop: 2 });
  const dead = await receiveOne(client, 'q', { subQueueType: 'deadLetter' });
  expect(dead.message).toMatchObject({ deadLetterReason: 'R', deadLetterErrorDescription: 'D' });
});
