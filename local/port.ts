import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

const listenOnce = async (port: number): Promise<number> => {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const { port: found } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return found;
};

/** A port of this machine nobody listens on. */
export const freePort = (): Promise<number> => listenOnce(0);

/** Whether nobody listens on a port of this machine. */
export const isPortFree = async (port: number): Promise<boolean> => {
  try {
    await listenOnce(port);
    return true;
  } catch {
    return false;
  }
};
