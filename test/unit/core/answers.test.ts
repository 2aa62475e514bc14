import { describe, expect, it } from 'vitest';
import { applied, isRefused, refused, unchanged } from '../../../shared/core/draft.ts';
import { ERRORS } from '../../../shared/core/errors.ts';

describe('an answer', () => {
  it('that something was done or was done already is no refusal', () => {
    expect(isRefused(applied('done'))).toBe(false);
    expect(isRefused(unchanged('was so'))).toBe(false);
  });

  it('that refuses says what it is, of what, and what to do', () => {
    const answer = refused('C304', 'go-live', { since: 1 });
    expect(isRefused(answer)).toBe(true);
    expect(answer).toEqual({
      code: 'C304',
      message: 'The cutover is held: go-live',
      next: ERRORS.C304.next,
      detail: { since: 1 },
    });
  });
});
