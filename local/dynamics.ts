import { startHttpServer, type HttpReply, type HttpRequest, type HttpServer } from './http-server.ts';
import { isOnline, refreshedAt } from './world/environments.ts';
import { sourceRows } from './world/counts.ts';
import { batchJobsAt, usersAt } from './world/production.ts';
import type { World } from './world/world.ts';

/** The app registration that production knows. */
export type DynamicsStandInOptions = {
  readonly world: World;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly port?: number;
};

/** The running stand-in and where tokens come from. */
export type DynamicsStandIn = HttpServer & { readonly tokenUrl: string };

const TOKEN_LIVES_S = 3_599;
const OFFLINE_WAIT_S = 120;

type Entity = Readonly<Record<string, string | number | boolean>>;

/** Serves the production environment: a token endpoint, and OData queries of the entities that checks look at. */
export const startDynamics = async (options: DynamicsStandInOptions): Promise<DynamicsStandIn> => {
  const { world } = options;
  const tokens = new Set<string>();
  const tokenPath = `/${options.tenantId}/oauth2/v2.0/token`;
  const signIn = (request: HttpRequest): HttpReply => {
    const form = new URLSearchParams(request.body);
    const isKnown =
      form.get('grant_type') === 'client_credentials' &&
      form.get('client_id') === options.clientId &&
      form.get('client_secret') === options.clientSecret &&
      form.get('scope')?.endsWith('/.default') === true;
    if (!isKnown) return { status: 401, body: { error: 'invalid_client' } };
    const token = `token-${tokens.size + 1}`;
    tokens.add(token);
    return {
      status: 200,
      body: { token_type: 'Bearer', expires_in: TOKEN_LIVES_S, access_token: token },
    };
  };
  const server = await startHttpServer((request) => {
    if (request.method === 'POST' && request.path === tokenPath) return signIn(request);
    if (!tokens.has(request.header('authorization').replace(/^Bearer /, ''))) return { status: 401 };
    if (request.method !== 'GET') return { status: 405 };
    return answerOf(world, request);
  }, options.port);
  return { ...server, tokenUrl: `${server.url}${tokenPath}` };
};

const companies = (world: World): readonly Entity[] => {
  const isRefreshed = refreshedAt(world.scene(), 'production', world.clock.now()) !== null;
  const names = isRefreshed ? ['DAT', ...world.scene().options.companies] : ['DAT'];
  return names.map((name) => ({ LegalEntityId: name, Name: `Contoso ${name}` }));
};

const LARGEST_PAGE = 1_000;

/** Master data is there once a refresh has brought it: shared evenly among the companies, made up row by row. */
const masterData =
  (table: string, key: string) =>
  (world: World): readonly Entity[] => {
    if (refreshedAt(world.scene(), 'production', world.clock.now()) === null) return [];
    const { companies: all } = world.scene().options;
    const rows = Math.min(LARGEST_PAGE, sourceRows(world.scene(), world.clock.now()).get(table) ?? 0);
    return Array.from({ length: rows }, (_, index) => ({
      dataAreaId: all[index % all.length] ?? '',
      [key]: String(index + 1).padStart(8, '0'),
    }));
  };

const ENTITIES: Readonly<Record<string, (world: World) => readonly Entity[]>> = {
  Companies: companies,
  LegalEntities: companies,
  SystemUsers: (world) =>
    usersAt(world.scene(), world.clock.now()).map(({ userId, company, isEnabled }) => ({
      UserID: userId,
      Company: company,
      Enabled: isEnabled,
    })),
  BatchJobs: (world) =>
    batchJobsAt(world.scene(), world.clock.now()).map(({ id, caption, status }) => ({
      BatchJobRecId: id,
      JobDescription: caption,
      Status: status,
    })),
  CustomersV3: masterData('CUSTTABLE', 'CustomerAccount'),
  VendorsV2: masterData('VENDTABLE', 'VendorAccountNumber'),
  ReleasedProductsV2: masterData('INVENTTABLE', 'ItemNumber'),
  MainAccounts: masterData('NUMBERSEQUENCETABLE', 'MainAccountId'),
};

/** What production answers to whoever may ask: nothing while a refresh has it off line. */
export const answerOf = (world: World, request: Pick<HttpRequest, 'path' | 'query'>): HttpReply =>
  isOnline(world.scene(), 'production', world.clock.now())
    ? queryEntity(world, request)
    : { status: 503, headers: { 'retry-after': String(OFFLINE_WAIT_S) }, body: 'Being refreshed.' };

const problem = (status: number, message: string): HttpReply => ({
  status,
  body: { error: { code: '', message } },
});

const queryEntity = (world: World, { path, query }: Pick<HttpRequest, 'path' | 'query'>): HttpReply => {
  const name = /^\/data\/(?<name>\w+)$/.exec(path)?.groups?.name ?? '';
  const entity = Object.hasOwn(ENTITIES, name) ? ENTITIES[name] : undefined;
  if (entity === undefined) return problem(404, `No HTTP resource was found that matches ${path}.`);
  const filter = parseFilter(query.get('$filter'));
  if (filter === null) return problem(400, `The query specified in the URI is not valid: ${String(query)}.`);
  const found = entity(world).filter(filter);
  const fields = query.get('$select')?.split(',') ?? null;
  const value = found
    .slice(0, Number(query.get('$top') ?? found.length))
    .map((row) => Object.fromEntries(Object.entries(row).filter(([key]) => fields?.includes(key) ?? true)));
  const count = query.get('$count') === 'true' ? { '@odata.count': found.length } : {};
  return { status: 200, body: { '@odata.context': `$metadata#${name}`, ...count, value } };
};

const CONDITION = /^(?<field>\w+) (?<operator>eq|ne) (?:'(?<text>(?:[^']|'')*)'|(?<other>true|false|\d+))$/;

/** Equality and inequality, joined by `and`: what checks need. Null for anything else. */
const parseFilter = (text: string | null): ((row: Entity) => boolean) | null => {
  if (text === null) return () => true;
  const conditions = text.split(' and ').map((part) => CONDITION.exec(part.trim())?.groups);
  if (conditions.some((groups) => groups === undefined)) return null;
  return (row) =>
    conditions.every((groups) => {
      const expected = groups?.text?.replaceAll("''", "'") ?? groups?.other ?? '';
      const isEqual = String(row[groups?.field ?? '']) === expected;
      return groups?.operator === 'eq' ? isEqual : !isEqual;
    });
};
