import type { Chance } from './random.ts';
import type { VirtualTime } from './virtual-time.ts';
import { nextAfter } from './virtual-time.ts';

/** One incarnation of a process, or the outside; what a dead one awaits never settles. */
export type Owner = { readonly name: string; alive: boolean };

/** How a port call may go wrong. */
export type CallFaults = {
  /** It throws this, with or without its effect having happened. */
  readonly failure: () => Error;
  /** Its effect may come after the failure. */
  readonly mayLandLate: boolean;
  /** Its client repeats it when no answer came, so that it may take effect and then meet its own effect. */
  readonly isRepeated?: boolean;
  /** The storage may turn it away for being asked too much. */
  readonly isThrottled?: boolean;
};

type Operation = {
  readonly owner: Owner;
  readonly label: string;
  readonly readyAt: number;
  readonly apply: () => unknown;
  readonly faults: CallFaults | null;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
};

/** The one port call of a run, counted from 1, before or after whose effect its process dies. */
export type CrashPoint = { readonly call: number; readonly when: 'before' | 'after' };

/** How often calls fail and stall; changed when the faults stop. */
export type FaultRates = { fail: number; stall: number; throttled: number };

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
  readonly crashPoint: CrashPoint | null;
  /** Ends the process that makes the call of the crash point. */
  readonly onCrash: (owner: Owner) => void;
}) => {
  const { chance, time, rates, note, crashPoint, onCrash } = parts;
  let waiting: Operation[] = [];
  let calls = 0;

  const later = ({ label, apply }: Operation): void => {
    const readyAt = time.now() + chance.below(LATEST_LANDING_MS);
    const settle = { faults: null, resolve: ignore, reject: ignore };
    waiting.push({ owner: NOWHERE, label: `${label} (late)`, readyAt, apply, ...settle });
  };

  const crash = async ({ owner, apply }: Operation, when: CrashPoint['when']): Promise<string> => {
    if (when === 'after') await Promise.resolve().then(apply).catch(ignore);
    onCrash(owner);
    return `is the last of its process, which dies ${when} it takes effect`;
  };

  /** The answer is lost, and the client sends the same once more: what that meets is what the caller is told. */
  const repeat = async ({ owner, apply, resolve, reject }: Operation): Promise<string> => {
    await Promise.resolve().then(apply).catch(ignore);
    try {
      const value: unknown = await apply();
      if (owner.alive) resolve(value);
    } catch (error) {
      if (owner.alive) reject(error);
    }
    return 'is repeated by its client';
  };

  const perform = async (operation: Operation): Promise<string> => {
    const { owner, apply, faults, resolve, reject } = operation;
    if (owner !== NOWHERE) calls += 1;
    if (owner !== NOWHERE && calls === crashPoint?.call) return await crash(operation, crashPoint.when);
    if (faults?.isThrottled === true && chance.happens(rates.throttled)) {
      reject(faults.failure());
      return 'is throttled';
    }
    if (faults !== null && chance.happens(rates.fail)) {
      const kind = chance.pick([
        'before',
        'after',
        ...(faults.mayLandLate ? ['late'] : []),
        ...(faults.isRepeated === true ? ['repeated'] : []),
      ]);
      if (kind === 'repeated') return await repeat(operation);
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
    /** Calls made so far by processes. */
    calls: (): number => calls,
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
