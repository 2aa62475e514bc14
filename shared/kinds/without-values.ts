const LONGEST = 300;

/** A quoted name is kept only after a word that says it is one: anything else in quotes may be a value of a row. */
const QUOTED =
  /(\b(?:object|table|constraint|column|index|database|login|user|procedure|job|principal|publication|server|view|function|article|property|permission)s?\s+)?(N?'(?:[^']|'')*'|"(?:[^"]|"")*")/gi;

/** The text of an error of SQL Server without the values of business rows it may quote, cut to a readable length. */
export const withoutValues = (text: string): string => {
  const bare = text
    .replaceAll(QUOTED, (_match, word: string | undefined, quoted: string) =>
      word === undefined ? "'…'" : `${word}${quoted}`,
    )
    .replaceAll(/\bvalue(?:s)?(?: is| are)?:?\s*\(.*\)/gi, 'value (…)')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return bare.length > LONGEST ? `${bare.slice(0, LONGEST)}…` : bare;
};
