import { startHttpServer, type HttpReply, type HttpRequest, type HttpServer } from './http-server.ts';
import { chance } from './world/chance.ts';
import { operationsAt, type EnvironmentName, type Operation } from './world/environments.ts';
import { sandboxStateAt } from './world/toolkit.ts';
import type { World } from './world/world.ts';

/** Who may call, and how long a page of the history is. */
export type LcsStandInOptions = {
  readonly world: World;
  /** The only access token that is taken. */
  readonly token: string;
  readonly pageRows?: number;
  readonly port?: number;
};

const NEVER = '9999-12-31T23:59:59.9999999';
const DAY_MS = 86_400_000;
const OPERATIONS_PER_DAY = 3;
const DEFAULT_PAGE_ROWS = 20;
const HISTORY_LIMIT = { calls: 6, withinMs: 30_000 };
const DETAIL_LIMIT = { calls: 6, withinMs: 60_000 };
/** Under the fault `lcs-refuses`, this share of the queries gets a 429. */
const THROTTLED_SHARE = 0.2;
const THROTTLED_WAIT_S = 7;

type Call = { readonly environment: EnvironmentName; readonly match: RegExpExecArray };

/** Serves the REST API of Lifecycle Services: its envelope, its limits and its habit of refusing with a 200. */
export const startLcs = async (options: LcsStandInOptions): Promise<HttpServer> => {
  const { world } = options;
  const limit = makeLimits(world);
  let queries = 0;
  const isThrottledByFault = (): boolean => {
    const { faults, seed } = world.scene().options;
    return faults.has('lcs-refuses') && chance(seed, 'lcs query', ++queries) < THROTTLED_SHARE;
  };
  const handle = (request: HttpRequest): HttpReply => {
    if (request.header('authorization') !== `Bearer ${options.token}`) return { status: 401 };
    if (request.header('x-ms-version') === '') return { status: 400, body: 'x-ms-version is missing' };
    if (request.method === 'POST') return startOperation(world, request);
    if (request.method !== 'GET') return { status: 405 };
    if (isThrottledByFault()) return tooMany(THROTTLED_WAIT_S);
    return query(world, request, options.pageRows ?? DEFAULT_PAGE_ROWS, limit);
  };
  return startHttpServer(handle, options.port);
};

const tooMany = (waitS: number): HttpReply => ({ status: 429, headers: { 'retry-after': String(waitS) } });

/** Counts calls within a sliding time; answers how many seconds to wait, or null. */
const makeLimits = (world: World) => {
  const calls = new Map<string, readonly number[]>();
  return (key: string, { calls: most, withinMs }: typeof HISTORY_LIMIT): number | null => {
    const now = world.clock.now();
    const recent = (calls.get(key) ?? []).filter((at) => at > now - withinMs);
    const [oldest = now] = recent;
    if (recent.length >= most) return Math.max(1, Math.ceil((oldest + withinMs - now) / 1_000));
    calls.set(key, [...recent, now]);
    return null;
  };
};

const envelope = (
  isSuccess: boolean,
  message: string | null,
  fields: Readonly<Record<string, unknown>> = {},
): HttpReply => ({
  status: 200,
  body: {
    IsSuccess: isSuccess,
    OperationActivityId: null,
    ErrorMessage: message,
    VersionEOL: NEVER,
    ...fields,
  },
});

const withoutDashes = (id: string): string => id.replaceAll('-', '');
const sameId = (a: string, b: string): boolean =>
  withoutDashes(a).toLowerCase() === withoutDashes(b).toLowerCase();
/** Times lack their zone. */
const utc = (at: number): string => new Date(at).toISOString().slice(0, 19);

const environmentNamed = (world: World, id: string): EnvironmentName | null => {
  const { sandboxEnvironmentId, productionEnvironmentId } = world.scene().options.lcs;
  if (sameId(id, sandboxEnvironmentId)) return 'sandbox';
  return sameId(id, productionEnvironmentId) ? 'production' : null;
};

const matchPath = (world: World, path: string, pattern: RegExp): Call | null => {
  const match = pattern.exec(path);
  const { project = '', environment: id = '' } = match?.groups ?? {};
  const environment = environmentNamed(world, id);
  if (match === null || environment === null || project !== world.scene().options.lcs.projectId) return null;
  return { environment, match };
};

const REFRESH =
  /^\/databasemovement\/v1\/refresh\/project\/(?<project>\d+)\/source\/(?<source>[^/]+)\/target\/(?<environment>[^/]+)$/;
const STATUS =
  /^\/databasemovement\/v1\/fetchstatus\/project\/(?<project>\d+)\/environment\/(?<environment>[^/]+)\/operationactivity\/(?<activity>[^/]+)$/;
const HISTORY =
  /^\/environmentinfo\/v1\/history\/project\/(?<project>\d+)\/environment\/(?<environment>[^/]+)\/$/;
const DETAIL = /^\/environmentinfo\/v1\/detail\/project\/(?<project>\d+)\/$/;

