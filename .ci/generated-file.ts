/** A file that is derived from the code; its content is formatted by Prettier before it is written or compared. */
export type GeneratedFile = {
  /** Path from the root of the repository. */
  readonly file: string;
  readonly content: () => string | Promise<string>;
};
