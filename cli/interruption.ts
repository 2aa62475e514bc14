import type { EventEmitter } from 'node:events';

/** Ctrl+C, or the machine's request to end. */
export type Interruption = {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** The exit code to end with; null as long as nothing interrupted. */
  readonly exitCode: () => number | null;
};

/** What an interruption is heard from and does. */
export type InterruptionParts = {
  readonly signals: Pick<EventEmitter, 'on'>;
  readonly nowMs: () => number;
  /** The first signal: what runs is to stop. */
  readonly onFirst: () => void;
  /** A second one, by somebody who will not wait. */
  readonly endAtOnce: (exitCode: number) => void;
};

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;
/** One Ctrl+C can arrive twice: from the terminal, and passed on by npm. */
const SAME_PRESS_MS = 300;

/** Listens for signals from now on; the process no longer ends by them alone. */
export const listenForInterruption = (parts: InterruptionParts): Interruption => {
  const controller = new AbortController();
  let first: { readonly exitCode: number; readonly atMs: number } | null = null;
  for (const [name, exitCode] of Object.entries(EXIT_CODES)) {
    parts.signals.on(name, () => {
      const atMs = parts.nowMs();
      if (first === null) {
        first = { exitCode, atMs };
        parts.onFirst();
        controller.abort();
      } else if (atMs - first.atMs >= SAME_PRESS_MS) parts.endAtOnce(exitCode);
    });
  }
  return { signal: controller.signal, exitCode: () => first?.exitCode ?? null };
};
