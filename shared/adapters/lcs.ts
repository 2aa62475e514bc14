import { z } from 'zod';
import { CutoverError } from '../core/errors.ts';
import { boundedFetch, retryAfterSeconds, type BoundedResponse, type Fetch } from '../http/bounded-fetch.ts';
import type { Lcs, LcsEnvironment, LcsOperation } from '../kinds/kind-ports.ts';

/** Where Lifecycle Services is and how to sign in; the token is that of a person, for there is no other. */
export type LcsSettings = {
  /** Of the customer's geography, such as `https://lcsapi.lcs.dynamics.com`. */
  readonly baseUrl: string;
  readonly projectId: string;
  readonly token: () => Promise<string>;
  readonly fetch?: Fetch;
  readonly timeoutMs?: number;
};

const API_VERSION = '2017-09-15';
const TIMEOUT_MS = 30_000;
const MAX_BYTES = 4 * 1024 * 1024;
/** History pages are newest first and limited to six calls in half a minute; what matters here is recent. */
const MAX_HISTORY_PAGES = 4;

const envelopeSchema = z.object({
  IsSuccess: z.boolean(),
  ErrorMessage: z.string().nullish(),
  OperationActivityId: z.string().nullish(),
});
const environmentsSchema = envelopeSchema.extend({
  Data: z
    .array(
      z.object({
        EnvironmentId: z.string(),
        EnvironmentType: z.enum(['Production', 'Sandbox']),
        DeploymentStatusDisplay: z.string(),
        CurrentApplicationReleaseName: z.string(),
      }),
    )
    .nullish(),
});
const historySchema = envelopeSchema.extend({
  ResultHasMorePages: z.boolean().nullish(),
  Data: z
    .array(
      z.object({
        Name: z.string().nullish(),
        Type: z.string().nullish(),
        StartDateTimeUTC: z.string(),
        EndDateTimeUTC: z.string().nullish(),
        Status: z.string(),
        ActivityId: z.string(),
      }),
    )
    .nullish(),
});
type Envelope = z.infer<typeof envelopeSchema>;

/** Lifecycle Services writes ids with dashes and without; here they have dashes and small letters. */
const normalId = (id: string): string => {
  const digits = id.toLowerCase().replaceAll('-', '');
  return /^[0-9a-f]{32}$/.test(digits)
    ? digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
    : id.toLowerCase();
};

