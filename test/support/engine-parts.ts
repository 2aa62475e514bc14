import type { Bindings } from '../../shared/contract/bindings.ts';
import type { Engine, EngineParts } from '../../shared/engine/engine.ts';
import { makeEngine } from '../../shared/engine/engine.ts';
import type { Bus, Clock, Envelope, Tables } from '../../shared/engine/ports.ts';
import { MANAGER } from './sample-inputs.ts';

/** Bindings for kinds that look nowhere. */
export const NO_BINDINGS: Bindings = {
  lcs: null,
  source: { server: 'source', database: 'ax' },
  target: { server: 'target', database: 'd365' },
  aosHosts: [],
  people: { approver: [MANAGER] },
  automations: {},
};

/** A bus that only remembers what was sent, and fails while it is told to. */
export type RecordingBus = Bus & { readonly sent: Envelope[]; isDown: boolean };

export const makeRecordingBus = (downError: () => Error): RecordingBus => {
  const bus: RecordingBus = {
    sent: [],
    isDown: false,
    send: (envelopes) => {
      if (bus.isDown) return Promise.reject(downError());
      bus.sent.push(...envelopes);
      return Promise.resolve();
    },
  };
  return bus;
};

const unused = () => Promise.reject(new Error('nothing here looks outside'));

/** The engine of one process on these ports; the outside is absent but for what the test gives. */
export const engineOn = (parts: {
  readonly tables: Tables;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly outside?: Partial<EngineParts['outside']>;
  readonly look?: EngineParts['look'];
  readonly conditions?: EngineParts['conditions'];
  readonly telemetry?: EngineParts['telemetry'];
  /** The machine's time stands still unless the test lets it pass. */
  readonly stopwatch?: EngineParts['stopwatch'];
  readonly eventsOut?: EngineParts['eventsOut'];
  /** The first of the numbers that stand for unguessable values. */
  readonly firstToken?: number;
}): Engine => {
  let tokens = (parts.firstToken ?? 1) - 1;
  return makeEngine({
    tables: parts.tables,
    bus: parts.bus,
    clock: parts.clock,
    random: { token: () => String((tokens += 1)).padStart(64, '0') },
    telemetry: parts.telemetry ?? { log: () => undefined },
    stopwatch: parts.stopwatch ?? (() => () => 0),
    outside: {
      sql: { sourceOf: () => 'pulled', query: unused },
      lcs: null,
      dynamics: null,
      automation: { call: unused },
      ...parts.outside,
    },
    look: parts.look ?? unused,
    conditions: parts.conditions ?? (() => []),
    timerPeriodMs: 60_000,
    callbackUrl: (...ids) => ids.join('/'),
    eventsOut: parts.eventsOut ?? null,
  });
};
