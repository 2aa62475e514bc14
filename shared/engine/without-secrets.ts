import { isSecretName, namesSecret, REMOVED } from './secret-names.ts';
import { textWithoutSecrets, withoutEscapes } from './secret-text.ts';

/** Deeper than any message of the product; a body nested further is a mistake or an attack. */
const DEEPEST = 20;
/** Shorter lists of numbers are figures; longer ones may be the bytes of a text. */
const BYTES_AT_LEAST = 6;

const isByte = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 255;

const decoder = new TextDecoder('utf-8', { fatal: true });

const textOf = (bytes: Uint8Array): string | null => {
  try {
    const text = decoder.decode(bytes);
    // eslint-disable-next-line no-control-regex -- a text has no control characters but these three
    return /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(text) ? null : text;
  } catch {
    return null;
  }
};

/** The bytes a value stands for: as they came, or as JSON writes a buffer or an array of them. */
const bytesIn = (value: object): Uint8Array | null => {
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  const { type, data } = value as { readonly type?: unknown; readonly data?: unknown };
  if (type === 'Buffer' && Array.isArray(data) && data.every(isByte)) return Uint8Array.from(data);
  const names = Object.keys(value);
  const isIndexed = names.length >= BYTES_AT_LEAST && names.every((name, index) => name === String(index));
  const all = isIndexed ? Object.values(value) : [];
  return isIndexed && all.every(isByte) ? Uint8Array.from(all) : null;
};

const parsed = (text: string): unknown => {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
};

/** A message as it was meant: bytes as their text, text of JSON as its value; anything else as it came. */
export const opened = (body: unknown): unknown => {
  const bytes = typeof body === 'object' && body !== null && !Array.isArray(body) ? bytesIn(body) : null;
  const text = bytes === null ? body : textOf(bytes);
  if (bytes !== null && text === null) return `[${bytes.length} bytes]`;
  return typeof text === 'string' ? parsed(text) : text;
};

const inText = (text: string, depth: number): string => {
  const asItIs = parsed(text);
  const value = typeof asItIs === 'string' ? parsed(withoutEscapes(text)) : asItIs;
  if (typeof value === 'string') return textWithoutSecrets(text);
  const shown = JSON.stringify(inValue(value, depth));
  return shown.includes(REMOVED) ? shown : text;
};

/** Whether a value tells of which secret its neighbours are: its name, or the names of columns. */
const tells = (value: unknown): boolean =>
  namesSecret(value) || (Array.isArray(value) && value.some((item) => namesSecret(item)));

const withheld = (value: unknown): unknown =>
  value === null || typeof value === 'boolean' ? value : REMOVED;

/** What follows the name of a secret in a list is the secret, and so is what stands in the column of its name. */
const inList = (list: readonly unknown[], depth: number): readonly unknown[] => {
  const name = list.findIndex(namesSecret);
  const columns = list.findIndex((row) => Array.isArray(row) && tells(row));
  const header = (columns < 0 ? [] : list[columns]) as readonly unknown[];
  return list.map((item, index) => {
    if (name >= 0 && index > name) return withheld(item);
    if (columns < 0 || index <= columns || !Array.isArray(item)) return inValue(item, depth);
    return inValue(
      item.map((cell: unknown, column) => (namesSecret(header[column]) ? withheld(cell) : cell)),
      depth,
    );
  });
};

/** Names of the product's own messages: what stands under them says which message it was; its version is a number. */
const OWN = /^(?:type|cutoverId|stepId|attempt|dispatch|dueAt|slot)$/;
const isOwn = (name: string, value: unknown): boolean =>
  OWN.test(name) || (name === 'v' && typeof value === 'number');

const isValueName = (name: string): boolean => /^val(?:ue)?s?$/i.test(name);

const inObject = (value: object, depth: number): object => {
  const entries = Object.entries(value);
  const hasValue = entries.some(([name]) => isValueName(name));
  const telling = new Set(entries.filter(([, own]) => tells(own)).map(([name]) => name));
  const hides = (name: string, own: unknown): boolean => {
    // In a pair "key" is the name of the other half.
    if (/^key$/i.test(name) && hasValue && typeof own === 'string') return false;
    if (isSecretName(name)) return true;
    return telling.size > 0 && !telling.has(name) && !isOwn(name, own);
  };
  return Object.fromEntries(
    entries.map(([name, own]) => [
      textWithoutSecrets(name),
      hides(name, own) ? withheld(own) : inValue(own, depth),
    ]),
  );
};

const inValue = (value: unknown, depth: number): unknown => {
  if (typeof value === 'string') return inText(value, depth + 1);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEEPEST) return REMOVED;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (Array.isArray(value)) {
    const text =
      value.length >= BYTES_AT_LEAST && value.every(isByte) ? textOf(Uint8Array.from(value)) : null;
    const shown = text === null ? null : inText(text, depth + 1);
    return shown === text ? inList(value, depth + 1) : shown;
  }
  const meant = opened(value);
  return meant === value ? inObject(value, depth + 1) : inValue(meant, depth + 1);
};

/**
 * A body as text without its secrets: passwords, keys, tokens and signatures by their names, by the names beside them, or
 * by how they look. Removes too much rather than too little. JSON stays JSON, anything else stays the text it was.
 */
export const withoutSecrets = (body: unknown): string => {
  const value = inValue(opened(body) ?? null, 0);
  return typeof value === 'string' ? value : JSON.stringify(value);
};
