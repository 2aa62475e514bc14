import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RpcHttpCookie, RpcHttpData, RpcTypedData } from './core-types.ts';

/**
 * Reads a request's body byte for byte; `null` when it is longer than `limitBytes`.
 * @throws when the client goes away.
 */
export const readBody = async (request: IncomingMessage, limitBytes: number): Promise<Buffer | null> => {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    // Read to the end all the same: a client that is still sending would not see the answer.
    if (length <= limitBytes) chunks.push(chunk);
    else chunks.length = 0;
  }
  return length > limitBytes ? null : Buffer.concat(chunks);
};

/** A request as the real host hands it to the library. */
export const toRpcRequest = (
  request: IncomingMessage,
  url: URL,
  params: Readonly<Record<string, string>>,
  body: Buffer,
): RpcHttpData => ({
  method: request.method ?? 'GET',
  url: url.href,
  nullableHeaders: toNullable(Object.entries(request.headers).map(([name, value]) => [name, joined(value)])),
  nullableQuery: toNullable(
    [...new Set(url.searchParams.keys())].map((name) => [name, url.searchParams.getAll(name).join(',')]),
  ),
  nullableParams: toNullable(Object.entries(params)),
  ...(body.length > 0 ? { body: { bytes: body } } : {}),
});

const joined = (value: string | string[] | undefined): string =>
  Array.isArray(value) ? value.join(', ') : (value ?? '');

const toNullable = (
  entries: readonly (readonly [string, string])[],
): Record<string, { readonly value: string }> =>
  Object.fromEntries(entries.map(([name, value]) => [name, { value }]));

/** Writes what a function answered; a function that answers nothing gets 204, as in the real host. */
export const writeResponse = (response: ServerResponse, returned: RpcTypedData | null | undefined): void => {
  const http = returned?.http;
  if (http === undefined) {
    response.writeHead(204).end();
    return;
  }
  response.statusCode = Number(http.statusCode ?? 200);
  for (const [name, value] of Object.entries(http.headers ?? {})) response.setHeader(name, value);
  if (http.cookies !== undefined && http.cookies.length > 0)
    response.setHeader('set-cookie', http.cookies.map(serializeCookie));
  const bytes = http.body?.bytes;
  response.end(bytes === undefined ? undefined : Buffer.from(bytes));
};

const sameSiteTexts = {
  none: '',
  lax: '; samesite=lax',
  strict: '; samesite=strict',
  explicitNone: '; samesite=none',
};

const serializeCookie = (cookie: RpcHttpCookie): string => {
  const { expires, maxAge, domain, path, secure, httpOnly, sameSite } = cookie;
  const seconds = expires?.value?.seconds;
  return [
    `${cookie.name ?? ''}=${encodeURIComponent(cookie.value ?? '')}`,
    seconds === undefined ? '' : `; expires=${new Date(seconds * 1000).toUTCString()}`,
    maxAge?.value === undefined || maxAge.value === null ? '' : `; max-age=${maxAge.value}`,
    domain?.value ? `; domain=${domain.value}` : '',
    // The real host's default, so that a cookie set below /api/x is sent everywhere.
    `; path=${path?.value ?? '/'}`,
    secure?.value === true ? '; secure' : '',
    sameSiteTexts[sameSite ?? 'none'],
    httpOnly?.value === true ? '; httponly' : '',
  ].join('');
};
