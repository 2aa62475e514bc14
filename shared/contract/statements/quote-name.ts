/** SQL Server's own limit of an identifier, in UTF-16 code units. */
const LONGEST = 128;

/** Quotes an identifier for T-SQL as QUOTENAME does. @throws {RangeError} where SQL Server would have no such name. */
export const quoteName = (name: string): string => {
  if (name.length === 0 || name.length > LONGEST) {
    throw new RangeError(`An identifier has 1 to ${LONGEST} characters, not ${name.length}.`);
  }
  if (name.includes('\u0000')) throw new RangeError('An identifier has no NUL character.');
  return `[${name.replaceAll(']', ']]')}]`;
};

/** A table with its schema, both quoted. */
export const quoteTable = (table: { readonly schema: string; readonly name: string }): string =>
  `${quoteName(table.schema)}.${quoteName(table.name)}`;
