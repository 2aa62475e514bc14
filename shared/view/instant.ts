/** An instant in epoch milliseconds as ISO 8601 UTC. */
export const iso = (at: number): string => new Date(at).toISOString();

/** The same for an instant that may be unknown. */
export const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at));
