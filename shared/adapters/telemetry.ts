import { trace } from '@opentelemetry/api';
import type { Telemetry } from '../engine/ports.ts';

/** Where a line goes besides the current trace: the console of the host, as one line of JSON. */
export type Sink = (line: string) => void;

/** Telemetry as OpenTelemetry span events and, from warnings on, as JSON lines for the host's log. */
export const makeTelemetry = (sink: Sink): Telemetry => ({
  log: ({ id, name, level }, fields) => {
    const known = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as Record<
      string,
      string | number | boolean
    >;
    trace.getActiveSpan()?.addEvent(name, { id, level, ...known });
    if (level !== 'info') sink(JSON.stringify({ level, id, name, ...fields }));
  },
});