/** Times come without a zone and mean UTC. */
const instant = (text: string): number => {
  const at = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`);
  if (Number.isNaN(at)) throw new CutoverError('C701', `"${text}" is not a time`);
  return at;
};

const noAnswer = (what: string, reason: string, cause?: unknown): CutoverError =>
  new CutoverError('C701', `${what}: ${reason}`, { cause });

/** People write the token into its place: what no header can carry must not come back in the words of a refusal. */
const tokenFor = async ({ token }: LcsSettings, what: string): Promise<string> => {
  let text: string;
  try {
    text = await token();
  } catch (error) {
    throw noAnswer(what, 'the access token cannot be read', error);
  }
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  throw noAnswer(
    what,
    text === '' ? 'the access token is empty' : 'the access token is not one line of ASCII',
  );
};

const parse = <T>(schema: z.ZodType<T>, what: string, response: BoundedResponse): T => {
  let body: unknown;
  try {
    body = JSON.parse(response.text);
  } catch (error) {
    throw noAnswer(what, `HTTP ${response.status} without JSON`, error);
  }
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw noAnswer(what, `an answer of another shape: ${parsed.error.message}`);
  return parsed.data;
};

const refusalOf = (envelope: Envelope): string => envelope.ErrorMessage ?? 'refused without a message';

/** Calls the REST API of Lifecycle Services. It answers 200 even when it refuses: only `IsSuccess` tells. */
export const makeLcs = (settings: LcsSettings): Lcs => {
  const { projectId } = settings;
  const send = async (method: 'GET' | 'POST', path: string, what: string): Promise<BoundedResponse> => {
    const token = await tokenFor(settings, what);
    try {
      return await boundedFetch(settings.fetch ?? fetch, `${settings.baseUrl.replace(/\/+$/, '')}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          'x-ms-version': API_VERSION,
          'content-type': 'application/json',
          accept: 'application/json',
        },
        body: null,
        timeoutMs: settings.timeoutMs ?? TIMEOUT_MS,
        maxBytes: MAX_BYTES,
      });
    } catch (error) {
      throw noAnswer(what, error instanceof Error ? error.message : String(error), error);
    }
  };
  const query = async <T extends Envelope>(schema: z.ZodType<T>, path: string, what: string): Promise<T> => {
    const response = await send('GET', path, what);
    if (response.status === 429) throw noAnswer(what, tooMany(response));
    if (response.status !== 200) throw noAnswer(what, `HTTP ${response.status}`);
    const answer = parse(schema, what, response);
    if (!answer.IsSuccess) throw new CutoverError('C702', `${what}: ${refusalOf(answer)}`);
    return answer;
  };
  return {
    environment: (environmentId) => readEnvironment(query, projectId, environmentId),
    history: (environmentId) => readHistory(query, projectId, environmentId),
    startRefresh: async (sourceEnvironmentId, targetEnvironmentId) => {
      const path = `/databasemovement/v1/refresh/project/${part(projectId)}/source/${part(sourceEnvironmentId)}/target/${part(targetEnvironmentId)}`;
      const what = `refresh of ${targetEnvironmentId}`;
      const response = await send('POST', path, what);
      // Nothing was started after a definite no; after a 5xx, or a time-out on their side, nobody knows, and the caller
      // asks the history.
      if (response.status === 429) return { accepted: false, message: tooMany(response) };
      if (response.status >= 400 && response.status < 500 && response.status !== 408) {
        return { accepted: false, message: `HTTP ${response.status}` };
      }
      if (response.status !== 200) throw noAnswer(what, `HTTP ${response.status}`);
      const answer = parse(envelopeSchema, what, response);
      if (!answer.IsSuccess) return { accepted: false, message: refusalOf(answer) };
      const activityId = answer.OperationActivityId;
      if (typeof activityId !== 'string') throw noAnswer(what, 'accepted without an activity id');
      return { accepted: true, activityId: normalId(activityId) };
    },
  };
};

type Query = <T extends Envelope>(schema: z.ZodType<T>, path: string, what: string) => Promise<T>;

const part = encodeURIComponent;

const tooMany = ({ headers }: BoundedResponse): string =>
  `too many calls, try again in ${retryAfterSeconds(headers)} s`;

const readEnvironment = async (
  query: Query,
  projectId: string,
  environmentId: string,
): Promise<LcsEnvironment> => {
  const what = `environment ${environmentId}`;
  const path = `/environmentinfo/v1/detail/project/${part(projectId)}/?environmentId=${part(environmentId)}`;
  const { Data } = await query(environmentsSchema, path, what);
  const id = normalId(environmentId);
  const found = Data?.find((environment) => normalId(environment.EnvironmentId) === id);
  if (found === undefined) throw new CutoverError('C702', `${what} is not in project ${projectId}`);
  return {
    environmentId: id,
    type: found.EnvironmentType,
    state: found.DeploymentStatusDisplay,
    release: found.CurrentApplicationReleaseName,
  };
};

const readHistory = async (
  query: Query,
  projectId: string,
  environmentId: string,
): Promise<readonly LcsOperation[]> => {
  const operations: LcsOperation[] = [];
  for (let page = 1; page <= MAX_HISTORY_PAGES; page++) {
    const path = `/environmentinfo/v1/history/project/${part(projectId)}/environment/${part(environmentId)}/?page=${page}`;
    const answer = await query(historySchema, path, `history of ${environmentId}`);
    for (const operation of answer.Data ?? []) {
      operations.push({
        activityId: normalId(operation.ActivityId),
        type: operation.Type ?? operation.Name ?? '',
        status: operation.Status,
        startedAt: instant(operation.StartDateTimeUTC),
        endedAt:
          operation.EndDateTimeUTC === null || operation.EndDateTimeUTC === undefined
            ? null
            : instant(operation.EndDateTimeUTC),
      });
    }
    if (answer.ResultHasMorePages !== true) break;
  }
  return operations;
};
