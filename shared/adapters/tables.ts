import {
  odata,
  RestError,
  TableClient,
  type TableEntity,
  type TableEntityResult,
  type TableServiceClientOptions,
  type TransactionAction,
} from '@azure/data-tables';
import type { TokenCredential } from '@azure/identity';
import { CutoverError } from '../core/errors.ts';
import { checkTransaction, isInt32, isLegalKey } from '../engine/limits.ts';
import {
  type PropertyValue,
  type Row,
  type RowPage,
  StorageConflict,
  type TableName,
  type Tables,
  type Write,
} from '../engine/ports.ts';

/** The tables in Table Storage, and what makes them when they are not there yet. */
export type StoredTables = Tables & {
  /** Makes every table that does not exist. Throws CutoverError C401. */
  readonly createTables: () => Promise<void>;
};

/** How the tables are reached. */
export type TablesOptions = {
  /** Put before the name of each table, so that several apps can share an account: letters and digits. */
  readonly prefix: string;
  /** How long one operation may take with all its retries. */
  readonly timeoutMs?: number;
  /** How often the client repeats an operation that got no answer. */
  readonly maxRetries?: number;
  /** Called with every request that is sent; what it gives is told when the service dated its answer, epoch milliseconds. */
  readonly onRequest?: () => (date: number) => void;
};

type PipelinePolicy = Parameters<TableClient['pipeline']['addPolicy']>[0];
type Settings = Required<TablesOptions>;

/** A Functions invocation lives for five minutes and makes several operations: none may take most of it. */
const defaultTimeoutMs = 30_000;
const defaultMaxRetries = 3;
/** Table Storage never gives more rows than this in one page. */
const maxPageRows = 1_000;

const settingsOf = ({ prefix, timeoutMs, maxRetries, onRequest }: TablesOptions): Settings => {
  if (!/^([A-Za-z][A-Za-z0-9]{0,49})?$/.test(prefix)) {
    throw new CutoverError('C101', `the table prefix "${prefix}" is not letters and digits`);
  }
  return {
    prefix,
    timeoutMs: timeoutMs ?? defaultTimeoutMs,
    maxRetries: maxRetries ?? defaultMaxRetries,
    onRequest: onRequest ?? (() => () => undefined),
  };
};

const clientOptions = ({ maxRetries }: Settings, address: string): TableServiceClientOptions => ({
  retryOptions: { maxRetries },
  // Emulators speak plain HTTP; in Azure the address is always HTTPS.
  allowInsecureConnection: /(^|=)http:|DefaultEndpointsProtocol=http;/i.test(address),
});

const codeOf = (error: RestError): string => {
  const details = error.details as { odataError?: { code?: string } } | undefined;
  return details?.odataError?.code ?? error.code ?? '';
};

/** True when the row is meant, not the table. */
const isRowStatus = (error: unknown, ...statuses: readonly number[]): error is RestError =>
  error instanceof RestError &&
  statuses.includes(error.statusCode ?? 0) &&
  !codeOf(error).startsWith('Table');

/** What may be told of a failure: the client's own error carries the request, with row values and the signature. */
const publicCause = (error: unknown): Error => {
  if (!(error instanceof RestError)) return error instanceof Error ? error : new Error('unknown');
  const status = error.statusCode ?? 'no answer';
  return new Error(`${status} ${codeOf(error)}: ${error.message}`);
};

const toError = (what: string, error: unknown): Error => {
  if (error instanceof CutoverError || error instanceof StorageConflict) return error;
  const cause = publicCause(error);
  const detail = `${what}: ${cause.message}`;
  if (isRowStatus(error, 404, 409, 412)) return new StorageConflict(detail, { cause });
  return new CutoverError(isRowStatus(error, 400, 413) ? 'C403' : 'C401', detail, { cause });
};

const toStored = (value: PropertyValue): unknown => {
  // The client encodes the whole buffer behind a view, so a view goes over as a Buffer, which it encodes as is.
  if (typeof value === 'object') return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return typeof value === 'number' && !isInt32(value) ? { type: 'Double', value } : value;
};

const toEntity = (partition: string, row: string, properties: Row['properties']): TableEntity => {
  const stored = Object.entries(properties).map(([name, value]) => [name, toStored(value)] as const);
  return { ...Object.fromEntries(stored), partitionKey: partition, rowKey: row };
};

