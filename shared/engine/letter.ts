import type { DeferredLetter } from '../contract/messages.ts';
import { messageSchema } from '../contract/messages.ts';
import type { Dispatched } from '../core/events.ts';
import { sha256 } from './canonical.ts';
import { textWithoutSecrets } from './secret-text.ts';
import { opened, withoutSecrets } from './without-secrets.ts';

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

const isId = (value: unknown): value is string => typeof value === 'string' && /^[\w.-]{1,128}$/.test(value);

/** Whether it is a message of this product, of which every field is known and no id could be anything but an id. */
const isOwn = (body: unknown): boolean => {
  const own = messageSchema.safeParse(body);
  return own.success && [own.data.cutoverId, field(body, 'stepId') ?? '-'].every(isId);
};

const idIn = (body: unknown, name: 'cutoverId' | 'stepId'): string | null => {
  const value = field(body, name);
  if (!isId(value)) return null;
  return isOwn(body) || textWithoutSecrets(value) === value ? value : null;
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

/** As senders of .NET write the ids of their messages: a key would look the same, but is no id. */
const isPlainUuid = (text: string): boolean => /^[0-9a-f]{32}$/i.test(text);

/** All of a body, secrets too: what is removed from a letter must not make one letter of two. */
const contentOf = (body: unknown): string => {
  const meant = opened(body);
  try {
    return JSON.stringify(typeof meant === 'string' ? body : meant);
  } catch {
    // Nested deeper than JSON can be written.
    return withoutSecrets(body);
  }
};

/**
 * Under which id a letter is kept: the same for one that is delivered again, and another for each message, because the
 * ids of messages are their senders' choice and may repeat, or be empty (I12).
 */
export const letterId = (found: Pick<Found, 'queue' | 'messageId' | 'reason' | 'body'>): string =>
  sha256(`${found.queue} ${found.messageId} ${found.reason} ${contentOf(found.body)}`).slice(0, 32);

/**
 * What is kept of a message: whom it names if anybody can be named, why it was given up, and its body without secrets. Of
 * a message of the product itself that is all of it.
 */
export const letterOf = (found: Found): Letter => {
  const { queue, messageId, reason, description, deliveries } = found;
  const body = opened(found.body);
  const name = (text: string): string => textWithoutSecrets(text).slice(0, LONGEST.name);
  const words = (text: string): string => withoutSecrets(text).slice(0, LONGEST.words);
  return {
    id: letterId(found),
    queue: name(queue),
    messageId: isPlainUuid(messageId) ? messageId : name(messageId),
    reason: words(reason),
    description: description === null ? null : words(description),
    deliveries: deliveries ?? deliveriesIn(description),
    cutoverId: idIn(body, 'cutoverId'),
    stepId: idIn(body, 'stepId'),
    dispatched: dispatchedIn(body),
    body: (isOwn(body) ? JSON.stringify(body) : withoutSecrets(body)).slice(0, LONGEST.body),
  };
};
