/** A figure, with the limit it has to keep, both in words. */
export type Figure = {
  readonly what: string;
  readonly is: string;
  readonly limit: string;
  readonly holds: boolean;
};

/** Prints figures, a line each, and ends the process as failed when one misses its limit. */
export const printFigures = (figures: readonly Figure[]): void => {
  for (const { what, is, limit, holds } of figures) {
    const mark = holds ? 'ok  ' : 'MISS';
    process.stdout.write(`${mark} ${what.padEnd(56)} ${is.padStart(10)}  (limit ${limit})\n`);
  }
  if (figures.some(({ holds }) => !holds)) process.exitCode = 1;
};
