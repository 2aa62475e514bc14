/**
 * A number in [0, 1) that depends on nothing but the seed and the keys: chance without a sequence, so that the world
 * answers the same question the same way whoever asks first.
 */
export const chance = (seed: number, ...keys: readonly (string | number)[]): number => {
  let hash = (seed ^ 0x9e3779b9) >>> 0;
  for (const character of keys.join('\u0000')) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193) >>> 0;
  }
  // The finaliser of MurmurHash3: without it, names that differ in their last letter get neighbouring numbers.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35) >>> 0;
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x1_0000_0000;
};

/** A whole number from `low` to `high`, both included. */
export const chanceBetween = (
  low: number,
  high: number,
  seed: number,
  ...keys: readonly (string | number)[]
): number => low + Math.floor(chance(seed, ...keys) * (high - low + 1));

/** A GUID made of chance. */
export const chanceGuid = (seed: number, ...keys: readonly (string | number)[]): string => {
  const block = (part: number): string =>
    Math.floor(chance(seed, ...keys, part) * 0x1_0000_0000)
      .toString(16)
      .padStart(8, '0');
  const digits = [0, 1, 2, 3].map(block).join('');
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-8${digits.slice(17, 20)}-${digits.slice(20)}`;
};
