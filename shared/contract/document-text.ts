import { LineCounter, parseDocument } from 'yaml';
import type { Problem } from './problem.ts';

/** The largest document taken, in bytes of UTF-8. */
const LARGEST_BYTES = 1_048_576;

/** What a text held, or every reason why it could not be read. */
export type DocumentReading = { readonly document: unknown } | { readonly problems: readonly Problem[] };

const refused = (message: string): DocumentReading => ({ problems: [{ path: '', message }] });

const TOO_DEEP = 'is nested too deeply';

const readJson = (text: string): DocumentReading | null => {
  if (!/^\s*[{[]/.test(text)) return null;
  try {
    const document: unknown = JSON.parse(text);
    return { document };
  } catch {
    // Told by the YAML reader, which knows the line and the column.
    return null;
  }
};

const readYaml = (text: string): DocumentReading => {
  const lineCounter = new LineCounter();
  try {
    const parsed = parseDocument(text, { lineCounter, prettyErrors: false });
    const mistakes = [...parsed.errors, ...parsed.warnings];
    // The library tells its own stack overflow as a mistake at the place it had come to.
    if (mistakes.some(({ message }) => message.includes('call stack'))) return refused(TOO_DEEP);
    if (mistakes.length === 0) return { document: parsed.toJS({ maxAliasCount: 100 }) };
    return {
      problems: mistakes.map(({ message, pos: [offset] }) => {
        const { line, col } = lineCounter.linePos(offset);
        return { path: '', message: `line ${line}, column ${col}: ${message}` };
      }),
    };
  } catch (error) {
    if (error instanceof ReferenceError) return refused('repeats parts of itself by aliases too often');
    if (error instanceof RangeError) return refused(TOO_DEEP);
    throw error;
  }
};

/** Reads JSON or YAML of at most 1 MiB; mistakes of writing come with line and column. */
export const readDocumentText = (text: string): DocumentReading =>
  new TextEncoder().encode(text).length > LARGEST_BYTES
    ? refused('is larger than 1 MiB')
    : (readJson(text) ?? readYaml(text));
