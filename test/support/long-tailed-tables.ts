import type { Countable } from '../../shared/core/count-pieces.ts';

/** Draws from 0 to 1 (mulberry32), the same ones for the same seed. */
const drawing = (seed: number): (() => number) => {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** What a database of AX looks like: many small tables, a few that hold nearly everything. */
export const longTailedTables = (
  seed: number,
  shape: { readonly tables: number; readonly rows: number; readonly alpha: number; readonly without: number },
): readonly Countable[] => {
  const uniform = drawing(seed);
  const weights = Array.from({ length: shape.tables }, () => (1 - uniform()) ** (-1 / shape.alpha));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => {
    const rows = Math.floor((weight / sum) * shape.rows);
    const low = 5_637_144_576n;
    // Blocks of RECID that a server process took and did not use leave gaps.
    const high = low + BigInt(Math.max(1, Math.ceil(rows * (1 + uniform()))));
    return { rows, recids: uniform() < shape.without ? null : { low: String(low), high: String(high) } };
  });
};
