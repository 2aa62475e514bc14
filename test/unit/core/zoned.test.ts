import { describe, expect, it } from 'vitest';
import { inZone, offsetMs } from '../../../shared/core/zoned.ts';
import { HOUR, MINUTE } from '../../support/sample-plan.ts';

const at = (text: string): number => Date.parse(text);

describe('an instant in a zone', () => {
  it.each<[string, string, string, number]>([
    ['UTC', '2026-11-22T17:00:00Z', '2026-11-22T17:00:00+00:00', 0],
    ['Europe/Berlin', '2026-11-22T17:00:00Z', '2026-11-22T18:00:00+01:00', HOUR],
    ['America/New_York', '2026-11-22T03:00:00Z', '2026-11-21T22:00:00-05:00', -5 * HOUR],
    ['Asia/Kolkata', '2026-11-22T17:00:00Z', '2026-11-22T22:30:00+05:30', 5 * HOUR + 30 * MINUTE],
    ['America/St_Johns', '2026-11-22T17:00:00Z', '2026-11-22T13:30:00-03:30', -3.5 * HOUR],
    // The hour that is skipped in spring, and the one that comes twice in autumn.
    ['Europe/Berlin', '2026-03-29T00:59:59Z', '2026-03-29T01:59:59+01:00', HOUR],
    ['Europe/Berlin', '2026-03-29T01:00:00Z', '2026-03-29T03:00:00+02:00', 2 * HOUR],
    ['Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-25T02:30:00+02:00', 2 * HOUR],
    ['Europe/Berlin', '2026-10-25T01:30:00Z', '2026-10-25T02:30:00+01:00', HOUR],
  ])('%s: %s is %s', (zone, instant, shown, offset) => {
    expect([inZone(zone, at(instant)), offsetMs(zone, at(instant))]).toEqual([shown, offset]);
    expect(Date.parse(inZone(zone, at(instant)))).toBe(at(instant));
  });
});
