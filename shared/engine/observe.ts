import type { Bindings } from '../contract/bindings.ts';
import type { Snapshot } from '../core/counts.ts';
import type { Input } from '../core/inputs.ts';
import type { Plan } from '../core/plan.ts';
import { isQuiet } from '../core/quiet-hours.ts';
import { regressionsOf } from '../core/replication-regressions.ts';
import type { ReplicationLook, ReplicationReading } from '../core/replication.ts';
import { stepQueue } from '../core/messages.ts';
import type { Condition, CutoverState } from '../core/state.ts';
import { isTerminal } from '../core/state.ts';
import type { Advance } from './advance.ts';
import type { CutoverStore } from './cutover-store.ts';
import { timeOf } from './cutover-time.ts';
import type { Directory } from './directory.ts';
import type { Log } from './log.ts';
import { BACK_OFF_LOOK_BACK, backedOff, GATE, onlyWatches, paceMs, slotAt, waitingGates } from './pace.ts';
import type { SourceInHand } from './places.ts';
import { placeOf, sourcesInHand } from './places.ts';
import type { Bus, Clock, Envelope, ObserveMessage } from './ports.ts';
import type { ReadingsStore } from './readings-store.ts';
import { textWithoutSecrets } from './secret-text.ts';

/** One look at replication and at the estimated counts of both sides of a cutover's source. */
export type Look = (
  slot: number,
  now: number,
  source: Bindings['source'],
  depth: ReplicationReading['depth'],
) => Promise<{ readonly reading: ReplicationLook; readonly snapshot: Snapshot | null }>;

type StoredPlan = { readonly plan: Plan; readonly bindings: Bindings };

/** Estimates are for the trend, so they are kinder to the source than the agents' state: at most so often. */
const ESTIMATE_EVERY_MS = 5 * 60_000;
/** Polls that can lie between two estimates at the fastest pace. */
const LOOK_BACK = 40;

/** What observing needs. */
export type ObserveParts = {
  readonly store: CutoverStore;
  readonly directory: Directory;
  readonly readings: ReadingsStore;
  readonly snapshots: { readonly store: (cutoverId: string, snapshot: Snapshot) => Promise<unknown> };
  readonly advance: Advance;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly look: Look;
  readonly conditions: (
    reading: ReplicationReading,
    before: readonly Condition[],
  ) => Extract<Input, { type: 'observe' }>['unmet'];
  /** How often the timer polls at most. */
  readonly timerPeriodMs: number;
};

/** The timer's work: one observe message for every cutover whose poll of the present slot is still missing. */
export const makePollReplication = ({ store, directory, readings, bus, clock, log }: ObserveParts) => {
  const pollOne = async (cutoverId: string): Promise<void> => {
    const head = await store.readHead(cutoverId);
    if (head === null) return;
    const { plan, bindings } = await store.readPlan(cutoverId, head.state.plan);
    const ordinary = paceMs(plan, head.state);
    if (ordinary === null) return;
    const now = clock.now();
    const place = await placeOf(store, head.state, bindings);
    const recent = await readings.since(cutoverId, place, 0, BACK_OFF_LOOK_BACK);
    const newest = recent.at(-1);
    const pace = backedOff(ordinary, recent);
    const isAhead = newest !== undefined && newest.slot > now;
    // A clock that was set back must not have polls sorted before those that were earlier: slots only go on.
    const slot = isAhead ? newest.slot + pace : slotAt(now, pace);
    if (newest !== undefined && newest.slot >= slot) return;
    const body: ObserveMessage = { type: 'observe', cutoverId, slot };
    await bus.send([
      { id: `${cutoverId}:observe:${slot}`, queue: 'observe', body, scheduledAt: null, hop: 0 },
    ]);
  };

  return async (): Promise<void> => {
    for (const { cutoverId } of await directory.active()) {
      try {
        await pollOne(cutoverId);
      } catch (error) {
        // One cutover that cannot be read must not blind the others.
        log.pollFailed(cutoverId, error);
      }
    }
  };
};

/**
 * One poll of each source in hand: reads, stores readings and snapshot under the slot, and becomes an input only when
 * what replication lacks at the source in force has changed. Caused by a timer, so its loss costs one period and its doubling nothing (I4).
 */
