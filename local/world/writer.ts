import type { Scene } from './history.ts';
import { spellsOf } from './troubles.ts';

/** A service that nobody thought of when AX was stopped: it writes to the source as long as `writer-forgotten` lasts. */
export const WRITER = {
  program: 'Contoso.ActivityFeed',
  host: 'INTSRV02',
  login: 'CONTOSO\\svc-feed',
  table: 'SMMACTIVITIES',
} as const;

/** It adds a row each time. */
const WRITES_EVERY_MS = 2 * 60_000;

/** The rows that it had added by a time. */
export const rowsByWriter = (scene: Scene, at: number): number =>
  spellsOf(scene, 'writer-forgotten').reduce(
    (rows, { from, to }) => rows + Math.max(0, Math.floor((Math.min(at, to) - from) / WRITES_EVERY_MS)),
    0,
  );

/** When it wrote last; null if it never did. */
export const writerWroteAt = (scene: Scene, now: number): number | null =>
  spellsOf(scene, 'writer-forgotten').reduce<number | null>((last, { from, to }) => {
    const writes = Math.floor((Math.min(now, to) - from) / WRITES_EVERY_MS);
    return writes > 0 ? from + writes * WRITES_EVERY_MS : last;
  }, null);
