import { deferredLetterSchema } from '../../../shared/contract/messages.ts';
import { CutoverError } from '../../../shared/core/errors.ts';
import type { Engine } from '../../../shared/engine/engine.ts';
import { letterOf } from '../../../shared/engine/letter.ts';
import type { Delivery } from '../../../shared/engine/handle-message.ts';
import type { Kind } from '../../../shared/kinds/kind.ts';
import type { Fact } from './facts.ts';
import type { Chance } from './random.ts';
import type { Owner, Scheduler } from './scheduler.ts';
import type { Entry, SimulatedBus } from './simulated-bus.ts';
import type { Agenda, VirtualTime } from './virtual-time.ts';

/** One incarnation of one process. */
export type Process = { readonly owner: Owner; readonly engine: Engine };

type Run = { readonly owner: Owner; readonly startedAt: number; readonly entry: Entry | null };

/** So many deliveries one process has in hand at once. */
const IN_HAND = 6;
/** The host ends a process whose function runs longer, so that no effect leaves later than its grace time. */
const FUNCTION_TIMEOUT_MS = 9 * 60_000;
const LONGEST_DOWNTIME_MS = 2 * 60_000;

const handle = async (engine: Engine, kinds: readonly Kind[], entry: Entry): Promise<void> => {
  const { queue, messageId, hop, body, deadReason } = entry;
  const deferred = deferredLetterSchema.safeParse(body);
  if (deferred.success) {
    await engine.deadLetters.take(deferred.data.letter, hop);
    return;
  }
  if (deadReason !== null) {
    const found = { queue, messageId, reason: deadReason, description: null, deliveries: null, body };
    await engine.deadLetters.take(letterOf(found), 0);
    return;
  }
  const delivery: Delivery = { queue, messageId, hop, deliveries: entry.deliveries, body };
  if (queue === 'wake') {
    await engine.handle('wake')(delivery, (message, baseId) => engine.wake(message, baseId));
  } else if (queue === 'observe') {
    await engine.handle('observe')(delivery, (message) => engine.observe(message));
  } else {
    const kind = kinds.find(({ name }) => queue === `step-${name}`);
    if (kind === undefined) throw new Error(`nobody listens on ${queue}`);
    await engine.handle('step')(delivery, (message) => engine.runStep(kind, message));
  }
};

/** The processes of the app: they take messages and timers, die at any instant, and start again. */
export const makeProcesses = (parts: {
  readonly count: number;
  readonly kinds: readonly Kind[];
  readonly isSimulatedBug: (error: unknown) => boolean;
  readonly chance: Chance;
  readonly time: VirtualTime;
  readonly agenda: Agenda;
  readonly scheduler: Scheduler;
  readonly bus: SimulatedBus;
  readonly boot: (owner: Owner) => Engine;
  readonly record: (fact: Fact) => void;
  readonly note: (line: string) => void;
  readonly onDeath: (owner: Owner) => void;
  readonly onBug: (where: string, error: unknown) => void;
}) => {
  const { kinds, isSimulatedBug, chance, time, agenda, scheduler, bus } = parts;
  const { boot, record, note, onDeath, onBug } = parts;
  let processes: Process[] = [];
  let runs: Run[] = [];
  let incarnations = 0;

  const start = (): void => {
    incarnations += 1;
    const owner: Owner = { name: `p${incarnations}`, alive: true };
    processes.push({ owner, engine: boot(owner) });
    note(`${owner.name} starts`);
  };
  for (let index = 0; index < parts.count; index += 1) start();

  const track = (
    process: Process,
    entry: Entry | null,
    work: (engine: Engine) => Promise<void>,
  ): Promise<void> => {
    const run: Run = { owner: process.owner, startedAt: time.now(), entry };
    runs.push(run);
    return work(process.engine).finally(() => {
      runs = runs.filter((other) => other !== run);
    });
  };

  const failed = (where: string, error: unknown): void => {
    const promised = error instanceof CutoverError ? error.retriable : isSimulatedBug(error);
    if (!promised) onBug(where, error);
  };

  const die = (process: Process): void => {
    note(`${process.owner.name} dies`);
    processes = processes.filter((other) => other !== process);
    scheduler.kill(process.owner);
    for (const { owner, entry } of runs)
      if (owner === process.owner && entry?.lock != null) bus.loseLock(entry);
    runs = runs.filter(({ owner }) => owner !== process.owner);
    onDeath(process.owner);
    agenda.add(chance.below(LONGEST_DOWNTIME_MS), 'a process starts again', start);
  };

  const busy = ({ owner }: Process): boolean => runs.filter((run) => run.owner === owner).length >= IN_HAND;

  return {
    alive: (): readonly Process[] => processes,
    hasRoom: (): boolean => processes.some((process) => !busy(process)),
    deliver: (entry: Entry): void => {
      const process = chance.pick(processes.filter((candidate) => !busy(candidate)));
      const { owner } = process;
      const delivery = bus.lock(entry);
      const dead = entry.deadReason !== null;
      note(`${owner.name} takes ${dead ? 'dead ' : ''}${entry.queue} ${entry.messageId}`);
      if (dead) record({ type: 'dead-lettered', messageId: entry.messageId });
      const settle = (how: 'complete' | 'abandon') =>
        scheduler.call(
          owner,
          `${how} ${entry.messageId}`,
          () => {
            bus[how](entry, delivery);
          },
          null,
        );
      void track(process, entry, async (engine) => {
        try {
          await handle(engine, kinds, entry);
        } catch (error) {
          failed(`${entry.queue} ${entry.messageId}`, error);
          await settle('abandon');
          return;
        }
        await settle('complete');
      });
    },
    timer: (name: 'sweep' | 'pollReplication'): void => {
      if (processes.length === 0) return;
      const process = chance.pick(processes);
      note(`${process.owner.name} ${name}`);
      void track(process, null, async (engine) => {
        try {
          await engine[name]();
        } catch (error) {
          failed(name, error);
        }
      });
    },
    crashOne: (): void => {
      if (processes.length > 0) die(chance.pick(processes));
    },
    loseALock: (): void => {
      const locked = bus.locked();
      if (locked.length === 0) return;
      const entry = chance.pick(locked);
      note(`the lock of ${entry.messageId} is lost`);
      bus.loseLock(entry);
    },
    endOverlong: (): void => {
      for (const { owner, startedAt } of runs) {
        const process = processes.find((candidate) => candidate.owner === owner);
        if (process && startedAt + FUNCTION_TIMEOUT_MS < time.now()) die(process);
      }
    },
  };
};
