import type { CatalogueEntry } from './catalogue.ts';

/** The statements that do more than read. */
const WRITES: ReadonlySet<string> = new Set(['post-tracer-token']);

/** A statement as a DBA reviews it before the app may send it: everything that reaches the server, and why. */
export const reviewOf = ({
  name,
  server,
  purpose,
  permission,
  timeoutMs,
  exampleText,
  exampleValues,
}: CatalogueEntry) => ({
  name,
  server,
  purpose,
  permission,
  writes: WRITES.has(name),
  timeLimitMs: timeoutMs,
  parameters: Object.entries(exampleValues).map(([parameter, example]) => ({
    name: `@${parameter}`,
    type: typeof example === 'string' ? 'nvarchar(4000)' : 'bigint',
    example,
  })),
  text: exampleText,
});
