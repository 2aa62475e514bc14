import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { Login } from './authentication.ts';
import { TdsSession, type SessionServer } from './session.ts';
import type { SqlHandler, TdsFaults } from './sql-handler.ts';

/** What a stand-in for a SQL Server is made of; `port` 0 or none takes a free one. */
export type TdsServerOptions = {
  readonly port?: number;
  readonly serverName: string;
  /** Major, minor and build, such as `12.0.6024`. */
  readonly version?: string;
  readonly logins: readonly Login[];
  /** `master` exists in any case. */
  readonly databases: readonly string[];
  readonly handle: SqlHandler;
  readonly faults?: TdsFaults;
};

/** A running stand-in. */
export type TdsServer = {
  readonly port: number;
  /** How many clients are connected now. */
  readonly connections: () => number;
  /** Resets all connections, as a restart of the server would. */
  readonly dropConnections: () => void;
  /** Closes the port and all connections; resolves when both are gone. */
  readonly stop: () => Promise<void>;
};

const HOST = '127.0.0.1';
const DEFAULT_VERSION = '12.0.6024';
/** SQL Server keeps the lower numbers to itself. */
const FIRST_SESSION_ID = 51;

/** Starts a TDS 7.4 server that asks a handler for every answer: the wire protocol only, no SQL engine. */
export async function startTdsServer(options: TdsServerOptions): Promise<TdsServer> {
  const sessions: SessionServer = {
    identity: {
      serverName: options.serverName,
      version: parseVersion(options.version ?? DEFAULT_VERSION),
      logins: options.logins,
      databases: options.databases,
    },
    handle: options.handle,
    faults: options.faults ?? {},
  };
  const sockets = new Set<Socket>();
  let lastSessionId = FIRST_SESSION_ID - 1;
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A reset by the client is reported here and as 'close'; without a listener it would end the process.
    socket.on('error', () => socket.destroy());
    void accept(socket, sessions, ++lastSessionId);
  });
  server.listen(options.port ?? 0, HOST);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => sockets.size,
    dropConnections: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function accept(socket: Socket, sessions: SessionServer, sessionId: number): Promise<void> {
  try {
    const fault = (await sessions.faults.connect?.()) ?? 'accept';
    if (fault === 'reset') socket.resetAndDestroy();
    else new TdsSession(socket, sessions, sessionId).start();
  } catch {
    socket.resetAndDestroy();
  }
}

function parseVersion(version: string): readonly [number, number, number] {
  const match = /^(\d+)\.(\d+)\.(\d+)/.exec(version);
  if (match === null) throw new RangeError(`'${version}' is not a version such as ${DEFAULT_VERSION}.`);
  return [Number(match[1]), Number(match[2]), Number(match[3])];
}
