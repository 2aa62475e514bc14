import { createHash } from 'node:crypto';
import type { Json } from '../core/json.ts';

/** JSON with sorted keys and no white space: equal values have equal texts, so that they can be hashed. */
export const canonical = (value: unknown): string => {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item ?? null)).join(',')}]`;
  // Written for speed: a snapshot has tens of thousands of objects.
  const fields = value as Readonly<Record<string, unknown>>;
  let text = '';
  for (const key of Object.keys(fields).sort()) {
    const item = fields[key];
    if (item !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonical(item)}`;
  }
  return `{${text}}`;
};

/** SHA-256 of a text as 64 hexadecimal digits. */
export const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

/** SHA-256 of the canonical JSON of a value. */
export const hashOf = (value: Json): string => sha256(canonical(value));
