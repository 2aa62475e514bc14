import { describe, expect, it } from 'vitest';
import { ancestorsOf, circlesOf, unreachableOf } from '../../../shared/core/plan-graph.ts';

const graph = (edges: Readonly<Record<string, readonly string[]>>) =>
  Object.entries(edges).map(([id, after]) => ({ id, after }));

describe('circlesOf', () => {
  it('finds none in an order that can be followed', () => {
    expect(circlesOf(graph({ a: [], b: ['a'], c: ['a', 'b'] }))).toEqual([]);
  });

  it('finds none either where steps are listed before what they wait for', () => {
    expect(circlesOf(graph({ c: ['a', 'b'], b: ['a'], a: [] }))).toEqual([]);
  });

  it('names the shortest circle of each knot, in the order of the steps', () => {
    const nodes = graph({ x: ['y'], y: ['x'], a: ['b', 'c'], b: ['c'], c: ['a'], self: ['self'] });
    expect(circlesOf(nodes)).toEqual([
      ['x', 'y', 'x'],
      ['a', 'c', 'a'],
      ['self', 'self'],
    ]);
  });

  it('ignores names that are no step', () => {
    expect(circlesOf(graph({ a: ['nowhere'] }))).toEqual([]);
  });

  it('walks a circle of ten thousand steps without overflowing', () => {
    const nodes = Array.from({ length: 10_000 }, (_, index) => ({
      id: `s${index}`,
      after: [`s${(index + 1) % 10_000}`],
    }));
    expect(circlesOf(nodes)[0]).toHaveLength(10_001);
  });
});

describe('unreachableOf', () => {
  it('lists what is in a circle or behind one, and nothing before it', () => {
    const nodes = graph({
      before: [],
      a: ['before', 'b'],
      b: ['a'],
      behind: ['a'],
      further: ['behind'],
      free: [],
    });
    expect(unreachableOf(nodes)).toEqual(['a', 'b', 'behind', 'further']);
  });
});

describe('ancestorsOf', () => {
  it('lists everything a step waits for, however indirectly', () => {
    const nodes = graph({ a: [], b: ['a'], c: ['b'], d: [] });
    expect(ancestorsOf(nodes, 'c')).toEqual(new Set(['b', 'a']));
    expect(ancestorsOf(nodes, 'unknown')).toEqual(new Set());
    expect(ancestorsOf(graph({ a: ['nowhere'] }), 'a')).toEqual(new Set());
  });

  it('lists the step itself when it is in a circle', () => {
    expect(ancestorsOf(graph({ a: ['b'], b: ['a'] }), 'a')).toEqual(new Set(['b', 'a']));
  });
});
