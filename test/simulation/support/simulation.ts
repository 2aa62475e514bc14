import { idFor } from '../../../functions/http/cutovers.ts';
import { allSteps } from '../../../shared/core/plan.ts';
import type { CutoverState } from '../../../shared/core/state.ts';
import { isStepTerminal, isTerminal } from '../../../shared/core/state.ts';
import { WATCHED_AFTER_END_MS } from '../../../shared/engine/sweep.ts';
import { waitingFor } from '../../../shared/view/waiting-for.ts';
import { checkEnd } from './check-end.ts';
import type { Violation } from './facts.ts';
import { STARTER } from './kinds.ts';
import { drain, LONGEST_STALL_MS } from './scheduler.ts';
import type { Play } from './scenario.ts';
import type { OnLine, Stage } from './stage.ts';
import { setStage } from './stage.ts';

/** What came of one simulation. */
export type Outcome = {
  readonly violations: readonly Violation[];
  /** SHA-256 of everything that happened, in order. */
  readonly traceHash: string;
  readonly actions: number;
  /** Port calls of processes: so many places to crash at. */
  readonly calls: number;
  readonly commits: number;
  /** The types of the events that were committed. */
  readonly events: readonly string[];
  readonly statuses: readonly string[];
  /** How every step ended, in words. */
  readonly steps: readonly string[];
  /** Messages that were delivered before the end. */
  readonly deliveries: number;
};

const MINUTE_MS = 60_000;
const LONGEST_THROTTLING_MS = 5 * MINUTE_MS;
/** So long people go on after everything has ended. */
const AFTERMATH_MS = 4 * MINUTE_MS;
/** So long the watchdog then gets to tidy up. */
const TIDY_MS = WATCHED_AFTER_END_MS + 3 * MINUTE_MS;
/** So long after the faults have stopped, and past a due time, a cutover may oversleep: one stalled call and two sweeps. */
const OVERDUE_MS = LONGEST_STALL_MS + 3 * MINUTE_MS;
/** Longest time one action takes: a call of a port is quick, a stalled one waits by itself. */
const ACTION_MS = 40;

const startCutovers = (stage: Stage): void => {
  const { chance, time, profile, agenda, ledger, clients, scenario, surroundings, lulls, hindsight } = stage;
  const startAt = profile.startsAfterMs > 0 ? time.now() + profile.startsAfterMs : null;
  for (let index = 1; index <= profile.cutovers; index += 1) {
    const key = `c${index}`;
    const cutoverId = idFor(STARTER.id, key);
    const plan = scenario.planOf(key);
    ledger.record({ type: 'planned', cutoverId, plan, startAt });
    const held = profile.startsHeld ? { hold: 'AX is still to be looked at' } : {};
    const later = startAt === null ? {} : { startAt };
    const request = { cutoverId, plan, bindings: scenario.bindings, by: STARTER, key, ...held, ...later };
    clients.start(request);
    if (chance.happens(profile.chaos)) clients.start(request);
    const look = (): void => {
      const state = ledger.stateOf(cutoverId);
      if (state) {
        surroundings.look(cutoverId, state);
        hindsight.look(state);
      }
      agenda.add(lulls.lookAfterMs(chance.between(10, 90) * 1000), `somebody looks at ${cutoverId}`, look);
    };
    look();
  }
};

/** Timers may be skipped, and run in several processes at once; without faults they run once per period. */
const startTimers = ({ chance, profile, agenda, ledger, faults, processes, lulls }: Stage): void => {
  const every = (periodMs: number, name: 'sweep' | 'pollReplication', isNeeded: () => boolean): void => {
    const tick = (): void => {
      agenda.add(lulls.timerAfterMs(periodMs), name, tick);
      if (!isNeeded()) return;
      const times = faults.isQuiet() ? 1 : chance.pick([0, 1, 1, 1, 1, 2]);
      for (let turn = 0; turn < times; turn += 1) processes.timer(name);
    };
    tick();
  };
  every(MINUTE_MS, 'sweep', () => true);
  // What no plan asks for costs time and shows nothing.
  const isPolled = ({ state }: { readonly state: CutoverState }): boolean =>
    allSteps(ledger.planOf(state.id)).some(
      ({ kind, marks }) => kind === 'replication-gate' || marks === 'replication-set-up',
    );
  every(profile.pollEveryMs, 'pollReplication', () => ledger.states().some(isPolled));
};

const isOver = ({ profile, ledger }: Stage): boolean => {
  const states = ledger.states();
  return states.length === profile.cutovers && states.every(({ state }) => isTerminal(state));
};

/** Some rest for a while, unless everything has ended; whoever leaves may leave something behind. */
const startLull = (stage: Stage): void => {
  const { agenda, ledger, lulls, surroundings } = stage;
  const { lull } = stage.profile;
  if (lull === null) return;
  agenda.add(lull.afterMs, `the ${lull.of} rest`, () => {
    // The end of the play is set by now, and the watchdog has to tidy up before.
    if (isOver(stage)) return;
    lulls.begin(lull);
    if (lull.of !== 'people') return;
    for (const { state } of ledger.states()) if (!isTerminal(state)) surroundings.leave(state.id, state);
  });
};

/** For a while the storage turns away most of what it is asked. */
const throttle = ({ chance, agenda, faults, ledger }: Stage): void => {
  const durationMs = chance.below(LONGEST_THROTTLING_MS);
  ledger.note(`the storage is throttled for ${durationMs} ms`);
  faults.rates.throttled = 0.8;
  agenda.add(durationMs, 'the storage answers again', () => {
    faults.rates.throttled = 0;
  });
};

