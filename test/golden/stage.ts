import type { Answer } from '../../shared/core/draft.ts';
import { CutoverError } from '../../shared/core/errors.ts';
import type { Input } from '../../shared/core/inputs.ts';
import type { Plan } from '../../shared/core/plan.ts';
import { watchConditions } from '../../shared/core/replication-watch.ts';
import { REQUEST } from '../../shared/engine/advance.ts';
import type { Envelope, Tables } from '../../shared/engine/ports.ts';
import { KIND_BY_NAME } from '../../shared/kinds/registry.ts';
import { engineOn, makeRecordingBus } from '../support/engine-parts.ts';

import type { What } from '../support/sample-inputs.ts';
import { MANAGER } from '../support/sample-inputs.ts';
import { makeTestClock } from '../support/test-world.ts';
import { BINDINGS, makeOutside } from './outside.ts';

/** A request that was made, and the answer it must get whenever it is made again (I3). */
export type Asked = { readonly cutoverId: string; readonly input: Input; readonly answer: Answer };

/** What an earlier process did: what it was asked, and how far it had counted its made-up values. */
type Before = { readonly asked: readonly Asked[]; readonly firstToken: number };

/** The real engine with its real kinds on tables in memory, a virtual clock, and a bus that delivers when told to. */
export const makeStage = (startAt: number, tables: Tables, before: Before = { asked: [], firstToken: 1 }) => {
  const clock = makeTestClock(startAt);
  const bus = makeRecordingBus(() => new CutoverError('C401', 'the bus of the golden cutovers'));
  const outside = makeOutside(clock);
  const engine = engineOn({
    tables,
    bus,
    clock,
    outside: outside.parts,
    look: outside.look,
    conditions: watchConditions,
    firstToken: before.firstToken,
  });
  const asked: Asked[] = [...before.asked];

  const handle = async ({ id, queue, body }: Envelope): Promise<void> => {
    if (body.type === 'wake') await engine.wake(body, id);
    else if (body.type === 'observe') await engine.observe(body);
    else if (body.type === 'step') await engine.runStep(KIND_BY_NAME.get(queue.slice('step-'.length))!, body);
  };

  /** Delivers, in order, whatever is not scheduled for later. */
  const deliver = async (): Promise<void> => {
    const isDue = ({ scheduledAt }: Envelope): boolean => (scheduledAt ?? 0) <= clock.now();
    for (let at = bus.sent.findIndex(isDue); at >= 0; at = bus.sent.findIndex(isDue)) {
      for (const envelope of bus.sent.splice(at, 1)) await handle(envelope);
    }
  };

  return {
    tables,
    clock,
    bus,
    engine,
    asked,
    outside: outside.mood,
    deliver,
    start: async (
      cutoverId: string,
      plan: Plan,
      more: { readonly startAt?: number; readonly hold?: string } = {},
    ): Promise<void> => {
      await engine.start({ cutoverId, plan, bindings: BINDINGS, by: MANAGER, key: cutoverId, ...more });
    },
    /** What somebody asks for over HTTP; what follows from it is delivered. */
    ask: async (cutoverId: string, what: What): Promise<void> => {
      const input: Input = { id: `${REQUEST}${asked.length + 1}`, ...what };
      const answer = await engine.advance(cutoverId, input);
      asked.push({ cutoverId, input, answer });
      await deliver();
    },
    /** Lets time pass, delivering what becomes due when it becomes due. */
    pass: async (durationMs: number): Promise<void> => {
      const until = clock.now() + durationMs;
      while (clock.now() < until) {
        const next = Math.min(until, ...bus.sent.flatMap(({ scheduledAt }) => scheduledAt ?? []));
        clock.set(Math.max(clock.now(), next));
        await deliver();
      }
    },
    /** One turn of the timer that looks at replication. */
    poll: async (): Promise<void> => {
      await engine.pollReplication();
      await deliver();
    },
    stateOf: async (cutoverId: string) => (await engine.store.readHead(cutoverId))!.state,
  };
};

/** See {@link makeStage}. */
export type Stage = Awaited<ReturnType<typeof makeStage>>;
