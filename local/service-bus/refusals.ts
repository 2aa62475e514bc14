import type { Refusal } from './wire.ts';

/** Everything the stand-in refuses, with the conditions and the wording by which clients tell the cases apart. */

/** There is no such queue. */
export const entityNotFound = (path: string): Refusal => ({
  condition: 'amqp:not-found',
  description: `The messaging entity '${path}' could not be found.`,
});

/** The message is no longer held under this lock. */
export const lockLost: Refusal = {
  condition: 'com.microsoft:message-lock-lost',
  description:
    'The lock supplied is invalid. Either the lock expired, or the message has already been removed from the queue.',
};

/** A message asked for by number is not there. */
export const messageNotFound: Refusal = {
  condition: 'com.microsoft:message-not-found',
  description: 'The message does not exist, or is not in the state that the operation needs.',
};

/** A message or a batch is over the size limit. */
export const messageTooLarge = (sizeBytes: number, limitBytes: number): Refusal => ({
  condition: 'amqp:link:message-size-exceeded',
  description: `The received message (size:${sizeBytes} bytes) exceeds the limit (${limitBytes} bytes) currently allowed on the link.`,
});

/** No valid token was shown. */
export const unauthorized = (description: string): Refusal => ({
  condition: 'amqp:unauthorized-access',
  description,
});

/** The entity does not do this. */
export const notAllowed = (description: string): Refusal => ({ condition: 'amqp:not-allowed', description });

/** The stand-in does not do this, though Azure may. */
export const notImplemented = (description: string): Refusal => ({
  condition: 'amqp:not-implemented',
  description,
});

/** The bytes are not what they should be. */
export const malformed = (description: string): Refusal => ({
  condition: 'amqp:decode-error',
  description,
});
