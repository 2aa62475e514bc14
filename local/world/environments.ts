import { chanceGuid } from './chance.ts';
import { eventsOf, type Scene } from './history.ts';
import { sandboxStateAt } from './toolkit.ts';
import { progressOf } from './snapshots.ts';

/** One of the customer's two environments in Lifecycle Services. */
export type EnvironmentName = 'sandbox' | 'production';

/** An operation in the history of an environment; times are the world's. */
export type Operation = {
  readonly name: string;
  readonly type: 'DatabaseRefresh' | 'ApplicationHotfix';
  readonly typeDisplay: string;
  readonly status: 'NotStarted' | 'InProgress' | 'Completed' | 'SignedOff';
  readonly activityId: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
};

const DAY_MS = 86_400_000;
const HOTFIX_MS = 42 * 60_000;
/** An operation is queued for so much of its time before it begins. */
const QUEUED_SHARE = 0.02;
/** The target goes off line when the copy arrives, and comes back at the end. */
const OFFLINE_FROM_SHARE = 0.3;

/** The id that the next refresh gets. */
export const nextActivityId = (scene: Scene): string =>
  chanceGuid(scene.options.seed, 'activity', eventsOf(scene, 'refresh-started').length);

/** The operations of an environment, newest first, as Lifecycle Services lists them. */
export const operationsAt = (
  scene: Scene,
  environment: EnvironmentName,
  now: number,
): readonly Operation[] => {
  const { begunAt, seed, durations } = scene.options;
  const hotfixes = [9, 40, 71].map((daysAgo): Operation => {
    const startedAt = begunAt - daysAgo * DAY_MS;
    return {
      name: `Quality update ${daysAgo}`,
      type: 'ApplicationHotfix',
      typeDisplay: 'Application deployable package',
      status: 'Completed',
      activityId: chanceGuid(seed, 'hotfix', environment, daysAgo),
      startedAt,
      endedAt: startedAt + HOTFIX_MS,
    };
  });
  const signedOff = new Set(eventsOf(scene, 'refresh-signed-off').map(({ activityId }) => activityId));
  const refreshes = eventsOf(scene, 'refresh-started')
    .filter((event) => event.target === environment && event.at <= now)
    .map(({ at, activityId }): Operation => {
      const endedAt = at + durations.refreshMs;
      const progress = progressOf(at, endedAt, now);
      const running = progress < QUEUED_SHARE ? 'NotStarted' : 'InProgress';
      const ended = signedOff.has(activityId) ? 'SignedOff' : 'Completed';
      return {
        name: 'Refresh database',
        type: 'DatabaseRefresh',
        typeDisplay: 'Database refresh',
        status: progress < 1 ? running : ended,
        activityId,
        startedAt: at,
        endedAt: progress < 1 ? null : endedAt,
      };
    });
  return [...hotfixes, ...refreshes].sort((a, b) => b.startedAt - a.startedAt);
};

const lastRefresh = (scene: Scene, environment: EnvironmentName, now: number): Operation | undefined =>
  operationsAt(scene, environment, now).find(({ type }) => type === 'DatabaseRefresh');

/** When the environment was last refreshed; null if it never was. */
export const refreshedAt = (scene: Scene, environment: EnvironmentName, now: number): number | null =>
  operationsAt(scene, environment, now).find(
    ({ type, endedAt }) => type === 'DatabaseRefresh' && endedAt !== null,
  )?.endedAt ?? null;

/** Whether the environment answers its users: a refresh takes it off line on the way. */
export const isOnline = (scene: Scene, environment: EnvironmentName, now: number): boolean => {
  const last = lastRefresh(scene, environment, now);
  if (last?.endedAt !== null) return true;
  const endsAt = last.startedAt + scene.options.durations.refreshMs;
  return progressOf(last.startedAt, endsAt, now) < OFFLINE_FROM_SHARE;
};

/** Why Lifecycle Services would not refresh the environment from the other one now; null if it would. */
export const refusalOfRefresh = (scene: Scene, target: EnvironmentName, now: number): string | null => {
  const state = sandboxStateAt(scene, now);
  if (state !== 'Deployed')
    return `The sandbox is ${state}; a database moves only when both environments are Deployed.`;
  const last = lastRefresh(scene, target, now);
  return last?.endedAt === null ? 'An operation is in progress on the target environment.' : null;
};
