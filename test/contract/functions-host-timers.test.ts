import { describe, expect, test } from 'vitest';
import type { Clock } from '../../shared/adapters/clock.ts';
import { parseSchedule } from '../../local/host/schedule.ts';
import { fixtureApp, makeHostLogs, startTestHost, type HostLogs } from '../support/functions-host.ts';

const originMs = Date.parse('2026-03-01T00:00:07.000Z');
const factor = 1_000;
const startedAtMs = performance.now();
const clock: Clock = { now: () => Math.floor(originMs + (performance.now() - startedAtMs) * factor) };

type TimerLine = { readonly scheduleStatus: { readonly last: string; readonly next: string } };

const textOf = (instantMs: number): string => new Date(instantMs).toISOString();

describe('a host with timers, on a clock 1,000 times as fast as the machine', () => {
  const logs: HostLogs = makeHostLogs();

  test('fires each at its schedule, one invocation at a time, until it is stopped', async () => {
    const begunMs = performance.now();
    const host = await startTestHost(fixtureApp('timers'), {
      clock,
      timeFactor: factor,
      environment: { TIMER_SCHEDULE: '0 * * * * *' },
      log: logs.log,
    });
    await logs.until(
      () => logs.messagesOf('configured').length >= 5 && logs.messagesOf('quarter-minute').length >= 5,
    );
    const elapsedMs = performance.now() - begunMs;
    const counts = host.invocations();

    // Five whole minutes of the clock cannot pass in less than four sixtieths of a second each.
    expect(elapsedMs).toBeGreaterThan(4 * 60);
    const configured = logs.messagesOf('configured').map((line) => JSON.parse(line) as TimerLine);
    for (const [index, timer] of configured.entries()) {
      expect(timer).toMatchObject({ isPastDue: false, schedule: { adjustForDST: true } });
      expect(timer.scheduleStatus.next).toMatch(/:00\.000Z$/);
      if (index > 0) expect(timer.scheduleStatus.last).toBe(configured[index - 1]!.scheduleStatus.next);
    }
    expect(new Set(configured.map((timer) => timer.scheduleStatus.next)).size).toBe(configured.length);
    expect(JSON.parse(logs.messagesOf('quarter-minute')[0]!)).toMatchObject({ scheduleStatus: null });

    expect(logs.messagesOf('at-startup')).toHaveLength(1);
    expect(counts.slow).toEqual({ running: 1, succeeded: 0, failed: 0 });
    expect(logs.messagesOf('slow')).toEqual(['begin']);
    expect(counts.fails?.failed).toBeGreaterThan(1);
    expect(logs.messagesOf('fails')[0]).toContain('timer trouble');

    const stopped = host.stop();
    process.emit('release' as never);
    await stopped;
    expect(logs.messagesOf('slow')).toEqual(['begin', 'end']);
    expect(Object.values(host.invocations()).every(({ running }) => running === 0)).toBe(true);
  });
});

describe('a schedule', () => {
  test.each([
    ['*/15 * * * * *', '2026-03-01T00:00:15.000Z', '2026-03-01T00:00:30.000Z'],
    ['0 */5 * * * *', '2026-03-01T00:05:00.000Z', '2026-03-01T00:10:00.000Z'],
    ['0 30 9 * * 1-5', '2026-03-02T09:30:00.000Z', '2026-03-03T09:30:00.000Z'],
    ['0 0 0 29 2 *', '2028-02-29T00:00:00.000Z', '2032-02-29T00:00:00.000Z'],
    ['5,10 0 0 1 JAN *', '2027-01-01T00:00:05.000Z', '2027-01-01T00:00:10.000Z'],
  ])('"%s" has its occurrences in UTC, strictly after the instant asked for', (expression, first, second) => {
    const { next } = parseSchedule(expression);
    expect(textOf(next(originMs))).toBe(first);
    expect(textOf(next(Date.parse(first)))).toBe(second);
  });

  test.each(['* * * * *', '@daily', '61 * * * * *', '0 0 0 L * *', '0 0 0 1 * 1', ''])(
    '"%s" is refused',
    (expression) => {
      expect(() => parseSchedule(expression)).toThrow(expression === '' ? 'six fields' : /./);
    },
  );
});
