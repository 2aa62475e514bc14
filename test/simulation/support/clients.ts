import type { HttpResponseInit } from '@azure/functions';
import type { Actor } from '../../../shared/core/state.ts';
import type { StartRequest } from '../../../shared/engine/start.ts';
import type { App } from './app.ts';
import type { Fact } from './facts.ts';
import type { Chance } from './random.ts';
import type { OutsideInput, WebRequest } from './requests.ts';
import { requestOf, startRequestOf, statusRequestOf } from './requests.ts';
import type { Owner } from './scheduler.ts';
import type { Agenda, VirtualTime } from './virtual-time.ts';

/** A process as a client meets it. */
type Host = { readonly owner: Owner; readonly app: App };

/** A request on its way, and the fact that its answer is. */
type Call = {
  readonly name: string;
  readonly request: WebRequest;
  readonly told: (reply: HttpResponseInit) => Fact;
};

const answered =
  (cutoverId: string, inputId: string, reused: boolean): Call['told'] =>
  (reply) => ({ type: 'answered', cutoverId, inputId, reply, reused });

type Try = { readonly owner: Owner; readonly call: Call };

const LONGEST_PATIENCE_MS = 30_000;

/** People and systems that send requests and repeat each until they get an answer. */
export const makeClients = (parts: {
  readonly chance: Chance;
  readonly time: VirtualTime;
  readonly agenda: Agenda;
  readonly hosts: () => readonly Host[];
  readonly record: (fact: Fact) => void;
  readonly onBug: (where: string, error: unknown) => void;
}) => {
  const { chance, time, agenda, hosts, record, onBug } = parts;
  let tries: Try[] = [];
  let waiting = 0;

  const again = (call: Call): void => {
    waiting += 1;
    agenda.add(chance.below(LONGEST_PATIENCE_MS), `${call.name} is sent again`, () => {
      waiting -= 1;
      send(call);
    });
  };

  const take = (call: Call, reply: HttpResponseInit): void => {
    const status = reply.status ?? 200;
    if (status === 503) again(call);
    else record(call.told(reply));
    // Nobody here sends what is malformed.
    if (status === 400 || status === 500) onBug(`the request ${call.name}`, reply.body);
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
    app.request(call.request).then(
      (reply) => {
        tries = tries.filter((other) => other !== attempt);
        take(call, reply);
      },
      (error: unknown) => {
        onBug(`the request ${call.name}`, error);
      },
    );
  };

  return {
    start: (request: StartRequest): void => {
      const { cutoverId, key } = request;
      const name = `start:${key}`;
      send({ name, request: startRequestOf(request), told: answered(cutoverId, name, false) });
    },
    /** Sends what asks for this input; `token` is the one-time token of a completion. */
    submit: (cutoverId: string, input: OutsideInput, token: string | null = null): void => {
      record({ type: 'asked', cutoverId, input });
      const request = requestOf(cutoverId, input, token);
      send({ name: input.id, request, told: answered(cutoverId, input.id, false) });
    },
    /** Sends something else under the key of an earlier request. */
    reuse: (cutoverId: string, input: OutsideInput): void => {
      const request = requestOf(cutoverId, input, null);
      send({ name: input.id, request, told: answered(cutoverId, input.id, true) });
    },
    /** Asks how the cutover stands (null), or how it stood at a moment. */
    askStatus: (cutoverId: string, asOf: number | null, by: Actor): void => {
      const request = statusRequestOf(cutoverId, asOf, by);
      const askedAt = time.now();
      const told = (reply: HttpResponseInit): Fact => ({
        type: 'status-told',
        ...{ cutoverId, asOf, askedAt, reply },
        toldAt: time.now(),
      });
      send({ name: 'status', request, told });
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