const toAction = (partition: string, write: Write): TransactionAction => {
  switch (write.op) {
    case 'insert':
      return ['create', toEntity(partition, write.row, write.properties)];
    case 'upsert':
      return ['upsert', toEntity(partition, write.row, write.properties), 'Replace'];
    case 'replace':
      return ['update', toEntity(partition, write.row, write.properties), 'Replace', { etag: write.etag }];
    case 'remove':
      return ['delete', { partitionKey: partition, rowKey: write.row }];
  }
};

const fromStored = (name: string, value: unknown): PropertyValue => {
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  throw new CutoverError('C404', `property "${name}" has a type that the app never writes`);
};

const isServiceProperty = (name: string): boolean =>
  ['partitionKey', 'rowKey', 'etag', 'timestamp'].includes(name) || name.startsWith('odata.');

const toRow = (entity: TableEntityResult<Record<string, unknown>>): Row => {
  const own = Object.entries(entity).filter(([name]) => !isServiceProperty(name));
  return {
    partition: entity.partitionKey ?? '',
    row: entity.rowKey ?? '',
    etag: entity.etag,
    properties: Object.fromEntries(own.map(([name, value]) => [name, fromStored(name, value)])),
  };
};

const isToken = (token: string): boolean => {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64').toString('latin1'));
    return typeof value === 'object' && value !== null && 'nextPartitionKey' in value;
  } catch {
    return false;
  }
};

/** Each DELETE of a transaction's request, up to its condition. */
const deleteCondition = /^(DELETE .*\r?\n(?:[^\r\n]+\r?\n)*?If-Match: )\*/gim;

/**
 * The client's transactions remove a row whatever its etag is: this puts the wanted etags into the request before it
 * is signed. The etags of a request are found by its abort signal, the one thing of a call that reaches the pipeline.
 */
const makeRemoveConditions = () => {
  const etagsOf = new WeakMap<object, readonly string[]>();
  const isPrepared = new WeakSet<TableClient>();
  const prepare = (client: TableClient): void => {
    if (isPrepared.has(client)) return;
    isPrepared.add(client);
    const sendRequest: PipelinePolicy['sendRequest'] = (request, next) => {
      const etags = request.abortSignal === undefined ? undefined : etagsOf.get(request.abortSignal);
      if (etags !== undefined && typeof request.body === 'string') {
        const remaining = [...etags];
        request.body = request.body.replace(
          deleteCondition,
          (_whole, head: string) => `${head}${remaining.shift() ?? '*'}`,
        );
        if (remaining.length > 0) throw new CutoverError('C901', 'the etags of removed rows got lost');
      }
      return next(request);
    };
    // Before the request is signed and its length is set.
    client.pipeline.addPolicy({ name: 'removeConditionsPolicy', sendRequest }, { phase: 'Serialize' });
  };
  return (client: TableClient, signal: AbortSignal, writes: readonly Write[]): void => {
    const etags = writes.flatMap((write) => (write.op === 'remove' ? [write.etag] : []));
    if (etags.every((etag) => etag === '*')) return;
    prepare(client);
    etagsOf.set(signal, etags);
  };
};

/** Tells the dates of the service's answers, refusals too; each try of a request is one of its own. */
const tellDates = (client: TableClient, onRequest: Settings['onRequest']): void => {
  const sendRequest: PipelinePolicy['sendRequest'] = async (request, next) => {
    const onAnswer = onRequest();
    const answer = await next(request);
    const date = Date.parse(answer.headers.get('date') ?? '');
    if (!Number.isNaN(date)) onAnswer(date);
    return answer;
  };
  client.pipeline.addPolicy({ name: 'answerDatePolicy', sendRequest }, { afterPhase: 'Retry' });
};

/** How a call reaches the table it is about. */
type Access = {
  readonly timeoutMs: number;
  readonly clientFor: (table: TableName) => TableClient;
};

const makeGet =
  ({ timeoutMs, clientFor }: Access): Tables['get'] =>
  async (table, partition, row) => {
    if (!isLegalKey(partition) || !isLegalKey(row)) return null;
    try {
      const abortSignal = AbortSignal.timeout(timeoutMs);
      return toRow(await clientFor(table).getEntity(partition, row, { abortSignal }));
    } catch (error) {
      if (isRowStatus(error, 404)) return null;
      throw toError(`${table}: read of ${partition} ${row}`, error);
    }
  };

