import { expect, test } from 'vitest';
import type { CutoverEvent } from '../../shared/core/events.ts';
import { playCrashPoints, storyJobs } from './support/crash-points.ts';
import { playHoldPoints } from './support/hold-points.ts';
import type { Job } from './support/jobs.ts';
import { againOf, nameOf, playOf, seedJobs } from './support/jobs.ts';
import { playAll } from './support/runner.ts';
import type { Outcome } from './support/simulation.ts';
import { simulate } from './support/simulation.ts';
import { STORIES, storyNamed } from './support/stories.ts';

const SEEDS = 200;

/** Collects every broken promise with the command that shows it. */
const collector = () => {
  const broken: string[] = [];
  const take = (job: Job, { violations }: Outcome): void => {
    for (const { invariant, message } of violations)
      broken.push(`${invariant}: ${message} (${againOf(job)})`);
  };
  return { broken, take };
};

/** Every event there is: seeds meet them all. */
const EVENTS: Readonly<Record<CutoverEvent['type'], true>> = {
  'cutover-started': true,
  'cutover-begun': true,
  'cutover-held': true,
  'cutover-resumed': true,
  'cutover-aborted': true,
  'cutover-completed': true,
  'rollback-started': true,
  'cutover-rolled-back': true,
  'point-of-no-return-passed': true,
  'revision-proposed': true,
  'revision-rejected': true,
  'revision-reminded': true,
  'revision-expired': true,
  'revision-adopted': true,
  'hold-reminded': true,
  'step-ready': true,
  'step-dispatched': true,
  'step-opened': true,
  'effect-settled': true,
  'effect-answered': true,
  'effect-repeated': true,
  'completion-kept': true,
  'completion-received': true,
  'result-late': true,
  'vote-counted': true,
  'approval-voided': true,
  'step-checked': true,
  'step-heard': true,
  'step-succeeded': true,
  'step-failed': true,
  'attempt-given-up': true,
  'skip-proposed': true,
  'step-skipped': true,
  'step-recorded': true,
  'reminder-due': true,
  'deadline-renewed': true,
  'replication-changed': true,
  'replication-regressed': true,
  'document-uploaded': true,
  'document-confirmed': true,
  'table-drilled': true,
  'message-dead-lettered': true,
  'message-redriven': true,
  'request-refused': true,
  overslept: true,
  'statement-voided': true,
  'silence-alarmed': true,
};

test(`whatever crashes, comes twice, late or never, every promise is kept and every cutover ends, in ${SEEDS} seeds`, async () => {
  const { broken, take } = collector();
  const events = new Set<string>();
  await playAll([...seedJobs(1, SEEDS), ...storyJobs(STORIES)], (job, outcome) => {
    take(job, outcome);
    for (const type of outcome.events) events.add(type);
  });
  expect(broken).toEqual([]);
  // Promises about what never happens would prove nothing; the stories meet what so few seeds may miss.
  expect([...events].sort()).toEqual(Object.keys(EVENTS).sort());
});

test('when nothing crashes, every story shows what it is about and ends as it says', async () => {
  const { broken, take } = collector();
  const played: [Job, Outcome][] = [];
  await playAll(storyJobs(STORIES), (job, outcome) => {
    take(job, outcome);
    played.push([job, outcome]);
  });
  expect(broken).toEqual([]);
  for (const [index, { shows, ends = 'completed' }] of STORIES.entries()) {
    const [job, { statuses, events }] = played[index]!;
    expect([nameOf(job), ...statuses]).toEqual([nameOf(job), ends]);
    expect([nameOf(job), ...events]).toEqual(expect.arrayContaining([...shows]));
  }
});

test('wherever a process dies in a story, before or after a call takes effect, every promise is kept', async () => {
  const { broken, take } = collector();
  // Those of all the others take a minute: `npm run simulate -- --crash-points` plays them.
  const points = await playCrashPoints([storyNamed('automation')], take);
  expect(broken).toEqual([]);
  expect(points).toBeGreaterThan(200);
});

test('between whichever two messages of a story somebody holds the cutover, nothing starts, and after the resume it ends as it would have', async () => {
  const { broken, take } = collector();
  let held = 0;
  const points = await playHoldPoints(STORIES, (job, outcome) => {
    take(job, outcome);
    if (job.type === 'held-story' && outcome.events.includes('cutover-resumed')) held += 1;
  });
  expect(broken).toEqual([]);
  // Few come too late: what was in hand ends the cutover first, a way back has been taken, or somebody else holds it.
  expect(points).toBeGreaterThan(300);
  expect(held / points).toBeGreaterThan(0.9);
});

test('when a seed is played again, everything happens again, byte for byte, on any thread', async () => {
  const hashes: string[] = [];
  const jobs = seedJobs(3, 7);
  await playAll(jobs, (_, { traceHash }) => hashes.push(traceHash));
  for (const [index, job] of jobs.entries())
    expect((await simulate(playOf(job))).traceHash).toBe(hashes[index]);
  expect(new Set(hashes).size).toBe(jobs.length);
});

test('when a simulation is watched, it happens as if it were not', async () => {
  const play = playOf({ type: 'seed', seed: 7 });
  const lines: string[] = [];
  const watched = await simulate(play, (line) => lines.push(line));
  expect(lines.length).toBeGreaterThan(100);
  expect(watched).toEqual(await simulate(play));
});
