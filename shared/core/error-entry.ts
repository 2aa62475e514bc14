/** What an error code means; `next` tells the operator what to do. Codes are never reused. */
export type ErrorEntry = { readonly title: string; readonly retriable: boolean; readonly next: string };

/** An entry of the catalogue. */
export const entry = (title: string, retriable: boolean, next: string): ErrorEntry => ({
  title,
  retriable,
  next,
});
