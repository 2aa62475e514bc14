import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import rhea, { type Connection, type EventContext, type ServerConnectionOptions } from 'rhea';
import type { Clock } from '../../shared/adapters/clock.ts';
import { isIdle, makeBroker, stopBroker, wakeAll } from './broker.ts';
import { serveLinks } from './links.ts';
import { countNamespace, type QueueCounts } from './namespace.ts';
import type { QueueSettings } from './queue.ts';
import { cutConnection } from './wire.ts';

export type { QueueSettings };

/** A running stand-in for a Service Bus namespace. */
export type ServiceBusStandIn = {
  readonly port: number;
  /** What a client of the SDK needs to connect. */
  readonly connectionString: string;
  /** How many messages each queue holds now, by queue name. */
  readonly counts: () => Readonly<Record<string, QueueCounts>>;
  /** Messages that clients have sent or scheduled since the start; dropped duplicates do not count. */
  readonly totalEnqueued: () => number;
  /** True when no message can be received or is held; scheduled and deferred ones and dead letters may remain. */
  readonly isIdle: () => boolean;
  /** Resolves as soon as `isIdle` is true. */
  readonly whenIdle: () => Promise<void>;
  /** Looks at the clock at once; only a clock that is moved by hand needs it. */
  readonly wake: () => void;
  /** Cuts all clients off and ends; what was in the queues is gone. */
  readonly stop: () => Promise<void>;
};

/** How a stand-in is started. */
export type ServiceBusOptions = {
  /** Any free port when 0 or left out. */
  readonly port?: number;
  readonly clock: Clock;
  /** How many milliseconds of the clock pass in one of the machine's; 1 when left out. */
  readonly timeFactor?: number;
  readonly queues: readonly QueueSettings[];
};

const host = '127.0.0.1';
const key = { name: 'RootManageSharedAccessKey', value: 'local-service-bus-key' };

/** Deliveries a session may hold unsettled; with rhea's 2,048 one long lock would stop a busy receiver. */
const sessionBufferDeliveries = 200_000;
/** What the service grants a sender at once. */
const senderCredit = 1_000;
/** The frame size the service agrees to. */
const maxFrameBytes = 65_536;

/**
 * Starts a stand-in for Azure Service Bus queues that the unmodified `@azure/service-bus` can use. Everything is kept
 * in memory; scheduled times, locks, time to live and duplicate detection follow the given clock.
 * @throws Error when a queue setting is one that Azure refuses, or the port is taken.
 */
export const startServiceBus = async (options: ServiceBusOptions): Promise<ServiceBusStandIn> => {
  const broker = makeBroker({
    clock: options.clock,
    timeFactor: options.timeFactor ?? 1,
    queues: options.queues,
    newLockToken: () => randomUUID(),
  });
  const container = rhea.create_container();
  const connections = new Set<Connection>();
  container.on('connection_open', ({ connection }: EventContext) => connections.add(connection));
  for (const event of ['connection_close', 'disconnected']) {
    container.on(event, ({ connection }: EventContext) => connections.delete(connection));
  }
  // rhea throws what nobody listens to. A client that breaks the protocol or reports an error loses its connection or
  // its link and disturbs nobody else; only what goes wrong in here is worth a line.
  const clientTroubles = [
    'protocol_error',
    'connection_error',
    'session_error',
    'sender_error',
    'receiver_error',
  ];
  for (const event of clientTroubles) container.on(event, () => undefined);
  container.on('error', (problem: unknown) => {
    console.error('Service Bus stand-in:', problem);
  });
  serveLinks(container, broker, key);
  const server = container.listen({
    port: options.port ?? 0,
    host,
    tcp_no_delay: true,
    max_frame_size: maxFrameBytes,
    session_buffer_size: { outgoing: sessionBufferDeliveries },
    sender_options: { autosettle: false, treat_modified_as_released: false },
    receiver_options: { autoaccept: false, credit_window: senderCredit },
  } as ServerConnectionOptions);
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    connectionString: `Endpoint=sb://${host}:${port};SharedAccessKeyName=${key.name};SharedAccessKey=${key.value};UseDevelopmentEmulator=true;`,
    counts: () => {
      wakeAll(broker);
      return countNamespace(broker.namespace);
    },
    totalEnqueued: () => broker.enqueuedCount,
    isIdle: () => isIdle(broker),
    whenIdle: () =>
      new Promise((resolve) => {
        if (isIdle(broker)) resolve();
        else broker.idleWaiters.push(resolve);
      }),
    wake: () => {
      wakeAll(broker);
    },
    stop: async () => {
      stopBroker(broker);
      const closed = once(server, 'close');
      server.close();
      for (const connection of connections) cutConnection(connection);
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
};