const disturb = (stage: Stage): void => {
  const { chance, profile, scenario, faults, processes, clocks, bus } = stage;
  if (faults.isQuiet()) return;
  if (chance.happens(profile.crash)) processes.crashOne();
  if (chance.happens(profile.lockLoss)) processes.loseALock();
  if (chance.happens(profile.throttle) && faults.rates.throttled === 0) throttle(stage);
  const alive = processes.alive();
  if (chance.happens(profile.clockSteps) && alive.length > 0) clocks.step(chance.pick(alive).owner);
  if (!chance.happens(profile.malformed)) return;
  const body = { v: 2, type: 'step', cutoverId: idFor(STARTER.id, 'c1'), stepId: chance.pick(['s0', 's99']) };
  bus.inject(chance.pick(['wake', `step-${scenario.kinds[0]?.name}`]), `junk-${chance.below(1e6)}`, body);
};

/** Does one of all the things that can happen now, chosen by chance; lets time pass if nothing can. */
const act = async (stage: Stage): Promise<void> => {
  const { chance, time, agenda, scheduler, bus, processes, holder, lulls } = stage;
  const calls = scheduler.ready();
  const takes = processes.hasRoom() && !holder.isAwaited();
  const messages = takes ? bus.deliverable(lulls.isDead) : [];
  const appointments = agenda.ready();
  const chosen = chance.below(Math.max(1, calls.length + messages.length + appointments.length));
  const call = calls[chosen];
  const message = messages[chosen - calls.length];
  const appointment = appointments[chosen - calls.length - messages.length];
  if (call) await scheduler.run(call);
  else if (message) {
    if (!holder.stepsIn(message)) processes.deliver(message);
  } else if (appointment) agenda.run(appointment);
  else time.jumpTo(Math.min(scheduler.nextAt(), bus.nextAt(), agenda.nextAt()));
  if (!call) await drain();
  processes.endOverlong();
  time.pass(chance.below(ACTION_MS));
};

const checkOverdue = ({ time, faults, ledger }: Stage): void => {
  const quietSince = faults.quietSince();
  for (const { state, due } of ledger.states()) {
    if (due === null || Math.max(due, quietSince, state.lastCommitAt) + OVERDUE_MS > time.now()) continue;
    ledger.fail('I11', `${state.id} oversleeps by ${time.now() - due} ms`);
  }
};

/** Tells what has not ended, and whom it says it waits for. */
const stuck = ({ ledger }: Stage, actions: number): void => {
  const ends = ledger.states().map(({ state }) => {
    const { id, status, steps } = state;
    const open = Object.entries(steps).filter(([, step]) => !isStepTerminal(step));
    const waits = waitingFor(ledger.planOf(id), state).map(
      ({ stepId, what, who, message }) => `${stepId ?? id} waits for ${who} (${what}): ${message}`,
    );
    return [`${id} is ${status}`, ...open.map(([stepId, step]) => `${stepId} ${step.status}`), ...waits].join(
      '; ',
    );
  });
  ledger.fail('liveness', `after ${actions} actions ${ends.join('; ')}`);
};

/** Lets things happen until everything has ended and come to rest, or something is wrong; gives the number of actions. */
const playOn = async (stage: Stage): Promise<number> => {
  const { profile, scenario, time, agenda, ledger, faults, clients, bus, lulls } = stage;
  const stop = (): void => {
    faults.stop(time.now());
    ledger.note('the faults stop');
  };
  agenda.add(profile.quietAfterMs, 'the faults stop', stop);
  let endAt = Number.POSITIVE_INFINITY;
  for (let actions = 1; ; actions += 1) {
    // Processes that die all the time get nothing done, however long they go on: the other half is for getting to the end.
    if (actions === scenario.mostActions / 2) stop();
    disturb(stage);
    await act(stage);
    checkOverdue(stage);
    if (ledger.violations.length > 0) return actions;
    if (endAt === Number.POSITIVE_INFINITY && isOver(stage)) {
      const aftermathMs = lulls.leftMs() + AFTERMATH_MS;
      agenda.add(aftermathMs, 'the faults stop', stop);
      endAt = time.now() + aftermathMs + TIDY_MS;
    }
    if (time.now() >= endAt && clients.open() === 0 && !bus.holdsLetters()) return actions;
    if (actions < scenario.mostActions && time.now() < faults.quietSince() + scenario.livenessMs) continue;
    stuck(stage, actions);
    return actions;
  }
};

const endsOf = ({ steps }: CutoverState): readonly string[] =>
  Object.entries(steps).map(
    ([id, { status, attempt, effect }]) =>
      `${id} ${status} at attempt ${attempt}${effect === null ? '' : `, its effect ${effect.outcome}`}`,
  );

/** Plays a scenario: the real app on simulated ports until everything has ended; then reads the whole log back. */
export const simulate = async (play: Play, onLine: OnLine = null): Promise<Outcome> => {
  // Whoever called: from here on this runs in a microtask, and only so does a tick come after all others (see drain).
  await Promise.resolve();
  const stage = setStage(play, onLine);
  const { ledger, profile, tables, scheduler, holder } = stage;
  ledger.note(JSON.stringify(profile));
  startCutovers(stage);
  startTimers(stage);
  startLull(stage);
  const actions = await playOn(stage);
  if (ledger.violations.length === 0) {
    ledger.record({ type: 'rested' });
    const { deadLetters, fail } = ledger;
    await checkEnd({ tables, states: ledger.states().map(({ state }) => state), deadLetters, fail });
  }
  return {
    violations: ledger.violations,
    traceHash: ledger.traceHash(),
    actions,
    calls: scheduler.calls(),
    commits: ledger.commits(),
    events: ledger.events(),
    statuses: ledger.states().map(({ state }) => state.status),
    steps: ledger.states().flatMap(({ state }) => endsOf(state)),
    deliveries: holder.deliveries(),
  };
};
