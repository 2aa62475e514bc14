import { makeAdvance } from './advance.ts';
import { makeCountingStore } from './counting-store.ts';
import { makeCutoverStore } from './cutover-store.ts';
import { makeDeadLetters } from './dead-letters.ts';
import type { EventsOut } from './deliver.ts';
import { makeEventsOut } from './events-out.ts';
import { makeDirectory } from './directory.ts';
import { makeDrillDowns } from './drill-downs.ts';
import { makeHandleMessage } from './handle-message.ts';
import { makeLog } from './log.ts';
import { makeMutex } from './mutex.ts';
import type { ObserveParts } from './observe.ts';
import { makeObserve, makePollReplication } from './observe.ts';
import type { Bus, Clock, Random, Tables, Telemetry } from './ports.ts';
import { makeReadingsStore } from './readings-store.ts';
import { makeRedriveLetter } from './redrive-letter.ts';
import { makeRevisions } from './revisions.ts';
import { makeRecordRefusal, recordingReuse } from './refusals.ts';
import type { Outside } from './run-step.ts';
import { makeRunStep } from './run-step.ts';
import { makeSnapshotStore } from './snapshot-store.ts';
import { makeStart } from './start.ts';
import { makeStateAsOf } from './state-as-of.ts';
import { makeSweep } from './sweep.ts';
import { makeUploads } from './uploads.ts';
import { makeVerifyLog } from './verify-log.ts';
import { makeWake } from './wake.ts';

/** The ports one process of the engine works on. */
export type EngineParts = {
  readonly tables: Tables;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: Telemetry;
  readonly stopwatch: () => () => number;
  readonly outside: Outside;
  readonly look: ObserveParts['look'];
  readonly conditions: ObserveParts['conditions'];
  readonly timerPeriodMs: ObserveParts['timerPeriodMs'];
  readonly callbackUrl: (cutoverId: string, stepId: string, attempt: number) => string;
  /** How events are sent out; null where they are not. */
  readonly eventsOut: EventsOut | null;
};

/** Wires the engine of one process: everything a function's handler may call. */
export const makeEngine = (parts: EngineParts) => {
  const { tables, bus, clock, random } = parts;
  const log = makeLog(parts.telemetry);
  const store = makeCutoverStore(tables);
  const directory = makeDirectory(tables);
  const readings = makeReadingsStore(tables);
  const snapshots = makeSnapshotStore(tables);
  const countings = makeCountingStore(tables);
  const eventsOut = parts.eventsOut && makeEventsOut({ ...parts, ...parts.eventsOut, log, store, directory });
  const ring = eventsOut?.ring ?? null;
  const mutex = makeMutex();
  const plainAdvance = makeAdvance({
    ...{ store, directory, bus, clock, mutex, log },
    ring: ring?.afterCommit ?? null,
  });
  const recordRefusal = makeRecordRefusal({ store, advance: plainAdvance, clock, log });
  const advance = recordingReuse(plainAdvance, recordRefusal);
  const deadLetters = makeDeadLetters({ tables, bus, clock, log, advance });
  const uploads = makeUploads({ store, readings, advance, clock });
  const observing = { ...parts, log, store, directory, readings, snapshots, advance };
  return {
    store,
    directory,
    readings,
    snapshots,
    countings,
    advance,
    recordRefusal,
    /** The present time, by the clock of the storage. */
    now: clock.now,
    log,
    verifyLog: makeVerifyLog({ tables, store, log }),
    stateAsOf: makeStateAsOf({ tables, clock }),
    deadLetters,
    redriveLetter: makeRedriveLetter({ store, letters: deadLetters, advance, recordRefusal, clock }),
    start: makeStart({ store, directory, advance, clock }),
    revisions: makeRevisions({ store, readings, advance }),
    uploads,
    drillDowns: makeDrillDowns({
      store,
      snapshots,
      countings,
      readings,
      sql: parts.outside.sql,
      advance,
      clock,
      stopwatch: parts.stopwatch,
    }),
    runStep: makeRunStep({
      store,
      readings,
      uploads,
      advance,
      clock,
      random,
      log,
      stopwatch: parts.stopwatch,
      kindPorts: { ...parts.outside, snapshots, countings },
      callbackUrl: parts.callbackUrl,
    }),
    wake: makeWake({ store, advance, bus, clock }),
    sweep: makeSweep({
      ...{ store, directory, advance, bus, clock, log },
      ringOwed: ring?.owed ?? (() => Promise.resolve(0)),
    }),
    /** Null where events are not sent out. */
    subscriptions: eventsOut?.subscriptions ?? null,
    deliver: eventsOut?.deliver ?? (() => Promise.resolve()),
    pollReplication: makePollReplication(observing),
    observe: makeObserve(observing),
    handle: makeHandleMessage({ bus, clock, log, deadLetters }),
  };
};

/** See {@link makeEngine}. */
export type Engine = ReturnType<typeof makeEngine>;
