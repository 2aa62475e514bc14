import { eventsOf, type Scene } from './history.ts';

const HOUR = 3_600_000;
/** Work comes in waves of this length, so that the backlog of replication rises and falls. */
const WAVE_MS = 35 * 60_000;
const WAVE_DEPTH = 0.6;

type Period = { readonly from: number; readonly to: number };

/** When the host was or will be up, as far as it is known; the last period may be open. */
const periodsOf = (scene: Scene, host: string): readonly Period[] => {
  const { begunAt, durations } = scene.options;
  const periods: Period[] = [];
  let upSince: number | null = begunAt;
  for (const event of scene.history) {
    if (event.type === 'aos-stopped' && event.host === host && upSince !== null) {
      const to = event.at + durations.stopAosMs;
      if (to > upSince) periods.push({ from: upSince, to });
      upSince = null;
    }
    if (event.type === 'aos-started' && event.host === host && upSince === null) {
      upSince = event.at + durations.startAosMs;
    }
  }
  return upSince === null ? periods : [...periods, { from: upSince, to: Number.POSITIVE_INFINITY }];
};

const union = (periods: readonly Period[]): readonly Period[] => {
  const merged: Period[] = [];
  for (const period of [...periods].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last === undefined || period.from > last.to) merged.push(period);
    else merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, period.to) };
  }
  return merged;
};

const wavesUntil = (offsetMs: number): number =>
  offsetMs - (WAVE_DEPTH * WAVE_MS * Math.cos((2 * Math.PI * offsetMs) / WAVE_MS)) / (2 * Math.PI);

/** Whether the host's AOS has sessions on the database. */
export const isAosUp = (scene: Scene, host: string, now: number): boolean =>
  periodsOf(scene, host).some(({ from, to }) => from <= now && now < to);

/** Whether the host's AOS is to stay up: it runs or is starting, and nobody has stopped it. */
export const isAosWanted = (scene: Scene, host: string): boolean =>
  isAosUp(scene, host, Number.MAX_SAFE_INTEGER);

/** A function that tells how many hours of ordinary work AX had done by a time; it never falls, and stands while AX is off. */
export const workOf = (scene: Scene): ((at: number) => number) => {
  const { begunAt } = scene.options;
  const periods = union(scene.options.aosHosts.flatMap((host) => periodsOf(scene, host)));
  return (at) => {
    let workMs = 0;
    for (const { from, to } of periods) {
      if (at <= from) break;
      workMs += wavesUntil(Math.min(at, to) - begunAt) - wavesUntil(from - begunAt);
    }
    return workMs / HOUR;
  };
};

/** When AX last did any work, up to now; null if it has not begun. */
export const lastWorkedAt = (scene: Scene, now: number): number | null => {
  const begun = scene.options.aosHosts
    .flatMap((host) => periodsOf(scene, host))
    .filter(({ from }) => from <= now);
  return begun.length === 0 ? null : Math.max(...begun.map(({ to }) => Math.min(to, now)));
};

/** When the host was last told to stop; null if it never was. */
export const stoppedAt = (scene: Scene, host: string): number | null =>
  eventsOf(scene, 'aos-stopped').findLast((event) => event.host === host)?.at ?? null;
