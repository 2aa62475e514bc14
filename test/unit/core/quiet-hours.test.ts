import { describe, expect, it } from 'vitest';
import { isQuiet, isZone } from '../../../shared/core/quiet-hours.ts';

const night = { from: '22:00', to: '06:00', zone: 'Europe/Copenhagen' };
const noon = { from: '12:00', to: '13:30', zone: 'UTC' };

describe('quiet hours', () => {
  it.each([
    // Copenhagen is an hour ahead of UTC in winter and two in summer.
    { at: '2031-01-10T20:59:00Z', quiet: false },
    { at: '2031-01-10T21:00:00Z', quiet: true },
    { at: '2031-01-11T04:59:59Z', quiet: true },
    { at: '2031-01-11T05:00:00Z', quiet: false },
    { at: '2031-07-10T20:00:00Z', quiet: true },
    { at: '2031-07-11T04:00:00Z', quiet: false },
    { at: '2031-01-10T11:59:59Z', quiet: false },
    { at: '2031-01-10T12:00:00Z', quiet: true },
    { at: '2031-01-10T13:29:59Z', quiet: true },
    { at: '2031-01-10T13:30:00Z', quiet: false },
    { at: '2031-01-10T00:00:00Z', quiet: true },
  ])('at $at: $quiet', ({ at, quiet }) => {
    expect(isQuiet([night, noon], Date.parse(at))).toBe(quiet);
  });

  it('are none where none are named', () => {
    expect(isQuiet([], Date.parse('2031-01-10T23:00:00Z'))).toBe(false);
  });

  it.each([
    { zone: 'Europe/Copenhagen', is: true },
    { zone: 'UTC', is: true },
    { zone: 'Middle/Earth', is: false },
    { zone: '', is: false },
  ])('know the zone "$zone": $is', ({ zone, is }) => {
    expect(isZone(zone)).toBe(is);
  });
});
