import { describe, expect, it } from 'vitest';
import { readOptions } from '../../simulation/support/options.ts';

const story = { type: 'story', name: 'abort', crashPoint: null } as const;

describe('the options of the simulation', () => {
  it.each([
    ['', { type: 'seeds', first: 1, count: 1_000, withinMs: null }],
    ['--seeds 5 --start 7', { type: 'seeds', first: 7, count: 5, withinMs: null }],
    ['--start 7', { type: 'seeds', first: 7, count: 1_000, withinMs: null }],
    ['--seeds 5 --within 2', { type: 'seeds', first: 1, count: 5, withinMs: 120_000 }],
    ['--seed 3', { type: 'one', job: { type: 'seed', seed: 3 }, trace: false }],
    ['--seed 3 --trace', { type: 'one', job: { type: 'seed', seed: 3 }, trace: true }],
    ['--crash-points', { type: 'crash-points' }],
    ['--story abort', { type: 'one', job: story, trace: false }],
    [
      '--story abort --crash after:5 --trace',
      { type: 'one', job: { ...story, crashPoint: { when: 'after', call: 5 } }, trace: true },
    ],
    [
      '--story abort --hold 3',
      { type: 'one', job: { type: 'held-story', name: 'abort', holdBefore: 3 }, trace: false },
    ],
    ['--help', { type: 'help' }],
  ])('"%s" are understood', (line, options) => {
    expect(readOptions(line.split(' ').filter(Boolean))).toEqual(options);
  });

  it.each([
    ['--seeds 0', '--seeds takes a whole number of at least 1, not 0'],
    ['--seeds many', '--seeds takes a whole number of at least 1, not many'],
    ['--seed 1.5', '--seed takes a whole number of at least 0, not 1.5'],
    ['--seed 3 --seeds 5', '--seeds says nothing beside --seed'],
    ['--seed 3 --crash-points', '--seed says nothing beside --crash-points'],
    ['--seeds 2 --trace', '--trace says nothing beside --seeds'],
    ['--seed 3 --within 2', '--within says nothing beside --seed'],
    ['--within 0', '--within takes a whole number of at least 1, not 0'],
    ['--trace', '--trace says nothing beside --seeds'],
    ['--crash before:5', '--crash says nothing beside --seeds'],
    ['--hold 3', '--hold says nothing beside --seeds'],
    ['--story abort --crash before:5 --hold 3', '--hold says nothing beside --crash'],
    ['--story abort --crash before:0', '--crash takes before:CALL or after:CALL, counted from 1'],
    ['--story nobody-told-it', 'nobody-told-it'],
    ['--sead 3', "Unknown option '--sead'"],
  ])('"%s" are refused with the reason', (line, reason) => {
    expect(() => readOptions(line.split(' '))).toThrow(reason);
  });
});
