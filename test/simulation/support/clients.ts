import type { HttpResponseInit } from '@azure/functions';
import type { StartRequest } from '../../../shared/engine/start.ts';
import type { App } from './app.ts';
import type { Fact } from './facts.ts';
import type { Chance } from './random.ts';
import type { OutsideInput } from './requests.ts';
import { requestOf, startRequestOf } from './requests.ts';
import type { Owner } from './scheduler.ts';
import type { Agenda } from './virtual-time.ts';

/** A process as a client meets it. */
type Host = { readonly owner: Owner; readonly app: App };

/** A request on its way, with the cutover and the input it is about. */
type Call = {
  readonly cutoverId: string;
  readonly inputId: string;
  readonly reused: boolean;
  readonly work: (app: App) => Promise<HttpResponseInit>;
};

const working =
  (cutoverId: string, input: OutsideInput, token: string | null): Call['work'] =>
  (app) =>
    app.request(requestOf(cutoverId, input, token));

type Try = { readonly owner: Owner; readonly call: Call };

const LONGEST_PATIENCE_MS = 30_000;

/** People and systems that send requests and repeat each until they get an answer. */
export const makeClients = (parts: {
  readonly chance: Chance;
  readonly agenda: Agenda;
  readonly hosts: () => readonly Host[];
  readonly record: (fact: Fact) => void;
  readonly onBug: (where: string, error: unknown) => void;
}) => {
  const { chance, agenda, hosts, record, onBug } = parts;
  let tries: Try[] = [];
  let waiting = 0;

  const again = (call: Call): void => {
    waiting += 1;
    agenda.add(chance.below(LONGEST_PATIENCE_MS), `${call.inputId} is sent again`, () => {
      waiting -= 1;
      send(call);
    });
  };

  const take = (call: Call, reply: HttpResponseInit): void => {
    const { cutoverId, inputId, reused } = call;
    const status = reply.status ?? 200;
    if (status === 503) again(call);
    else record({ type: 'answered', cutoverId, inputId, reply, reused });
    // Nobody here sends what is malformed.
    if (status === 400 || status === 500) onBug(`the request ${inputId}`, reply.body);
  };

  const send = (call: Call): void => {
    const alive = hosts();
    if (alive.length === 0) {
      again(call);
      return;
    }
    const { owner, app } = chance.pick(alive);
    const attempt: Try = { owner, call };
    tries.push(attempt);
    call.work(app).then(
      (reply) => {
        tries = tries.filter((other) => other !== attempt);
        take(call, reply);
      },
      (error: unknown) => {
        onBug(`the request ${call.inputId}`, error);
      },
    );
  };

  return {
    start: (request: StartRequest): void => {
      const { cutoverId, key } = request;
      send({
        cutoverId,
        inputId: `start:${key}`,
        reused: false,
        work: (app) => app.request(startRequestOf(request)),
      });
    },
    /** Sends what asks for this input; `token` is the one-time token of a completion. */
    submit: (cutoverId: string, input: OutsideInput, token: string | null = null): void => {
      record({ type: 'asked', cutoverId, input });
      send({ cutoverId, inputId: input.id, reused: false, work: working(cutoverId, input, token) });
    },
    /** Sends something else under the key of an earlier request. */
    reuse: (cutoverId: string, input: OutsideInput): void => {
      send({ cutoverId, inputId: input.id, reused: true, work: working(cutoverId, input, null) });
    },
    /** Requests that a dying process had in hand time out at their senders. */
    processDied: (owner: Owner): void => {
      const lost = tries.filter((attempt) => attempt.owner === owner);
      tries = tries.filter((attempt) => attempt.owner !== owner);
      for (const { call } of lost) again(call);
    },
    open: (): number => tries.length + waiting,
  };
};

/** See {@link makeClients}. */
export type Clients = ReturnType<typeof makeClients>;
