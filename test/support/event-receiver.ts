import { startHttpServer, type HttpReply, type HttpRequest } from '../../local/http-server.ts';
import type { CloudEvent } from '../../shared/engine/cloud-event.ts';

/** One event as it came over the wire. */
export type Arrival = {
  readonly n: number;
  readonly event: CloudEvent;
  /** The body as it was sent, and the headers that prove it. */
  readonly raw: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What it was answered. */
  status: number;
};

/** What a receiver does with an event; 204 where it says nothing. */
export type Behaviour = (arrival: Arrival) => HttpReply | Promise<HttpReply> | null;

/** A receiver of events over HTTP that agrees to be sent them, unless it is told otherwise. */
export const startEventReceiver = async (behaviour: Behaviour = () => null, port = 0) => {
  const arrivals: Arrival[] = [];
  const asked: string[] = [];
  const receiver = { allows: '*' as string | null };
  const handle = async (request: HttpRequest): Promise<HttpReply> => {
    if (request.method === 'OPTIONS') {
      asked.push(request.header('WebHook-Request-Origin'));
      return {
        status: 200,
        headers: receiver.allows === null ? {} : { 'WebHook-Allowed-Origin': receiver.allows },
      };
    }
    const event = JSON.parse(request.body) as CloudEvent;
    const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];
    const headers = Object.fromEntries(names.map((name) => [name, request.header(name)]));
    const arrival: Arrival = { n: event.data.n, event, raw: request.body, headers, status: 0 };
    arrivals.push(arrival);
    const reply = (await behaviour(arrival)) ?? { status: 204 };
    arrival.status = reply.status;
    return reply;
  };
  const server = await startHttpServer(handle, port);
  return {
    arrivals,
    asked,
    receiver,
    url: `${server.url}/events`,
    port: Number(new URL(server.url).port),
    stop: server.stop,
  };
};
