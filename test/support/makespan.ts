/** How long lanes take that each claim the next piece when they are free; a row is a unit of time. */
export const makespanOf = (pieces: readonly { readonly rows: number }[], lanes: number): number => {
  const busy = Array.from({ length: lanes }, () => 0);
  for (const { rows } of pieces) {
    const free = busy.indexOf(Math.min(...busy));
    busy[free] = (busy[free] ?? 0) + rows;
  }
  return Math.max(...busy);
};
