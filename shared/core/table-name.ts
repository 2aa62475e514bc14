/**
 * What two spellings of one table have in common: SQL Server compares the names of AX without regard to case. Only the
 * case of A to Z is dropped, so that a name with a look-alike letter (ı, ſ, К) stays another table.
 */
export const tableNameKey = (name: string): string =>
  /^[ -~]*$/.test(name) ? name.toUpperCase() : name.replace(/[a-z]+/g, (letters) => letters.toUpperCase());

/** The name without its schema: the toolkit's lists name tables as AX does. */
export const withoutSchema = (table: string): string => table.slice(table.indexOf('.') + 1);
