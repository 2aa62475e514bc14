import { z } from 'zod';

/** The name of something on a SQL Server, as long as SQL Server lets it be. */
export const nameParameter = z.string().min(1).max(128);

/** A table as the catalogue of its server names it. */
export const tableParameter = z.object({ schema: nameParameter, name: nameParameter });

/** See {@link tableParameter}. */
export type NamedTable = Readonly<z.infer<typeof tableParameter>>;

/** Some tables at once. */
export const tablesParameter = z.object({
  tables: z.array(tableParameter).min(1).max(20_000).readonly(),
});

/** A RECID as digits: a number does not hold every bigint. */
export const recidParameter = z.string().regex(/^-?\d{1,19}$/);
