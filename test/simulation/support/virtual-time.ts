/** The simulated time in epoch milliseconds; it moves only when it is told to. */
export type VirtualTime = {
  readonly now: () => number;
  readonly pass: (durationMs: number) => void;
  readonly jumpTo: (instant: number) => void;
};

/** An evening in June, so that the clock of a trace reads like one. */
export const START_OF_TIME = Date.UTC(2026, 5, 6, 18);

/** See {@link VirtualTime}. */
export const makeVirtualTime = (): VirtualTime => {
  let now = START_OF_TIME;
  return {
    now: () => now,
    pass: (durationMs) => {
      now += durationMs;
    },
    jumpTo: (instant) => {
      now = Math.max(now, instant);
    },
  };
};

/** The earliest instant after `now`; infinity if there is none. */
export const nextAfter = (now: number, instants: readonly number[]): number =>
  instants.reduce((next, at) => (at > now && at < next ? at : next), Number.POSITIVE_INFINITY);

/** Something that happens by itself at an instant: a timer, a person looking, a process starting again. */
export type Appointment = { readonly at: number; readonly label: string; readonly act: () => void };

/** What is still to happen by itself. */
export const makeAgenda = (time: VirtualTime) => {
  let appointments: Appointment[] = [];
  return {
    add: (delayMs: number, label: string, act: () => void): void => {
      appointments.push({ at: time.now() + delayMs, label, act });
    },
    ready: (): readonly Appointment[] => appointments.filter(({ at }) => at <= time.now()),
    nextAt: (): number =>
      nextAfter(
        time.now(),
        appointments.map(({ at }) => at),
      ),
    run: (appointment: Appointment): void => {
      appointments = appointments.filter((other) => other !== appointment);
      appointment.act();
    },
  };
};

/** See {@link makeAgenda}. */
export type Agenda = ReturnType<typeof makeAgenda>;
