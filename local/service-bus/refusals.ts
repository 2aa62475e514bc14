import type { Refusal } from './wire.ts';

/** Everything the stand-in refuses, with the conditions and the wording by which clients tell the cases apart. */

export const entityNotFound = (path: string): Refusal => ({
  condition: 'amqp:not-found',
  description: `The messaging entity '${path}' could not be found.`,
});

export const lockLost: Refusal = {
  condition: 'com.microsoft:message-lock-lost',
  description:
    'The lock supplied is invalid. Either the lock expired, or the message has already been removed from the queue.',
};

export const messageNotFound: Refusal = {
  condition: 'com.microsoft:message-not-found',
  description: 'The message does not exist, or is not in the state that the operation needs.',
};

export const messageTooLarge = (sizeBytes: number, limitBytes: number): Refusal => ({
  condition: 'amqp:link:message-size-exceeded',
  description: `The received message (size:${sizeBytes} bytes) exceeds the limit (${limitBytes} bytes) currently allowed on the link.`,
});

export const unauthorized = (description: string): Refusal => ({
  condition: 'amqp:unauthorized-access',
  description,
});

export const notAllowed = (description: string): Refusal => ({ condition: 'amqp:not-allowed', description });

export const notImplemented = (description: string): Refusal => ({
  condition: 'amqp:not-implemented',
  description,
});

export const malformed = (description: string): Refusal => ({
  condition: 'amqp:decode-error',
  description,
});
