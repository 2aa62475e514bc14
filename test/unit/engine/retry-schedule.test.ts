import { describe, expect, it } from 'vitest';
import { RETRY_SCHEDULE_MS, retryAfterMs, retryDelayMs } from '../../../shared/engine/retry-schedule.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const NOW = Date.parse('2026-11-30T20:00:00Z');

describe('the schedule of retries', () => {
  it.each([
    [1, 5 * SECOND],
    [2, 5 * MINUTE],
    [3, 30 * MINUTE],
    [4, 2 * HOUR],
    [5, 5 * HOUR],
    [6, 10 * HOUR],
    [7, 14 * HOUR],
    [8, 20 * HOUR],
    [9, 24 * HOUR],
  ])('waits after failure %i for %i ms, and at most a fifth longer', (failures, delay) => {
    expect(retryDelayMs(failures, 0)).toBe(delay);
    expect(retryDelayMs(failures, 0.5)).toBe((delay * 11) / 10);
    expect(retryDelayMs(failures, 1 - 2 ** -32)).toBe((delay * 12) / 10 - 1);
  });

  it('ends with the failure after the last wait', () => {
    expect(RETRY_SCHEDULE_MS).toHaveLength(9);
    expect(retryDelayMs(10, 0)).toBeNull();
  });
});

describe('the wait that a receiver asks for', () => {
  it.each<[string, string | null, number]>([
    ['is none without the header', null, 0],
    ['is none for an empty header', '', 0],
    ['is none for words', 'soon', 0],
    ['is none for a fraction that is no date', '-5', 0],
    ['is taken in seconds', '120', 2 * MINUTE],
    ['is taken with space around it', ' 7 ', 7 * SECOND],
    ['is taken as a date', 'Mon, 30 Nov 2026 20:10:00 GMT', 10 * MINUTE],
    ['is none for a date that has passed', 'Mon, 30 Nov 2026 19:00:00 GMT', 0],
    ['is a day at most', '9999999', 24 * HOUR],
    ['is a day at most, as a date', 'Wed, 30 Dec 2026 20:00:00 GMT', 24 * HOUR],
  ])('%s', (_, header, expected) => {
    expect(retryAfterMs(header, NOW)).toBe(expected);
  });
});
