/** Where the cutover's time comes from: instants are epoch milliseconds. */
export type Clock = { readonly now: () => number };

/**
 * A clock that runs `factor` times as fast as the machine's since `originMs`; 1 in every real deployment.
 * Several processes given the same origin and factor agree, so a local cutover of days plays in minutes.
 */
export const makeClock = (factor = 1, originMs = 0): Clock => ({
  now: () => Math.floor(originMs + (Date.now() - originMs) * factor),
});
