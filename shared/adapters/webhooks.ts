import { Webhook } from 'standardwebhooks';
import { CutoverError } from '../core/errors.ts';

/** The longest webhook id taken: it becomes the id of an input. */
const ID_CHARS = 200;

type Headers = { readonly get: (name: string) => string | null };

/**
 * Verifies Standard Webhooks signatures over the raw body with any of several secrets (for rotation) and gives the
 * webhook id; throws C204. The time of a signature is transport time: the machine's clock, five minutes both ways.
 */
export const makeVerifier = (secrets: readonly string[]) => {
  const webhooks = secrets.map((secret) => new Webhook(secret));
  return (rawBody: Buffer, headers: Headers): string => {
    const named = {
      'webhook-id': headers.get('webhook-id') ?? '',
      'webhook-timestamp': headers.get('webhook-timestamp') ?? '',
      'webhook-signature': headers.get('webhook-signature') ?? '',
    };
    const id = named['webhook-id'];
    const valid = webhooks.some((webhook) => {
      try {
        webhook.verify(rawBody, named, { jsonParse: false });
        return true;
      } catch {
        return false;
      }
    });
    if (!valid || id === '' || id.length > ID_CHARS) {
      throw new CutoverError(
        'C204',
        'webhook-id, webhook-timestamp and webhook-signature do not prove the sender',
      );
    }
    return id;
  };
};
