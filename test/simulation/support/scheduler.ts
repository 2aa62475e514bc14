import type { Chance } from './random.ts';
import type { VirtualTime } from './virtual-time.ts';
import { nextAfter } from './virtual-time.ts';

/** One incarnation of a process, or the outside; what a dead one awaits never settles. */
export type Owner = { readonly name: string; alive: boolean };

/** How a port call may go wrong: it throws `failure`, with or without its effect having happened. */
export type CallFaults = { readonly failure: () => Error; readonly mayLandLate: boolean };

type Operation = {
  readonly owner: Owner;
  readonly label: string;
  readonly readyAt: number;
  readonly apply: () => unknown;
  readonly faults: CallFaults | null;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
};

/** How often calls fail and stall; changed when the faults stop. */
export type FaultRates = { fail: number; stall: number };

/** Longest time a call in flight may take to arrive after its caller gave up or died. */
const LATEST_LANDING_MS = 30_000;
/** No call of a port takes longer. */
export const LONGEST_STALL_MS = 4 * 60_000;
const NOWHERE: Owner = { name: 'in flight', alive: false };
const ignore = (): void => undefined;

/** Waits until every continuation that can run has run: a tick comes only after all microtasks. */
export const drain = (): Promise<void> =>
  new Promise((resolve) => {
    process.nextTick(resolve);
  });

/**
 * Every port call of every process waits here until it is chosen; then its effect is applied at once, its promise
 * settles, and everything that follows runs up to the next port calls. So any interleaving of processes is possible.
 */
export const makeScheduler = (parts: {
  readonly chance: Chance;
  readonly time: VirtualTime;
  readonly rates: FaultRates;
  readonly note: (line: string) => void;
}) => {
  const { chance, time, rates, note } = parts;
  let waiting: Operation[] = [];

  const later = ({ label, apply }: Operation): void => {
    const readyAt = time.now() + chance.below(LATEST_LANDING_MS);
    const settle = { faults: null, resolve: ignore, reject: ignore };
    waiting.push({ owner: NOWHERE, label: `${label} (late)`, readyAt, apply, ...settle });
  };

  const perform = async (operation: Operation): Promise<string> => {
    const { owner, apply, faults, resolve, reject } = operation;
    if (faults !== null && chance.happens(rates.fail)) {
      const kind = chance.pick(faults.mayLandLate ? ['before', 'after', 'late'] : ['before', 'after']);
      if (kind === 'late') later(operation);
      if (kind === 'after') await Promise.resolve().then(apply).catch(ignore);
      reject(faults.failure());
      return `fails ${kind}`;
    }
    try {
      const value: unknown = await apply();
      if (owner.alive) resolve(value);
      return '';
    } catch (error) {
      if (owner.alive) reject(error);
      return error instanceof Error ? error.name : 'throws';
    }
  };

  return {
    call: <T>(
      owner: Owner,
      label: string,
      apply: () => T | Promise<T>,
      faults: CallFaults | null,
    ): Promise<T> =>
      new Promise<T>((resolve, reject) => {
        if (!owner.alive) return;
        const stalls = chance.happens(rates.stall);
        const readyAt = stalls ? time.now() + chance.below(LONGEST_STALL_MS) : time.now();
        const settle = { resolve: resolve as (value: unknown) => void, reject };
        waiting.push({ owner, label, readyAt, apply, faults, ...settle });
      }),
    ready: (): readonly Operation[] => waiting.filter(({ readyAt }) => readyAt <= time.now()),
    nextAt: (): number =>
      nextAfter(
        time.now(),
        waiting.map(({ readyAt }) => readyAt),
      ),
    run: async (operation: Operation): Promise<void> => {
      waiting = waiting.filter((other) => other !== operation);
      const outcome = await perform(operation);
      note(`${operation.owner.name} ${operation.label} ${outcome}`);
      await drain();
    },
    /** The process dies between two instructions: of its calls in flight, each arrives later or never. */
    kill: (owner: Owner): void => {
      owner.alive = false;
      const own = waiting.filter((operation) => operation.owner === owner);
      waiting = waiting.filter((operation) => operation.owner !== owner);
      for (const operation of own) if (chance.happens(0.5)) later(operation);
    },
  };
};

/** See {@link makeScheduler}. */
export type Scheduler = ReturnType<typeof makeScheduler>;
