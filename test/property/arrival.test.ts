import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrivalOf, isInside } from '../../shared/core/arrival.ts';
import type { Rows, TableLook } from '../../shared/core/table-look.ts';
import { verdictOf } from '../../shared/core/table-verdict.ts';

const BLIND_MS = 30 * 60_000;

const anyRows: fc.Arbitrary<Rows> = fc.oneof(
  { weight: 8, arbitrary: fc.nat(2_000) },
  fc.maxSafeNat(),
  fc.constantFrom<Rows>('absent', 'unreadable'),
);

/** Looks in order of time, at uneven intervals, some of the same moment. */
const anyLooks = fc
  .array(
    fc.record({
      afterMs: fc.nat(600_000),
      method: fc.constantFrom('estimate', 'exact'),
      source: anyRows,
      target: anyRows,
    }),
    { maxLength: 25 },
  )
  .map((steps) => {
    let at = 1_000_000;
    return steps.map(({ afterMs, ...look }): TableLook => ({ ...look, at: (at += afterMs) }));
  });

describe('an arrival', () => {
  it('is never before now, and its range holds what is likely', () => {
    fc.assert(
      fc.property(anyLooks, fc.nat(3_600_000), (looks, laterMs) => {
        const now = (looks.at(-1)?.at ?? 0) + laterMs;
        const arrival = arrivalOf(looks, now, BLIND_MS);
        if (arrival.state !== 'expected') return;
        const { low, likely, high } = arrival;
        expect([now, low, likely, high].every(Number.isFinite)).toBe(true);
        expect([now, low, likely, high]).toEqual([now, low, likely, high].sort((a, b) => a - b));
      }),
    );
  });

  it('of a steady pace is the truth, at any pace and interval', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: 40 }),
        fc.integer({ min: 1, max: 5_000 }),
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1_000, max: 600_000 }),
        (seen, pace, left, intervalMs) => {
          const looks = Array.from({ length: seen }, (_, n): TableLook => {
            const gap = pace * (seen - 1 - n + left);
            return { at: n * intervalMs, method: 'estimate', source: 10 ** 9, target: 10 ** 9 - gap };
          });
          const now = (seen - 1) * intervalMs;
          const arrival = arrivalOf(looks, now, BLIND_MS);
          expect(arrival.state).toBe('expected');
          if (arrival.state !== 'expected') return;
          const truth = (seen - 1 + left) * intervalMs;
          expect(Math.abs(arrival.likely - truth)).toBeLessThanOrEqual(1);
          expect(isInside(arrival, truth)).toBe(true);
        },
      ),
    );
  });

  it('of a gap that never shrinks is never expected', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000), { minLength: 1, maxLength: 30 }), (steps) => {
        let gap = 1;
        const looks = steps.map((step, n): TableLook => {
          gap += step;
          return { at: n * 60_000, method: 'estimate', source: 10 ** 6, target: 10 ** 6 - gap };
        });
        expect(arrivalOf(looks, (steps.length - 1) * 60_000, BLIND_MS).state).toBe('unknown');
      }),
    );
  });

  it('is past only when the newest look lacks nothing', () => {
    fc.assert(
      fc.property(anyLooks, (looks) => {
        const last = looks.at(-1);
        const lacksNothing =
          typeof last?.source === 'number' && typeof last.target === 'number' && last.target >= last.source;
        expect(arrivalOf(looks, last?.at ?? 0, BLIND_MS).state === 'arrived').toBe(lacksNothing);
      }),
    );
  });
});

describe('a verdict', () => {
  it('is "equal" only where some look saw the same number on both sides, and no class puts it off', () => {
    fc.assert(
      fc.property(
        anyLooks,
        fc.constantFrom('keyed', 'non-keyed', 'locked', 'special', 'ignored'),
        fc.record({
          nonKeyedPublished: fc.boolean(),
          stoppedAt: fc.option(fc.nat(5_000_000)),
          drainedAt: fc.option(fc.nat(5_000_000)),
        }),
        (looks, tableClass, rules) => {
          const { verdict, look } = verdictOf(tableClass, looks, rules);
          if (verdict === 'confirmed-missing') expect(look?.method).toBe('exact');
          if (verdict !== 'equal') return;
          expect(typeof look?.source).toBe('number');
          expect(look?.source).toBe(look?.target);
          expect(tableClass).not.toBe('ignored');
          if (!rules.nonKeyedPublished) expect(['non-keyed', 'locked']).not.toContain(tableClass);
        },
      ),
    );
  });
});
