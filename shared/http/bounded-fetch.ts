/** The built-in fetch, or one that stands for it. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** A request whose answer is bounded in time and size; time-outs are real time, whatever the cutover's clock does. */
export type BoundedRequest = {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly timeoutMs: number;
  readonly maxBytes: number;
};

/** A whole answer; a redirect is one as well, because none is followed. */
export type BoundedResponse = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
};

/** Sends once, never again, and reads at most `maxBytes`. @throws {Error} naming in words why there is no answer. */
export const boundedFetch = async (
  fetch: Fetch,
  url: string,
  request: BoundedRequest,
): Promise<BoundedResponse> => {
  try {
    const response = await fetch(url, {
      method: request.method,
      headers: request.headers,
      body: request.body,
      // A redirect could carry the credentials to somebody else.
      redirect: 'manual',
      signal: AbortSignal.timeout(request.timeoutMs),
    });
    const text = await readBounded(response, request.maxBytes);
    return { status: response.status, headers: response.headers, text };
  } catch (error) {
    throw new Error(reasonOf(error, request.timeoutMs), { cause: error });
  }
};

const readBounded = async (response: Response, maxBytes: number): Promise<string> => {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body as ReadableStream<Uint8Array>) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the stream, and with it the connection.
    if (bytes > maxBytes) throw new Error(`the answer is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
};

/** `fetch failed` says nothing; its cause does. */
const reasonOf = (error: unknown, timeoutMs: number): string => {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs} ms`;
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return 'code' in cause && typeof cause.code === 'string'
    ? `${cause.code}: ${cause.message}`
    : cause.message;
};

const DEFAULT_WAIT_S = 10;

/** How long a 429 or 503 asks to wait, in seconds; ten where it does not say. */
export const retryAfterSeconds = (headers: Headers): number => {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.ceil(seconds) : DEFAULT_WAIT_S;
};
