import { describe, expect, it } from 'vitest';
import { sameConditions, stamp } from '../../../shared/core/conditions.ts';
import { lacks } from '../../support/sample-inputs.ts';

const since = (message: string, at: number) => ({ ...lacks(message), since: at });

describe('stamping conditions', () => {
  it('keeps the time of a condition whose words have changed and gives a new one the present', () => {
    const earlier = [since('pending 7', 100)];
    expect(stamp([lacks('pending 5'), lacks('agents stopped')], earlier, 200)).toEqual([
      since('pending 5', 100),
      since('agents stopped', 200),
    ]);
  });

  it('begins anew when a condition comes back', () => {
    const cleared = stamp([], [since('pending 7', 100)], 200);
    expect(stamp([lacks('pending 7')], cleared, 300)).toEqual([since('pending 7', 300)]);
  });
});

describe('two lists of conditions', () => {
  it.each([
    ['say the same whatever their times', ['pending 7'], ['pending 7'], true],
    ['say the same when both are empty', [], [], true],
    ['differ in their words', ['pending 7'], ['pending 6'], false],
    ['differ in their codes', ['pending 7'], ['agents 7'], false],
    ['differ when one is longer', ['pending 7'], ['pending 7', 'agents 1'], false],
    ['differ when one is shorter', ['pending 7', 'agents 1'], ['pending 7'], false],
  ])('%s', (_, left, right, same) => {
    const a = left.map((message) => since(message, 1));
    const b = right.map((message) => since(message, 2));
    expect(sameConditions(a, b)).toBe(same);
  });

  it('differ when the same words stand under another code', () => {
    expect(sameConditions([since('pending 7', 1)], [{ ...since('pending 7', 1), code: 'other' }])).toBe(
      false,
    );
  });
});
