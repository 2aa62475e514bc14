import { describe, expect, it } from 'vitest';
import { formatDuration, LONGEST_MS, parseDuration } from '../../../shared/core/duration.ts';

describe('parseDuration', () => {
  it.each([
    ['30min', 1_800_000],
    ['2h', 7_200_000],
    ['1d 4h', 100_800_000],
    ['90s', 90_000],
    ['250ms', 250],
    ['1d 1h 1min 1s 1ms', 90_061_001],
    ['0s', 0],
    ['366d', LONGEST_MS],
  ])('reads %s as %d ms', (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
  });

  it.each([
    '',
    '5',
    'h',
    '-1h',
    '1.5h',
    '1 h',
    '4h 1d',
    '1h 2h',
    '1h  2min',
    '2m',
    '367d',
    '1d4h',
    ' 1h',
    '12345678901ms',
  ])('refuses %j', (text) => {
    expect(parseDuration(text)).toBeNull();
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0s'],
    [90_000, '1min 30s'],
    [100_800_000, '1d 4h'],
    [1, '1ms'],
  ])('writes %d ms as %s', (durationMs, expected) => {
    expect(formatDuration(durationMs)).toBe(expected);
  });
});
