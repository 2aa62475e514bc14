import sax from 'sax';
import { tableNameKey } from '../core/table-name.ts';
import type { Problem } from './problem.ts';

/** The root of a list of tables of the toolkit, as its pages name it (domain: "Data upgrade in self-service environments"). */
export type TableListRoot = 'IgnoreTables' | 'SpecialTables';

/** The names of a list in the order of the file, or why the whole of it is refused. */
export type TableListReading =
  { readonly tables: readonly string[] } | { readonly problems: readonly Problem[] };

/** The largest list taken, in characters: AX has some thousand tables, each with a short name. */
const LARGEST_CHARACTERS = 1_048_576;
/** The longest name SQL Server gives a table. */
const LONGEST_NAME = 128;

/** What is wrong with the file at the place it was read to. */
class Mistake extends Error {}

const wrong = (message: string): never => {
  throw new Mistake(message);
};

// eslint-disable-next-line no-control-regex -- what no name of a table holds
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

const nameIn = (text: string): string => {
  const name = text.trim();
  if (name === '') wrong('a Table element is empty');
  if (name.length > LONGEST_NAME) wrong(`a table name is longer than ${LONGEST_NAME} characters`);
  if (CONTROL.test(name)) wrong('a table name holds a control character');
  return name;
};

/** Reads root > Name > Table and nothing else: no document type, no entity of its own, no other element. */
const namesIn = (text: string, root: TableListRoot): readonly string[] => {
  const shape = [root, 'Name', 'Table'];
  const xml = sax.parser(true, { position: true, xmlns: false });
  const open: string[] = [];
  const tables: string[] = [];
  let name = '';
  const taken = (said: string): void => {
    if (open.length === shape.length) name += said;
    else if (said.trim() !== '') wrong('there is text outside the Table elements');
  };
  xml.onerror = ({ message }) => wrong(message.split('\n')[0]?.toLowerCase() ?? 'is not XML');
  xml.ondoctype = () => wrong('a document type (DOCTYPE) is not taken');
  xml.onsgmldeclaration = () => wrong('a declaration is not taken');
  xml.onprocessinginstruction = (instruction) => {
    if (instruction.name !== 'xml') wrong('a processing instruction is not taken');
  };
  xml.onopentag = (tag) => {
    const expected = shape[open.length];
    if (tag.name !== expected) {
      wrong(
        expected === undefined
          ? 'an element within Table is not taken'
          : `an element other than ${expected} is where ${expected} must be`,
      );
    }
    open.push(tag.name);
    name = '';
  };
  xml.onclosetag = () => {
    if (open.length === shape.length) tables.push(nameIn(name));
    open.pop();
  };
  xml.ontext = taken;
  xml.oncdata = taken;
  try {
    xml.write(text).close();
    return tables;
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    throw new Mistake(`line ${xml.line + 1}: ${error.message}`);
  }
};

const repeated = (tables: readonly string[]): readonly string[] => {
  const seen = new Set<string>();
  return tables.filter((table) => {
    const key = tableNameKey(table);
    const known = seen.has(key);
    seen.add(key);
    return known;
  });
};

/** Reads `IgnoreTables.xml` or `SpecialTables.xml`; whatever is malformed or hostile is refused whole, with one answer. */
export const readTableList = (text: string, root: TableListRoot): TableListReading => {
  const refuse = (message: string): TableListReading => ({ problems: [{ path: 'text', message }] });
  if (text.length > LARGEST_CHARACTERS) return refuse(`is longer than ${LARGEST_CHARACTERS} characters`);
  let tables: readonly string[];
  try {
    tables = namesIn(text.replace(/^\uFEFF/, ''), root);
  } catch (error) {
    if (error instanceof Mistake) return refuse(error.message);
    throw error;
  }
  const [twice] = repeated(tables);
  if (twice !== undefined) return refuse(`names ${twice} twice`);
  return tables.length === 0 ? refuse('names no table') : { tables };
};
