/** The first re-send of an envelope waits this long: a storage hiccup is over by then. */
const FIRST_MS = 1_000;
/** No wait is longer: the operator should see life within minutes of the storage coming back. */
const LONGEST_MS = 5 * 60_000;

/** How long the re-send number `hop` (from 1) waits, in milliseconds: doubling, bounded. */
export const backoffMs = (hop: number): number => Math.min(FIRST_MS * 2 ** (hop - 1), LONGEST_MS);