const startOperation = (world: World, { path }: HttpRequest): HttpReply => {
  const call = matchPath(world, path, REFRESH);
  if (call === null) return { status: 404 };
  const now = world.clock.now();
  const source = environmentNamed(world, call.match.groups?.source ?? '');
  if (source === null || source === call.environment) {
    return envelope(false, 'The source environment is not valid.');
  }
  if (call.environment === 'production') {
    return envelope(false, 'Refresh of a production environment is not supported by the API.');
  }
  const started = operationsAt(world.scene(), call.environment, now)
    .filter(({ type, startedAt }) => type === 'DatabaseRefresh' && startedAt > now - DAY_MS)
    .map(({ startedAt }) => startedAt);
  if (started.length >= OPERATIONS_PER_DAY || world.scene().options.faults.has('lcs-refuses')) {
    const from = utc(Math.min(now, ...started));
    return envelope(false, `Maximum allowed API operations are ${OPERATIONS_PER_DAY} from ${from}`);
  }
  const outcome = world.act.startRefresh(call.environment, 'api');
  return outcome.accepted
    ? envelope(true, null, { OperationActivityId: outcome.activityId })
    : envelope(false, outcome.message);
};

type Limit = ReturnType<typeof makeLimits>;

const query = (world: World, request: HttpRequest, pageRows: number, limit: Limit): HttpReply => {
  const history = matchPath(world, request.path, HISTORY);
  if (history !== null) {
    const waitS = limit(history.environment, HISTORY_LIMIT);
    return waitS === null ? historyPage(world, history.environment, request, pageRows) : tooMany(waitS);
  }
  if (DETAIL.exec(request.path)?.groups?.project === world.scene().options.lcs.projectId) {
    const waitS = limit('project', DETAIL_LIMIT);
    return waitS === null ? detail(world, request) : tooMany(waitS);
  }
  const status = matchPath(world, request.path, STATUS);
  return status === null ? { status: 404 } : operationStatus(world, status);
};

const historyPage = (
  world: World,
  environment: EnvironmentName,
  request: HttpRequest,
  pageRows: number,
): HttpReply => {
  const { projectId, sandboxEnvironmentId, productionEnvironmentId } = world.scene().options.lcs;
  const page = Number(request.query.get('page') ?? '1');
  const operations = operationsAt(world.scene(), environment, world.clock.now());
  const row = (operation: Operation) => ({
    Name: operation.name,
    Type: operation.type,
    TypeDisplay: operation.typeDisplay,
    StartDateTimeUTC: utc(operation.startedAt),
    EndDateTimeUTC: operation.endedAt === null ? null : utc(operation.endedAt),
    Status: operation.status,
    ActivityId: withoutDashes(operation.activityId),
    EnvironmentId: withoutDashes(environment === 'sandbox' ? sandboxEnvironmentId : productionEnvironmentId),
    ProjectId: Number(projectId),
  });
  return envelope(true, null, {
    ResultPageCurrent: page,
    ResultHasMorePages: operations.length > page * pageRows,
    Data: operations.slice((page - 1) * pageRows, page * pageRows).map(row),
  });
};

const detail = (world: World, request: HttpRequest): HttpReply => {
  const { projectId, sandboxEnvironmentId, productionEnvironmentId, release } = world.scene().options.lcs;
  const asked = request.query.get('environmentId');
  const state = sandboxStateAt(world.scene(), world.clock.now());
  const row = (id: string, type: 'Sandbox' | 'Production', name: string, status: string) => ({
    EnvironmentId: id,
    EnvironmentName: name,
    ProjectId: Number(projectId),
    EnvironmentInfrastructure: 'SelfService',
    EnvironmentType: type,
    EnvironmentGroup: 'Primary',
    EnvironmentProduct: 'Finance and Operations',
    EnvironmentEndpointBaseUrl: `https://${name}.operations.dynamics.com/`,
    DeploymentState: 'Finished',
    TopologyDisplayName: 'Finance and Operations',
    CurrentApplicationReleaseName: release,
    DeployedOnUTC: '8/5/2026 11:00 PM',
    DeploymentStatusDisplay: status,
    CanStart: false,
    CanStop: false,
  });
  const rows = [
    row(sandboxEnvironmentId, 'Sandbox', 'contoso-uat', state),
    row(productionEnvironmentId, 'Production', 'contoso-prod', 'Deployed'),
  ].filter(({ EnvironmentId }) => asked === null || sameId(EnvironmentId, asked));
  return envelope(true, null, { ResultPageCurrent: 1, ResultHasMorePages: false, Data: rows });
};

const operationStatus = (world: World, { environment, match }: Call): HttpReply => {
  const { activity = '', environment: id = '' } = match.groups ?? {};
  const found = operationsAt(world.scene(), environment, world.clock.now()).find((operation) =>
    sameId(operation.activityId, activity),
  );
  if (found === undefined) return envelope(false, `There is no operation ${activity}.`);
  return envelope(true, null, {
    ProjectId: Number(world.scene().options.lcs.projectId),
    EnvironmentId: id,
    ActivityId: found.activityId,
    // As in the documented example, this is another id than the one asked about.
    OperationActivityId: '00000000-0000-0000-0000-000000000000',
    CompletionDate: found.endedAt === null ? null : utc(found.endedAt),
    OperationStatus: found.status,
  });
};
