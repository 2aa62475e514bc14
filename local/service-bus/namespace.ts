import { admit, enqueue, makeQueue, type Queue, type QueueMessage, type QueueSettings } from './queue.ts';

/** How many messages of a queue are in which state; `deadLettered` counts its own `$DeadLetterQueue`. */
export type QueueCounts = {
  readonly active: number;
  readonly scheduled: number;
  readonly locked: number;
  readonly deferred: number;
  readonly deadLettered: number;
};

/** All queues of one Service Bus namespace with their dead-letter queues, by lower-case path. */
export type Namespace = {
  readonly queues: ReadonlyMap<string, Queue>;
};

const subQueue = '$DeadLetterQueue';

/** The longest lock Service Bus grants. */
const maxLockDurationMs = 300_000;
/** The shortest lock Service Bus grants. */
const minLockDurationMs = 5_000;
/** The shortest duplicate detection window Service Bus takes. */
const minDuplicateWindowMs = 20_000;

const problemsOf = (settings: QueueSettings, all: readonly QueueSettings[]): readonly string[] => {
  const { name, lockDurationMs, maxDeliveryCount, duplicateDetectionWindowMs } = settings;
  const target = settings.forwardDeadLetteredMessagesTo;
  const isNameOf = (other: string) => (one: QueueSettings) => one.name.toLowerCase() === other.toLowerCase();
  const rules: readonly (readonly [isBroken: boolean, problem: string])[] = [
    [!/^[A-Za-z0-9][\w./-]{0,259}$/.test(name), 'is no queue name'],
    [all.filter(isNameOf(name)).length > 1, 'is declared twice'],
    [
      !(lockDurationMs >= minLockDurationMs && lockDurationMs <= maxLockDurationMs),
      `has a lock duration outside ${minLockDurationMs} to ${maxLockDurationMs} ms: ${lockDurationMs}`,
    ],
    [
      !(Number.isInteger(maxDeliveryCount) && maxDeliveryCount >= 1 && maxDeliveryCount <= 2_000),
      `has a max delivery count outside 1 to 2000: ${maxDeliveryCount}`,
    ],
    [
      duplicateDetectionWindowMs !== null && duplicateDetectionWindowMs < minDuplicateWindowMs,
      `has a duplicate detection window below ${minDuplicateWindowMs} ms`,
    ],
    [
      target !== null && (isNameOf(target)(settings) || !all.some(isNameOf(target))),
      `forwards its dead letters to "${String(target)}", which is no other queue`,
    ],
  ];
  return rules.filter(([isBroken]) => isBroken).map(([, problem]) => `queue "${name}" ${problem}`);
};

const arrivalOf = (message: QueueMessage, source: string) => ({
  messageId: message.messageId,
  content: message.content,
  ttlMs: message.ttlMs,
  scheduledEnqueueAtMs: null,
  changedProperties: message.changedProperties,
  deadLetterSource: source,
  enqueuedSequenceNumber: message.enqueuedSequenceNumber,
});

/**
 * Builds the queues. `onDeadLetter` hears of every queue that got a dead letter, because its receivers wait for it.
 * @throws Error listing every setting that Azure would refuse.
 */
export const makeNamespace = (
  allSettings: readonly QueueSettings[],
  newLockToken: () => string,
  onDeadLetter: (queue: Queue) => void,
): Namespace => {
  const problems = allSettings.flatMap((settings) => problemsOf(settings, allSettings));
  if (problems.length > 0) throw new Error(`The Service Bus stand-in refuses: ${problems.join('; ')}.`);
  const queues = new Map<string, Queue>();
  const add = (queue: Queue): Queue => {
    queues.set(queue.settings.name.toLowerCase(), queue);
    return queue;
  };
  for (const settings of allSettings) {
    const target = settings.forwardDeadLetteredMessagesTo;
    const deadLetters = add(
      makeQueue({
        settings: {
          ...settings,
          name: `${settings.name}/${subQueue}`,
          maxDeliveryCount: Infinity,
          duplicateDetectionWindowMs: null,
          defaultTtlMs: null,
          forwardDeadLetteredMessagesTo: null,
          deadLetteringOnMessageExpiration: false,
        },
        isDeadLetterQueue: true,
        newLockToken,
        sendDeadLetter: () => undefined,
      }),
    );
    const sendDeadLetter = (message: QueueMessage, nowMs: number): void => {
      const forwardTo = target === null ? undefined : queues.get(target.toLowerCase());
      if (forwardTo === undefined) admit(deadLetters, { ...message, expiresAtMs: null });
      else enqueue(forwardTo, arrivalOf(message, settings.name), nowMs);
      onDeadLetter(forwardTo ?? deadLetters);
    };
    add(makeQueue({ settings, isDeadLetterQueue: false, newLockToken, sendDeadLetter }));
  }
  return { queues };
};

/** The queue at a path such as `steps` or `steps/$DeadLetterQueue`; case does not matter. */
export const findQueue = (namespace: Namespace, path: string): Queue | undefined =>
  namespace.queues.get(path.toLowerCase());

/** How many messages each queue holds, by the name it was declared with. */
export const countNamespace = ({ queues }: Namespace): Readonly<Record<string, QueueCounts>> => {
  const counts: Record<string, QueueCounts> = {};
  for (const queue of queues.values()) {
    if (queue.isDeadLetterQueue) continue;
    const { name } = queue.settings;
    const messages = [...queue.messages.values()];
    const inState = (state: QueueMessage['state']): number =>
      messages.filter((message) => message.lock === null && message.state === state).length;
    counts[name] = {
      active: inState('active'),
      scheduled: inState('scheduled'),
      locked: queue.locks.size,
      deferred: inState('deferred'),
      deadLettered: queues.get(`${name}/${subQueue}`.toLowerCase())?.messages.size ?? 0,
    };
  }
  return counts;
};
