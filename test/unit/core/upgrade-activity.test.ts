import { describe, expect, it } from 'vitest';
import type { Condition } from '../../../shared/core/state.ts';
import type { UpgradeActivity } from '../../../shared/core/upgrade-activity.ts';
import { activityConditions, openServicing } from '../../../shared/core/upgrade-activity.ts';

const MINUTE = 60_000;
const NOW = Date.UTC(2031, 4, 3, 1, 0);
/** The clock of the server is ahead; nothing may come of it. */
const SERVER = NOW + 7 * MINUTE;

const sync = (changes: Partial<NonNullable<UpgradeActivity['sync']>> = {}): UpgradeActivity['sync'] => ({
  step: 'FullAll',
  activityId: 'a-9',
  startedAt: SERVER - 200 * MINUTE,
  finishedAt: null,
  succeeded: false,
  ...changes,
});

const activity = (changes: Partial<UpgradeActivity> = {}): UpgradeActivity => ({
  serverTime: SERVER,
  servicing: [],
  sync: sync(),
  batch: null,
  work: { sessions: 1, requests: 1, lastAt: SERVER - 90 * MINUTE },
  ...changes,
});

const found = (code: string, minutesAgo: number): readonly Condition[] => [
  { code, message: '', who: '', next: '', since: NOW - minutesAgo * MINUTE },
];
const codes = (changes: Partial<UpgradeActivity>, earlier: readonly Condition[] = []): readonly string[] =>
  activityConditions(activity(changes), earlier, NOW).map(({ code }) => code);

/** A session that does nothing, since so many minutes. */
const idle = (minutes: number) => ({ sessions: 1, requests: 0, lastAt: SERVER - minutes * MINUTE });
const GONE = { sessions: 0, requests: 0, lastAt: null };

describe('a database synchronisation', () => {
  it.each<{ name: string; changes: Partial<UpgradeActivity>; earlier?: readonly Condition[]; is: string[] }>([
    { name: 'before the first', changes: { sync: null, work: idle(90) }, is: [] },
    { name: 'that works, whatever was seen before', changes: {}, earlier: found('sync-stalled', 60), is: [] },
    { name: 'between two requests', changes: { work: idle(0.9) }, is: [] },
    { name: 'quiet for a minute', changes: { work: idle(1) }, is: ['sync-quiet'] },
    { name: 'quiet for 29 minutes', changes: { work: idle(29) }, is: ['sync-quiet'] },
    { name: 'quiet for 30 minutes', changes: { work: idle(30) }, is: ['sync-stalled'] },
    { name: 'without a session for the first time', changes: { work: GONE }, is: ['sync-quiet'] },
    {
      name: 'without a session for 29 minutes',
      changes: { work: GONE },
      earlier: found('sync-quiet', 29),
      is: ['sync-quiet'],
    },
    {
      name: 'without a session for 30 minutes',
      changes: { work: GONE },
      earlier: found('sync-quiet', 30),
      is: ['sync-stalled'],
    },
    {
      name: 'without a session since it was presumed stalled',
      changes: { work: GONE },
      earlier: found('sync-stalled', 1),
      is: ['sync-stalled'],
    },
    {
      name: 'quiet anew after it was presumed stalled',
      changes: { work: idle(5) },
      earlier: found('sync-stalled', 60),
      is: ['sync-quiet'],
    },
    {
      name: 'quiet, as another condition was before',
      changes: { work: GONE },
      earlier: found('upgrade-running', 90),
      is: ['sync-quiet'],
    },
    { name: 'that nobody may look at', changes: { work: null }, is: ['sync-unseen'] },
    {
      name: 'ended well',
      changes: { sync: sync({ finishedAt: SERVER, succeeded: true }), work: idle(90) },
      is: [],
    },
    {
      name: 'ended without success',
      changes: { sync: sync({ finishedAt: SERVER }), work: idle(90) },
      is: ['sync-failed'],
    },
    {
      name: 'ended, and nothing says how',
      changes: { sync: sync({ finishedAt: SERVER, succeeded: null }), work: idle(90) },
      is: [],
    },
  ])('$name: $is', ({ changes, earlier, is }) => {
    expect(codes(changes, earlier)).toEqual(is);
  });

  it('that is presumed stalled names what Microsoft support needs', () => {
    const [known] = activityConditions(activity({ work: idle(31) }), [], NOW);
    expect(known).toMatchObject({
      who: 'DBA',
      message:
        'The database synchronisation FullAll (DBSyncActivityId a-9) is presumed stalled: the host SERVICING1 has done nothing for 30 minutes',
      next: 'Call Microsoft support and name the DBSyncActivityId a-9.',
    });
    const unnamed = activity({ work: idle(31), sync: sync({ step: null, activityId: null }) });
    expect(activityConditions(unnamed, [], NOW)[0]?.next).toBe(
      'Call Microsoft support and name the DBSyncActivityId in DBSyncExecStats.',
    );
  });
});

describe('the batch job', () => {
  const batch = (...tasks: { status: number; count: number }[]) => ({ sync: null, batch: { job: 2, tasks } });

  it.each([
    { name: 'without tasks', of: batch(), is: [] },
    { name: 'without errors', of: batch({ status: 2, count: 4 }, { status: 3, count: 0 }), is: [] },
    {
      name: 'with errors',
      of: batch({ status: 3, count: 2 }, { status: 4, count: 9 }, { status: 17, count: 1 }),
      is: ['The batch job "Data upgrade" (Executing) has tasks in Error: 2 Error, 9 Finished, 1 status 17'],
    },
  ])('$name', ({ of, is }) => {
    expect(activityConditions(activity(of), [], NOW).map(({ message }) => message)).toEqual(is);
  });
});

it('only the status 2 is done', () => {
  const servicing = [null, 0, 1, 2, 3].map((status) => ({ path: `/DataUpgrade/${status}`, status }));
  expect(openServicing({ servicing })).toEqual([
    '/DataUpgrade/null',
    '/DataUpgrade/0',
    '/DataUpgrade/1',
    '/DataUpgrade/3',
  ]);
});
