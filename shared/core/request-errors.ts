import type { ErrorEntry } from './error-entry.ts';
import { entry } from './error-entry.ts';

/** What whoever asks or configures can mend: C1xx configuration, C2xx request and webhook. */
export const REQUEST_ERRORS = {
  C101: entry('The settings are not usable', false, 'Correct every setting named, then start the app again.'),
  C102: entry(
    'A binding is missing',
    false,
    'Add what is named to the bindings of the cutover and start it again.',
  ),
  C103: entry(
    'This app sends no events out',
    false,
    'Set EVENTS_SECRETS and EVENTS_HOSTS, start the app again, then send the request once more.',
  ),

  C201: entry('The request is not valid', false, 'Correct every problem listed and send it again.'),
  C202: entry('The body is too large', false, 'Send no more than the message allows.'),
  C203: entry('Not signed in', false, 'Sign in, or sign the request, and send it again.'),
  C204: entry(
    'The signature is not valid',
    false,
    'Sign the raw body with a current secret, within five minutes of sending it.',
  ),
  C206: entry('There is no such thing', false, 'Check the ids; list the cutovers with GET /api/cutovers.'),
  C207: entry(
    'An Idempotency-Key is needed',
    false,
    'Send a header Idempotency-Key that is new for each intention.',
  ),
  C208: entry(
    'The Idempotency-Key was used for another request',
    false,
    'Use a new key for a new intention.',
  ),
  C209: entry(
    'The token does not belong to this question',
    false,
    'Use the token of this cutover, step and attempt.',
  ),
  C210: entry(
    'Already answered differently',
    false,
    'The first answer stands for this attempt; if it was wrong, retry the step once it has failed.',
  ),
  C211: entry('Too late', false, 'Nothing to do: the question is closed, your answer was recorded as late.'),
  C212: entry('Too early', false, 'Wait until the approval is requested: it needs evidence to decide on.'),
  C213: entry('The evidence has changed', false, 'Read the new evidence and decide again.'),
  C214: entry(
    'Not entitled to decide',
    false,
    'Only the approvers named may vote, and never the one who started the cutover.',
  ),
  C215: entry(
    'The step is not ended by such an answer',
    false,
    'See what it waits for with GET /api/cutovers/{id}.',
  ),
  C216: entry('There is no such attempt', false, 'Use the number of the current attempt.'),
  C217: entry(
    'The dead letter cannot be driven again',
    false,
    'Nothing is lost: what is due is done from the stored state. If a step is stuck, dispatch it with POST /api/cutovers/{id}/steps/{stepId}/redrive; report this with the message id.',
  ),

  C218: entry(
    'The document is not usable',
    false,
    'Correct every problem listed and upload it again; nothing of it was taken.',
  ),
  C219: entry(
    'Nobody waits for this answer any more',
    false,
    'Nothing to do: what is still needed is asked for again under a new nonce; an old answer proves nothing.',
  ),
  C220: entry(
    'This question has its answer',
    false,
    'Nothing to do: the first answer stands. If nobody sent another, find out who replays the answers of the collector.',
  ),
  C221: entry(
    'The role is missing',
    false,
    'Ask somebody who has the role, or have it given in Microsoft Entra and sign in again.',
  ),
} as const satisfies Record<`C${number}`, ErrorEntry>;
