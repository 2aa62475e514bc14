import { z } from 'zod';
import type { Json } from '../core/json.ts';
import type { Dynamics } from './kind-ports.ts';

const isJson = (value: unknown): boolean =>
  value === null ||
  ['string', 'number', 'boolean'].includes(typeof value) ||
  (typeof value === 'object' && Object.values(value).every(isJson));

/** One question to Dynamics 365 and the answer it must give. */
export const odataCheckSchema = z.strictObject({
  name: z.string().min(1).max(128),
  path: z
    .string()
    .max(2_000)
    .regex(/^\/[A-Za-z0-9]/)
    .meta({ description: 'Path and query on the environment, such as /data/Companies?$top=1.' }),
  status: z.int().min(100).max(599),
  pointer: z
    .string()
    .max(500)
    .regex(/^(?:\/(?:[^/~]|~[01])*)*$/)
    .nullable()
    .meta({ description: 'JSON Pointer (RFC 6901) to the value compared; null: the status alone counts.' }),
  equals: z.custom<Json>(isJson).meta({ description: 'The value expected at the pointer.' }),
});

/** See {@link odataCheckSchema}. */
export type OdataCheck = z.infer<typeof odataCheckSchema>;

/** What became of a check: why it failed, without the values read; null where it passed. */
export type CheckResult = { readonly name: string; readonly problem: string | null };

const valueAt = (body: Json, pointer: string): Json | undefined =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<Json | undefined>(
      (value, key) =>
        value !== null && typeof value === 'object' && Object.hasOwn(value, key)
          ? (value as Readonly<Record<string, Json>>)[key]
          : undefined,
      body,
    );

const sameJson = (a: Json | undefined, b: Json): boolean => {
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [Object.entries(a), b as Readonly<Record<string, Json>>];
  return (
    left.length === Object.keys(right).length &&
    left.every(([key, value]) => Object.hasOwn(right, key) && sameJson(value, right[key] as Json))
  );
};

/** Why the answer is not the one expected; null if it is. */
export const problemOf = (
  { status, pointer, equals }: OdataCheck,
  answer: { readonly status: number; readonly body: Json },
): string | null => {
  if (answer.status !== status) return `answered ${answer.status} instead of ${status}`;
  if (pointer === null || sameJson(valueAt(answer.body, pointer), equals)) return null;
  return `the value at ${pointer === '' ? 'the root' : pointer} is not the one expected`;
};

/** Asks each question once. @throws {CutoverError} C801 */
export const runChecks = async (
  dynamics: Dynamics,
  checks: readonly OdataCheck[],
): Promise<readonly CheckResult[]> => {
  const results: CheckResult[] = [];
  for (const check of checks) {
    results.push({ name: check.name, problem: problemOf(check, await dynamics.get(check.path)) });
  }
  return results;
};