export const makeObserve = ({
  store,
  readings,
  snapshots,
  advance,
  bus,
  clock,
  look,
  conditions,
  timerPeriodMs,
}: ObserveParts) => {
  const cleaned = <T extends { readonly message: string }>(said: T): T => ({
    ...said,
    message: textWithoutSecrets(said.message),
  });

  /** What a poll takes is kept with the pace it was taken at, so that a missing one is found afterwards (A7). */
  const paced = (
    seen: ReplicationLook,
    plan: Plan,
    state: CutoverState,
    earlier: readonly ReplicationReading[],
  ): ReplicationReading => ({
    ...seen,
    // The next one is due at the pace that this one, too, has told to back off to.
    paceMs: Math.max(backedOff(paceMs(plan, state) ?? 0, [...earlier, seen]), timerPeriodMs),
  });

  /** Estimates are asked for seldom, and in the quiet hours of the source only what cannot wait (A14). */
  const depthOf = (
    { plan, bindings }: StoredPlan,
    state: CutoverState,
    slot: number,
    earlier: readonly ReplicationReading[],
  ): ReplicationReading['depth'] => {
    if (isQuiet(bindings.quietHours ?? [], slot) && onlyWatches(plan, state)) return 'minimum';
    const isCounted = earlier.some(
      (reading) => reading.depth === 'counts' && reading.slot > slot - ESTIMATE_EVERY_MS,
    );
    return isCounted ? 'state' : 'counts';
  };

  /** The present dispatch of every waiting gate once more: a reading without a commit, so its loss costs one period. */
  const gateLooks = async (cutoverId: string, slot: number): Promise<readonly Envelope[]> => {
    const head = await store.readHead(cutoverId);
    if (head?.state.held !== null) return [];
    const { plan } = await store.readPlan(cutoverId, head.state.plan);
    return waitingGates(plan, head.state).map(({ stepId, step: { attempt, dispatch } }) => ({
      id: `${cutoverId}:look:${slot}:${stepId}`,
      queue: stepQueue(GATE),
      body: { type: 'step', cutoverId, stepId, attempt, dispatch },
      scheduledAt: null,
      hop: 0,
    }));
  };

  /**
   * What replication lacks at the source in force, and what has become worse; null when another poll was first. Only
   * there are counts estimated.
   */
  const lookInForce = async (
    stored: StoredPlan,
    state: CutoverState,
    slot: number,
    { place, source }: SourceInHand,
  ) => {
    if (await readings.has(state.id, place, slot)) return null;
    const recent = await readings.since(state.id, place, 0, LOOK_BACK);
    const earlier = recent.filter((reading) => reading.slot < slot);
    const depth = depthOf(stored, state, slot, earlier);
    const { reading: seen, snapshot } = await look(slot, timeOf(clock, state), source, depth);
    const reading = paced(seen, stored.plan, state, earlier);
    if (!(await readings.insert(state.id, place, reading))) return null;
    if (snapshot !== null) await snapshots.store(state.id, snapshot);
    return {
      unmet: conditions(reading, state.replication?.unmet ?? []).map(cleaned),
      regressions: regressionsOf(earlier, reading).map(cleaned),
    };
  };

  /** Looks at a source that only attempts of an earlier revision go by; false when another poll was first. */
  const lookElsewhere = async (
    plan: Plan,
    state: CutoverState,
    slot: number,
    { place, source }: SourceInHand,
  ) => {
    if (await readings.has(state.id, place, slot)) return false;
    const { reading } = await look(slot, timeOf(clock, state), source, 'state');
    return await readings.insert(state.id, place, paced(reading, plan, state, []));
  };

  return async ({ cutoverId, slot }: ObserveMessage): Promise<void> => {
    const head = await store.readHead(cutoverId);
    if (head === null || isTerminal(head.state)) return;
    const stored = await store.readPlan(cutoverId, head.state.plan);
    const [inForce, ...others] = await sourcesInHand(store, head.state);
    const found = await lookInForce(stored, head.state, slot, inForce);
    let isNew = found !== null;
    for (const other of others) isNew = (await lookElsewhere(stored.plan, head.state, slot, other)) || isNew;
    if (!isNew) return;
    const { regressions = [] } = found ?? {};
    const answer =
      found &&
      (await advance(cutoverId, {
        id: `observe:${slot}`,
        type: 'observe',
        unmet: found.unmet,
        ...(regressions.length === 0 ? {} : { regressions }),
      }));
    // A change lets every step that waits for the world look; otherwise only the gates count the readings in a row.
    if (answer?.code !== 'applied') await bus.send(await gateLooks(cutoverId, slot));
  };
};
