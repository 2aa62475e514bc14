/**
 * What two spellings of one table have in common: SQL Server compares the names of AX without regard to case. Only the
 * case of A to Z is dropped, so that a name with a look-alike letter (ı, ſ, К) stays another table.
 */
export const tableNameKey = (name: string): string =>
  /^[ -~]*$/.test(name) ? name.toUpperCase() : name.replace(/[a-z]+/g, (letters) => letters.toUpperCase());

const DBO = 'DBO.';

/**
 * Finds what a list says of a table, by its name with schema; null where it says nothing. The toolkit's lists name
 * tables as AX does, without the schema, which is dbo.
 */
export const inList = <Entry>(
  entries: readonly Entry[],
  nameOf: (entry: Entry) => string,
): ((table: string) => Entry | null) => {
  const byName = new Map(entries.map((entry) => [tableNameKey(nameOf(entry)), entry]));
  if (byName.size === 0) return () => null;
  return (table) => {
    const key = tableNameKey(table);
    const unqualified = key.startsWith(DBO) ? byName.get(key.slice(DBO.length)) : undefined;
    return byName.get(key) ?? unqualified ?? null;
  };
};
