import { describe, expect, it } from 'vitest';
import { play } from './play.ts';

/** A smaller world: what goes wrong is the same. */
const playSmall = (...args: readonly string[]) => play('--tables', '400', ...args);

describe('a whole mock cutover as a process of its own', () => {
  it('goes through all ten phases to completed and prints its summary as the last line', async () => {
    // Five thousand tables at full speed would have a slow machine miss deadlines of the cutover.
    const { code, summary, secrets } = await play('--seed', '1', '--speed', '400');
    expect(code).toBe(0);
    expect(summary.status).toBe('completed');
    expect(summary.phases).toHaveLength(10);
    const steps = summary.phases.flatMap(({ steps: own }) => own);
    expect(steps.filter(({ status }) => status !== 'succeeded' && status !== 'skipped')).toEqual([]);
    expect(steps.every(({ startedAt, endedAt }) => startedAt !== null && endedAt !== null)).toBe(true);
    expect(summary.mismatches).toEqual([]);
    expect(Object.keys(summary.verdicts)).toEqual(['equal']);
    expect(summary.waitingFor).toEqual([]);
    expect(summary.messages).toBeGreaterThan(steps.length);
    expect(summary.snapshots).toBeGreaterThan(0);
    expect(secrets).toEqual([]);
  });
});

describe('a mock cutover whose servers the app may not reach', () => {
  it('completes on what a collector pushes, and says of every proof where it comes from', async () => {
    // Each statement goes to another process and back: at full speed a slow machine would be blind for hours of the cutover.
    const { code, summary, secrets } = await playSmall('--readings', 'pushed', '--speed', '300');
    expect([code, summary.status, summary.mismatches]).toEqual([0, 'completed', []]);
    const source = new Map(
      summary.phases.flatMap(({ steps }) => steps.map((step) => [step.id, step.source] as const)),
    );
    const proved = ['preflight', 'stop-aos', 'backup-source', 'baseline', 'validate-counts', 'reconcile'];
    expect(proved.map((id) => [id, source.get(id)])).toEqual(proved.map((id) => [id, 'pushed']));
    expect(secrets).toEqual([]);
  });
});

describe('a mock cutover whose servers nobody but people may read', () => {
  // Looks of people are good for two hours: on a slow machine a faster clock has them too old before they are confirmed.
  const playStated = (...args: readonly string[]) =>
    playSmall('--readings', 'stated', '--speed', '400', ...args);
  const LONG_MS = 600_000;

  it(
    'completes on what two people state of each proof, without asking a server, and says so',
    { timeout: LONG_MS },
    async () => {
      const { code, summary, lines, secrets } = await playStated();
      expect([code, summary.status, summary.mismatches]).toEqual([0, 'completed', []]);
      const steps = new Map(
        summary.phases.flatMap(({ steps: own }) => own.map((step) => [step.id, step.source])),
      );
      const sourcesOf = (...ids: readonly string[]) => ids.map((id) => steps.get(id));
      const stated = [
        'preflight',
        'clean-target',
        'replication-caught-up',
        'stop-aos',
        'replication-drained',
      ];
      expect(sourcesOf(...stated, 'remove-replication', 'watch-replication', 'reconcile')).toEqual(
        Array(8).fill('stated'),
      );
      const uploaded = ['backup-source', 'baseline', 'count-keyed-tables', 'validate-counts', 'data-upgrade'];
      expect(sourcesOf(...uploaded)).toEqual(uploaded.map(() => 'file'));
      expect(lines.filter((line) => /C50[1-6]/.test(line))).toEqual([]);
      expect(secrets).toEqual([]);
    },
  );

  it(
    'keeps the gate shut on lost rows: who states what is so cannot open it',
    { timeout: LONG_MS },
    async () => {
      const { code, summary } = await playStated('--fault', 'rows-lost');
      expect([code, summary.status, summary.mismatches.length]).toEqual([3, 'running', 1]);
      expect(summary.waitingFor.some(({ what }) => what === 'decision')).toBe(true);
    },
  );
});

describe('a mock cutover in which something goes wrong', () => {
  it('completes when the DBA starts a failed snapshot agent again', async () => {
    const { code, summary } = await playSmall('--fault', 'snapshot-agent-fails');
    expect([code, summary.status]).toEqual([0, 'completed']);
  });

  it('keeps the gate shut on lost rows, names the table and waits for a decision', async () => {
    const { code, summary } = await playSmall('--fault', 'rows-lost');
    expect([code, summary.status]).toEqual([3, 'running']);
    expect(summary.mismatches).toHaveLength(1);
    const { equal = 0, ...others } = summary.verdicts;
    expect([equal > 300, Object.values(others).some((tables) => tables > 0)]).toEqual([true, true]);
    const [mismatch] = summary.mismatches;
    const decision = summary.waitingFor.find(({ what }) => what === 'decision');
    expect(decision?.message).toContain(mismatch?.table.replace(/^dbo\./, ''));
    const removal = summary.phases
      .flatMap(({ steps }) => steps)
      .find(({ id }) => id === 'remove-replication');
    expect(removal?.status).toBe('pending');
  });

  it('does not switch AX off when the downtime is refused, and waits for a decision', async () => {
    const { code, summary } = await playSmall('--fault', 'approval-refused');
    expect([code, summary.status]).toEqual([3, 'running']);
    const steps = new Map(summary.phases.flatMap(({ steps: own }) => own.map((step) => [step.id, step])));
    expect(steps.get('approve-downtime')?.status).toBe('failed');
    expect(steps.get('stop-aos')?.status).toBe('pending');
  });

  it('resumes a data upgrade that failed once and completes', async () => {
    const { code, summary } = await playSmall('--fault', 'upgrade-fails-once');
    expect([code, summary.status]).toEqual([0, 'completed']);
    const upgrade = summary.phases.flatMap(({ steps }) => steps).find(({ id }) => id === 'data-upgrade');
    expect(upgrade?.attempts).toBe(2);
  });

  it('waits while Lifecycle Services refuses, goes on when it answers, and completes', async () => {
    const { code, summary } = await playSmall('--fault', 'lcs-refuses');
    expect([code, summary.status]).toEqual([0, 'completed']);
  });
});