const makePage =
  ({ timeoutMs, clientFor }: Access): Tables['page'] =>
  async (table, partition, { from, to, limit, token }) => {
    if (token !== null && !isToken(token)) {
      const problem = 'the continuation token is not one that was given';
      throw new CutoverError('C201', problem, { problems: [problem] });
    }
    const filter = odata`PartitionKey eq ${partition} and RowKey ge ${from} and RowKey lt ${to}`;
    const abortSignal = AbortSignal.timeout(timeoutMs);
    const settings = {
      maxPageSize: Math.min(limit, maxPageRows),
      ...(token === null ? {} : { continuationToken: token }),
    };
    try {
      const pages = clientFor(table).listEntities({ queryOptions: { filter }, abortSignal }).byPage(settings);
      for await (const entities of pages) {
        return { rows: entities.map(toRow), next: entities.continuationToken ?? null };
      }
      return { rows: [], next: null };
    } catch (error) {
      throw toError(`${table}: read of ${partition}`, error);
    }
  };

const makeRange =
  (page: Tables['page']): Tables['range'] =>
  async (table, partition, from, to) => {
    const rows: Row[] = [];
    let token: string | null = null;
    do {
      const next: RowPage = await page(table, partition, { from, to, limit: maxPageRows, token });
      rows.push(...next.rows);
      token = next.next;
    } while (token !== null);
    return rows;
  };

const makeTransact = ({ timeoutMs, clientFor }: Access): Tables['transact'] => {
  const setRemoveConditions = makeRemoveConditions();
  return async (table, partition, writes) => {
    checkTransaction(table, partition, writes);
    if (writes.length === 0) return;
    const what = `${table}: write to ${partition}`;
    const abortSignal = AbortSignal.timeout(timeoutMs);
    const client = clientFor(table);
    setRemoveConditions(client, abortSignal, writes);
    try {
      const actions = writes.map((write) => toAction(partition, write));
      const { subResponses } = await client.submitTransaction(actions, { abortSignal });
      // An answer that is cut off, or a refusal without a body, is no error to the client.
      if (subResponses.length !== writes.length || subResponses.some(({ status }) => status >= 300)) {
        throw new CutoverError('C401', `${what}: the answer is not complete`);
      }
    } catch (error) {
      throw toError(what, error);
    }
  };
};

/**
 * The Tables port on Table Storage. `clientOf` makes the client of a table from its full name.
 * The client repeats a transaction that got no answer, so one that was committed may end as a StorageConflict.
 */
export const makeTables = (
  clientOf: (tableName: string) => TableClient,
  options: TablesOptions,
): StoredTables => {
  const { prefix, timeoutMs, onRequest } = settingsOf(options);
  const clients: Readonly<Record<TableName, TableClient>> = {
    cutovers: clientOf(`${prefix}cutovers`),
    readings: clientOf(`${prefix}readings`),
    active: clientOf(`${prefix}active`),
    lists: clientOf(`${prefix}lists`),
  };
  for (const client of Object.values(clients)) tellDates(client, onRequest);
  const access: Access = { timeoutMs, clientFor: (table) => clients[table] };
  const page = makePage(access);
  return {
    get: makeGet(access),
    page,
    range: makeRange(page),
    transact: makeTransact(access),
    createTables: async () => {
      try {
        const abortSignal = AbortSignal.timeout(timeoutMs);
        await Promise.all(Object.values(clients).map((client) => client.createTable({ abortSignal })));
      } catch (error) {
        throw toError('the tables could not be made', error);
      }
    },
  };
};

/** The tables of the account that a connection string names. */
export const tablesFromConnectionString = (
  connectionString: string,
  options: TablesOptions,
): StoredTables => {
  const settings = settingsOf(options);
  return makeTables(
    (tableName) =>
      TableClient.fromConnectionString(
        connectionString,
        tableName,
        clientOptions(settings, connectionString),
      ),
    settings,
  );
};

/** The tables at an endpoint such as `https://account.table.core.windows.net`, with an identity that may write them. */
export const tablesFromCredential = (
  endpoint: string,
  credential: TokenCredential,
  options: TablesOptions,
): StoredTables => {
  const settings = settingsOf(options);
  return makeTables(
    (tableName) => new TableClient(endpoint, tableName, credential, clientOptions(settings, endpoint)),
    settings,
  );
};
