import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Socket } from 'node:net';

const channel = 'net.client.socket';

/**
 * Sets TCP_NODELAY on every client socket this process opens from now on, until the returned function is called.
 * Over loopback Nagle's algorithm and delayed acknowledgements cost an AMQP or TDS exchange up to 18 ms, and the SDKs
 * offer no option against it.
 */
export const disableNagle = (): (() => void) => {
  const onSocket = (message: unknown): void => {
    const { socket } = message as { readonly socket: unknown };
    if (socket instanceof Socket) socket.setNoDelay(true);
  };
  subscribe(channel, onSocket);
  return () => {
    unsubscribe(channel, onSocket);
  };
};
