import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, LONGEST_MS, parseDuration } from '../../shared/core/duration.ts';
import type { GraphNode } from '../../shared/core/plan-graph.ts';
import { circlesOf, unreachableOf } from '../../shared/core/plan-graph.ts';

const anyGraph = fc.integer({ min: 1, max: 14 }).chain((size) =>
  fc
    .array(fc.array(fc.integer({ min: 0, max: size - 1 }), { maxLength: 3 }), {
      minLength: size,
      maxLength: size,
    })
    .map((edges) => edges.map((after, index) => ({ id: `s${index}`, after: after.map((to) => `s${to}`) }))),
);

const orderedGraph = fc
  .array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: 1, maxLength: 40 })
  .map((edges) =>
    edges.map((after, index) => ({
      id: `s${index}`,
      after: index === 0 ? [] : after.map((to) => `s${to % index}`),
    })),
  );

/** The plain rule: start whatever waits only for started steps, until nothing more can start. */
const startable = (nodes: readonly GraphNode[]): ReadonlySet<string> => {
  const started = new Set<string>();
  for (let before = -1; before < started.size;) {
    before = started.size;
    for (const { id, after } of nodes) if (after.every((other) => started.has(other))) started.add(id);
  }
  return started;
};

describe('the order of steps', () => {
  it('says of exactly those steps that they can never start which the plain rule never starts', () => {
    fc.assert(
      fc.property(anyGraph, (nodes) => {
        const started = startable(nodes);
        expect(unreachableOf(nodes)).toEqual(nodes.map(({ id }) => id).filter((id) => !started.has(id)));
      }),
    );
  });

  it('names a true circle exactly when some step can never start', () => {
    fc.assert(
      fc.property(anyGraph, (nodes) => {
        const circles = circlesOf(nodes);
        const after = new Map(nodes.map((node) => [node.id, node.after]));
        expect(circles.length > 0).toBe(startable(nodes).size < nodes.length);
        for (const circle of circles) {
          expect(circle.at(-1)).toBe(circle[0]);
          expect(new Set(circle.slice(1)).size).toBe(circle.length - 1);
          circle.slice(1).forEach((id, index) => {
            expect(after.get(circle[index]!)).toContain(id);
          });
        }
      }),
    );
  });

  it('finds nothing wrong with steps that wait only for earlier ones', () => {
    fc.assert(
      fc.property(orderedGraph, (nodes) => {
        expect([circlesOf(nodes), unreachableOf(nodes)]).toEqual([[], []]);
      }),
    );
  });
});

describe('durations', () => {
  it('are read back as they were written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: LONGEST_MS }), (durationMs) => {
        expect(parseDuration(formatDuration(durationMs))).toBe(durationMs);
      }),
    );
  });

  it('are never read from a text that is not one', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const durationMs = parseDuration(text);
        expect(durationMs === null || (durationMs >= 0 && durationMs <= LONGEST_MS)).toBe(true);
      }),
    );
  });
});
