import { createHmac } from 'node:crypto';
import type { Connection } from 'rhea';
import { entityNotFound, notImplemented, unauthorized } from './refusals.ts';
import type { Reply, Request } from './requests.ts';
import type { Refusal } from './wire.ts';

/** Who may do what: the `$cbs` node takes signed tokens, and a link needs one for its entity. */

/** The key that tokens must be signed with. */
export type SharedAccessKey = { readonly name: string; readonly value: string };

/** The entity paths for which a connection has shown a valid token. */
export type Claims = WeakMap<Connection, Set<string>>;

/** An address without scheme and host, in lower case: `sb://127.0.0.1:5672/Steps` and `steps` are the same. */
export const pathOf = (address: string): string =>
  address
    .replace(/^[a-z]+:\/\/[^/]*/i, '')
    .replace(/^\/+|\/+$/g, '')
    .toLowerCase();

const isSigned = (token: unknown, audience: string, key: SharedAccessKey): boolean => {
  const [scheme, fields] = String(token).split(' ');
  if (scheme !== 'SharedAccessSignature' || fields === undefined) return false;
  const field = new Map(
    fields.split('&').map((pair): [string, string] => {
      const split = pair.indexOf('=');
      return [pair.slice(0, split), pair.slice(split + 1)];
    }),
  );
  const [scope = '', expiry = '', signature = '', keyName = ''] = ['sr', 'se', 'sig', 'skn'].map((name) =>
    field.get(name),
  );
  const expected = createHmac('sha256', key.value).update(`${scope}\n${expiry}`).digest('base64');
  const covers = pathOf(audience).startsWith(pathOf(decodeURIComponent(scope)));
  return covers && decodeURIComponent(keyName) === key.name && decodeURIComponent(signature) === expected;
};

const reply = (statusCode: number, refusal: Refusal | null): Reply => ({
  properties: {
    'status-code': statusCode,
    'status-description': refusal?.description ?? 'Accepted',
    ...(refusal === null ? {} : { 'error-condition': refusal.condition }),
  },
  body: null,
});

/** Takes a token for an audience, or says what is wrong with it. */
export const putToken = (
  request: Request,
  claims: Set<string>,
  key: SharedAccessKey,
  exists: (path: string) => boolean,
): Reply => {
  if (request.operation !== 'put-token') {
    return reply(501, notImplemented(`$cbs does not know the operation ${request.operation}.`));
  }
  const audience = String(request.properties.name);
  const path = pathOf(audience);
  if (!isSigned(request.body, audience, key)) {
    return reply(401, unauthorized(`The token has an invalid signature for '${audience}'.`));
  }
  if (path !== '' && !exists(path)) return reply(404, entityNotFound(audience));
  claims.add(path);
  return reply(202, null);
};

/** True when a token covers the path. */
export const mayUse = (claims: ReadonlySet<string> | undefined, path: string): boolean =>
  [...(claims ?? [])].some((claim) => claim === '' || claim === path || path.startsWith(`${claim}/`));
