import { describe, expect, it } from 'vitest';
import { backoffMs } from '../../../shared/core/backoff.ts';

describe('the wait before an envelope is sent again', () => {
  it.each([
    [1, 1_000],
    [2, 2_000],
    [3, 4_000],
    [9, 256_000],
    [10, 300_000],
    [2_000, 300_000],
  ])('of send number %i is %i ms: it doubles and stays within five minutes', (hop, waitMs) => {
    expect(backoffMs(hop)).toBe(waitMs);
  });
});
