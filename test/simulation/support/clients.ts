import type { Answer } from '../../../shared/core/draft.ts';
import { CutoverError } from '../../../shared/core/errors.ts';
import type { Input } from '../../../shared/core/inputs.ts';
import type { Engine } from '../../../shared/engine/engine.ts';
import type { StartRequest } from '../../../shared/engine/start.ts';
import type { Fact } from './facts.ts';
import type { Chance } from './random.ts';
import type { Owner } from './scheduler.ts';
import type { Agenda } from './virtual-time.ts';

/** A process as a client meets it. */
export type Host = { readonly owner: Owner; readonly engine: Engine };

type Request = {
  readonly cutoverId: string;
  readonly inputId: string;
  readonly reused: boolean;
  readonly work: (engine: Engine) => Promise<Answer>;
};

type Try = { readonly owner: Owner; readonly request: Request };

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

  const again = (request: Request): void => {
    waiting += 1;
    agenda.add(chance.below(LONGEST_PATIENCE_MS), `${request.inputId} is sent again`, () => {
      waiting -= 1;
      send(request);
    });
  };

  const send = (request: Request): void => {
    const alive = hosts();
    if (alive.length === 0) {
      again(request);
      return;
    }
    const { owner, engine } = chance.pick(alive);
    const attempt: Try = { owner, request };
    tries.push(attempt);
    const end = () => {
      tries = tries.filter((other) => other !== attempt);
    };
    request.work(engine).then(
      (answer) => {
        end();
        const { cutoverId, inputId, reused } = request;
        record({ type: 'answered', cutoverId, inputId, answer, reused });
      },
      (error: unknown) => {
        end();
        if (error instanceof CutoverError && error.retriable) again(request);
        else onBug(`the request ${request.inputId}`, error);
      },
    );
  };

  return {
    start: (request: StartRequest): void => {
      const { cutoverId, key } = request;
      send({ cutoverId, inputId: `start:${key}`, reused: false, work: (engine) => engine.start(request) });
    },
    submit: (cutoverId: string, input: Input, reused = false): void => {
      if (!reused) record({ type: 'asked', cutoverId, input });
      send({ cutoverId, inputId: input.id, reused, work: (engine) => engine.advance(cutoverId, input) });
    },
    /** Requests that a dying process had in hand time out at their senders. */
    processDied: (owner: Owner): void => {
      const lost = tries.filter((attempt) => attempt.owner === owner);
      tries = tries.filter((attempt) => attempt.owner !== owner);
      for (const { request } of lost) again(request);
    },
    open: (): number => tries.length + waiting,
  };
};

/** See {@link makeClients}. */
export type Clients = ReturnType<typeof makeClients>;
