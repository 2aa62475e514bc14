import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** Azurite's Table Storage, running inside this process. */
export type Azurite = {
  readonly connectionString: string;
  /** Ends it; in a folder, what was written is saved first. */
  readonly stop: () => Promise<void>;
};

/** Where Azurite keeps its rows: in a folder, which survives a stop, or in memory; on any free port if none is given. */
export type AzuriteOptions = ({ readonly folder: string } | { readonly memory: true }) & {
  readonly port?: number;
};

type TableServer = {
  readonly start: () => Promise<void>;
  readonly close: () => Promise<void>;
  readonly getHttpServerAddress: () => string;
};

/** Azurite brings no types: these are the constructors used here, in version 3.37. */
type TableServerModule = { readonly default: new (configuration: object) => TableServer };
type ConfigurationModule = {
  readonly default: new (
    host: string,
    port: number,
    keepAliveTimeoutSeconds: number,
    databasePath: string,
    hasDebugLog: boolean,
    hasAccessLog: boolean,
    accessLog: undefined,
    debugLogPath: undefined,
    isLoose: boolean,
    skipsApiVersionCheck: boolean,
    certificate: string,
    key: string,
    password: string,
    oauth: undefined,
    disablesProductStyleUrl: boolean,
    isInMemory: boolean,
  ) => object;
};

const host = '127.0.0.1';
const keepAliveTimeoutSeconds = 60;
/** The account that every Azurite has; its key is public. */
const account = {
  name: 'devstoreaccount1',
  key: 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==',
};

/** Starts Azurite's Table Storage in this process; it prints nothing and sends no telemetry. */
export const startAzurite = async (options: AzuriteOptions): Promise<Azurite> => {
  const require = createRequire(import.meta.url);
  // Loading takes most of a second, which only those who start it are to pay.
  const { default: Server } = require('azurite/dist/src/table/TableServer.js') as TableServerModule;
  const { default: Configuration } =
    require('azurite/dist/src/table/TableConfiguration.js') as ConfigurationModule;
  const folder = 'folder' in options ? options.folder : null;
  if (folder !== null) await mkdir(folder, { recursive: true });
  const databasePath = join(folder ?? '', '__azurite_db_table__.json');
  const server = new Server(
    new Configuration(
      host,
      options.port ?? 0,
      keepAliveTimeoutSeconds,
      databasePath,
      false,
      false,
      undefined,
      undefined,
      false,
      true,
      '',
      '',
      '',
      undefined,
      false,
      folder === null,
    ),
  );
  await server.start();
  const { port } = new URL(server.getHttpServerAddress().replace(/^https/, 'http'));
  return {
    connectionString: `DefaultEndpointsProtocol=http;AccountName=${account.name};AccountKey=${account.key};TableEndpoint=http://${host}:${port}/${account.name};`,
    stop: () => server.close(),
  };
};
