import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a server on this machine that can be cut and joined again. */
export type TcpRelay = {
  readonly port: number;
  readonly cut: (isCut: boolean) => void;
  /** Tells of everything that passes, before it is passed on. */
  readonly watch: (listener: () => void) => void;
  readonly stop: () => Promise<void>;
};

/** Starts one to the server at `port`. */
export const startTcpRelay = async (port: number): Promise<TcpRelay> => {
  let isCut = false;
  let told = (): void => undefined;
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A reset is reported here and as 'close'; without a listener it would end the process.
    socket.on('error', () => socket.destroy());
    return socket;
  };
  const server = createServer({ noDelay: true }, (client) => {
    if (isCut) {
      keep(client).resetAndDestroy();
      return;
    }
    const upstream = connect({ port, host: '127.0.0.1', noDelay: true });
    for (const socket of [keep(client), keep(upstream)])
      socket.on('data', () => {
        told();
      });
    client.pipe(upstream).pipe(client);
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const dropAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut: (isNowCut) => {
      isCut = isNowCut;
      if (isCut) dropAll();
    },
    watch: (listener) => {
      told = listener;
    },
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      dropAll();
      await closed;
    },
  };
};
