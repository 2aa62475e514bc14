import { CutoverError } from '../../../shared/core/errors.ts';
import type { App } from './app.ts';
import type { Chance } from './random.ts';
import type { Owner, Scheduler } from './scheduler.ts';
import type { Entry, SimulatedBus } from './simulated-bus.ts';
import type { Agenda, VirtualTime } from './virtual-time.ts';

/** One incarnation of one process. */
export type Process = { readonly owner: Owner; readonly app: App };

type Run = {
  readonly owner: Owner;
  readonly startedAt: number;
  /** The message in hand; null for a timer. */
  readonly inHand: { readonly entry: Entry; readonly delivery: number } | null;
};

/** So many deliveries one process has in hand at once. */
const IN_HAND = 6;
/** The host ends a process whose function runs longer, so that no effect leaves later than its grace time. */
const FUNCTION_TIMEOUT_MS = 9 * 60_000;
const LONGEST_DOWNTIME_MS = 2 * 60_000;

/** The processes of the app: they take messages and timers, die at any instant, and start again. */
export const makeProcesses = (parts: {
  readonly count: number;
  readonly isSimulatedBug: (error: unknown) => boolean;
  readonly chance: Chance;
  readonly time: VirtualTime;
  readonly agenda: Agenda;
  readonly scheduler: Scheduler;
  readonly bus: SimulatedBus;
  readonly boot: (owner: Owner) => App;
  readonly note: (line: string) => void;
  readonly onDeath: (owner: Owner) => void;
  readonly onBug: (where: string, error: unknown) => void;
}) => {
  const { isSimulatedBug, chance, time, agenda, scheduler, bus } = parts;
  const { boot, note, onDeath, onBug } = parts;
  let processes: Process[] = [];
  let runs: Run[] = [];
  let incarnations = 0;

  const start = (): void => {
    incarnations += 1;
    const owner: Owner = { name: `p${incarnations}`, alive: true };
    processes.push({ owner, app: boot(owner) });
    note(`${owner.name} starts`);
  };
  for (let index = 0; index < parts.count; index += 1) start();

  const track = (
    process: Process,
    inHand: Run['inHand'],
    work: (app: App) => Promise<void>,
  ): Promise<void> => {
    const run: Run = { owner: process.owner, startedAt: time.now(), inHand };
    runs.push(run);
    return work(process.app).finally(() => {
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
    for (const { owner, inHand } of runs)
      if (owner === process.owner && inHand !== null) bus.loseLock(inHand.entry, inHand.delivery);
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
      note(`${owner.name} takes ${entry.queue} ${entry.messageId}`);
      const settle = (how: 'complete' | 'abandon') =>
        scheduler.call(
          owner,
          `${how} ${entry.messageId}`,
          () => {
            bus[how](entry, delivery);
          },
          null,
        );
      void track(process, { entry, delivery }, async (app) => {
        try {
          await app.message(entry);
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
      void track(process, null, async (app) => {
        try {
          await app.timer(name);
        } catch (error) {
          failed(name, error);
        }
      });
    },
    crash: (owner: Owner): void => {
      const process = processes.find((candidate) => candidate.owner === owner);
      if (process !== undefined) die(process);
    },
    crashOne: (): void => {
      if (processes.length > 0) die(chance.pick(processes));
    },
    loseALock: (): void => {
      const locked = bus.locked();
      if (locked.length === 0) return;
      const { entry, delivery } = chance.pick(locked);
      note(`the lock of ${entry.messageId} is lost`);
      bus.loseLock(entry, delivery);
    },
    endOverlong: (): void => {
      for (const { owner, startedAt } of runs) {
        const process = processes.find((candidate) => candidate.owner === owner);
        if (process && startedAt + FUNCTION_TIMEOUT_MS < time.now()) die(process);
      }
    },
  };
};
