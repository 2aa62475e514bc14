import type { CloudEvent } from '../../shared/engine/cloud-event.ts';
import type { ReceiverReply, Receivers } from '../../shared/engine/ports.ts';

/** An answer of a receiver, in full from what matters of it. */
export const replied = (status: number | null, differs: Partial<ReceiverReply> = {}): ReceiverReply => ({
  status,
  reason: status === null ? 'ECONNREFUSED: nobody listens' : null,
  retryAfter: null,
  allowedOrigin: null,
  ...differs,
});

/** A receiver in memory that answers as it is told: by `answers`, one by one, then 204. */
export const makeScriptedReceiver = () => {
  const posts: {
    readonly event: CloudEvent;
    readonly id: string;
    readonly generations: readonly number[];
  }[] = [];
  const answers: (number | ReceiverReply)[] = [];
  const asked: string[] = [];
  const receiver = {
    posts,
    answers,
    asked,
    consent: replied(200, { allowedOrigin: '*' }),
    /** Runs while an event is on its way. */
    meanwhile: (): Promise<void> => Promise.resolve(),
    numbers: (): readonly number[] => posts.map(({ event }) => event.data.n),
  };
  const receivers: Receivers = {
    origin: 'cutover.example',
    refusalOf: (url) => (url.startsWith('https://') ? null : 'must begin with https://'),
    secretOf: (subscription, generation) => `secret ${generation} of ${subscription}`,
    ask: (url) => {
      asked.push(url);
      return Promise.resolve(receiver.consent);
    },
    post: async ({ id, body, generations }) => {
      posts.push({ event: JSON.parse(body) as CloudEvent, id, generations });
      const answer = answers.length === 0 ? 204 : answers.shift()!;
      await receiver.meanwhile();
      return typeof answer === 'object' ? answer : replied(answer);
    },
  };
  return { receiver, receivers };
};
