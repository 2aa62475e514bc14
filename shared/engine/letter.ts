import type { DeferredLetter } from '../contract/messages.ts';
import type { Dispatched } from '../core/events.ts';
import { withoutSecrets } from './without-secrets.ts';

/** What is known of a message that could not be handled; it holds no secret. */
export type Letter = DeferredLetter['letter'];

/** A message that could not be handled, as it was found. */
export type Found = {
  readonly queue: string;
  readonly messageId: string;
  readonly reason: string;
  /** What the broker says besides its reason. */
  readonly description: string | null;
  /** How often it was delivered; null when the broker does not say. */
  readonly deliveries: number | null;
  readonly body: unknown;
};

/** Enough to recognise a message, too short to matter. */
const LONGEST = { name: 300, words: 2_000, body: 8_000 } as const;

const field = (body: unknown, name: string): unknown =>
  typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined;

const idIn = (body: unknown, name: 'cutoverId' | 'stepId'): string | null => {
  const value = field(body, name);
  return typeof value === 'string' && /^[\w.-]{1,128}$/.test(value) ? value : null;
};

const dispatchedIn = (body: unknown): Dispatched | null => {
  const [attempt, dispatch] = [field(body, 'attempt'), field(body, 'dispatch')];
  const isNumber = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 1;
  return isNumber(attempt) && isNumber(dispatch) ? { attempt, dispatch } : null;
};

/** The broker forgets the count when it forwards a dead letter, but tells it in words. */
const deliveriesIn = (description: string | null): number | null => {
  const [, count] = /after (\d{1,6}) delivery attempts/.exec(description ?? '') ?? [];
  return count === undefined ? null : Number(count);
};

/** What is kept of a message: whom it names if anybody can be named, why it was given up, and its body without secrets. */
export const letterOf = ({ queue, messageId, reason, description, deliveries, body }: Found): Letter => ({
  queue: queue.slice(0, LONGEST.name),
  messageId: messageId.slice(0, LONGEST.name),
  reason: withoutSecrets(reason).slice(0, LONGEST.words),
  description: description === null ? null : withoutSecrets(description).slice(0, LONGEST.words),
  deliveries: deliveries ?? deliveriesIn(description),
  cutoverId: idIn(body, 'cutoverId'),
  stepId: idIn(body, 'stepId'),
  dispatched: dispatchedIn(body),
  body: withoutSecrets(body).slice(0, LONGEST.body),
});
