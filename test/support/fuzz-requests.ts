import fc from 'fast-check';
import { openApiDocument } from '../../shared/contract/openapi.ts';
import type { Schema } from './schema-arbitrary.ts';
import { arbitraryOf } from './schema-arbitrary.ts';

/** Who a request claims to come from: a signed-in person, a sender with a good signature or with a forged one, nobody. */
export type Sender = 'person' | 'signed' | 'forged' | 'nobody';

/** One request that nobody thought of; what is in braces in its path stands for something that is there. */
export type FuzzRequest = {
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly body: string | null;
  readonly key: string | null;
  readonly sender: Sender;
};

type Parameter = { readonly in: string; readonly name: string; readonly schema: Schema };
type Operation = {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
};

/** Texts that have broken other programs. */
const HOSTILE_TEXTS: readonly string[] = [
  '',
  ' ',
  '../../head',
  '%00',
  'a\u0000b',
  '\u202eabc',
  "'; DROP TABLE CUSTTABLE; --",
  ']; EXEC xp_cmdshell',
  '${jndi:ldap://127.0.0.1/a}',
  '<script>alert(1)</script>',
  '{{7*7}}',
  '__proto__',
  'constructor',
  'NaN',
  '-1',
  '1e309',
  '9007199254740993',
  '2026-02-30T25:61:00Z',
  '0000-00-00T00:00:00Z',
  'K',
  'ſ',
  '\ud800',
  '𝟙𝟚',
  'x'.repeat(5_000),
];
const hostileText = fc.constantFrom(...HOSTILE_TEXTS);

/** Values of a type nobody expects. */
const hostileValue = fc.oneof(
  hostileText,
  fc.constantFrom<unknown>(null, true, 0, -1, 1e308, 2 ** 53, [], {}, [[[[]]]], { __proto__: null }),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Bodies that are no JSON, or JSON that is none of ours. */
const hostileBody = fc.constantFrom(
  '',
  'null',
  '[]',
  '"text"',
  '{',
  '{"a":1,"a":2}',
  '{"__proto__":{"reason":"x"}}',
  '{"constructor":{"prototype":{"reason":"x"}}}',
  '\ufeff{}',
  '['.repeat(20_000),
  '{"a":'.repeat(5_000) + '1' + '}'.repeat(5_000),
  '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
  `{"reason":"${'r'.repeat(1_100_000)}"}`,
);

/** A body with one thing wrong: a field too many, too few, or of another type. */
const spoiled = (valid: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc
    .tuple(valid, fc.constantFrom('more', 'less', 'other'), fc.nat(20), hostileText, hostileValue)
    .map(([body, how, index, name, value]) => {
      if (typeof body !== 'object' || body === null) return value;
      if (how === 'more') return { ...body, [name]: value };
      const names = Object.keys(body);
      const chosen = names[index % Math.max(1, names.length)];
      const rest = Object.entries(body).filter(([field]) => field !== chosen);
      return Object.fromEntries(how === 'less' || chosen === undefined ? rest : [...rest, [chosen, value]]);
    });

const encoded = (value: unknown): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  // What stands alone of a pair has no encoding.
  return encodeURIComponent(text.toWellFormed());
};

const pathOf = (
  template: string,
  parameters: readonly Parameter[],
  valid: (schema: Schema) => fc.Arbitrary<unknown>,
): fc.Arbitrary<string> => {
  const segments = parameters.map(({ name, schema }) =>
    fc.oneof(
      { weight: 6, arbitrary: fc.constant(`{${name}}`) },
      { weight: 2, arbitrary: valid(schema).map(encoded) },
      // Nothing at all is another path.
      { weight: 1, arbitrary: hostileText.filter((text) => text !== '').map(encoded) },
    ),
  );
  return fc
    .tuple(...segments)
    .map((values) =>
      parameters.reduce(
        (path, { name }, index) => path.replace(`{${name}}`, () => values[index] ?? ''),
        template,
      ),
    );
};

const queryOf = (
  parameters: readonly Parameter[],
  valid: (schema: Schema) => fc.Arbitrary<unknown>,
): fc.Arbitrary<string> => {
  const known = parameters.map(({ name, schema }) => {
    const value = fc.oneof({ weight: 5, arbitrary: valid(schema) }, { weight: 1, arbitrary: hostileValue });
    return fc.option(
      value.map((given) => `${name}=${encoded(given)}`),
      { freq: 1 },
    );
  });
  const unknown = fc.oneof(
    { weight: 9, arbitrary: fc.constant(null) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(hostileText, hostileText)
        .map(([name, value]) => `${encoded(name)}=${encoded(value)}`),
    },
  );
  return fc.tuple(...known, unknown).map((parts) => parts.filter((part) => part !== null).join('&'));
};

const requestsOf = (
  template: string,
  method: string,
  { operationId, parameters = [], requestBody }: Operation,
  schemas: Readonly<Record<string, Schema>>,
  senders: readonly Sender[],
): fc.Arbitrary<FuzzRequest> => {
  const valid = (schema: Schema): fc.Arbitrary<unknown> => arbitraryOf(schema, schemas);
  const inPlace = (place: string): readonly Parameter[] =>
    parameters.filter((parameter) => parameter.in === place);
  const schema = requestBody?.content['application/json']?.schema;
  const json = schema === undefined ? null : valid(schema);
  const body: fc.Arbitrary<string | null> =
    json === null
      ? fc.constant(null)
      : fc.oneof(
          { weight: 5, arbitrary: json.map((value) => JSON.stringify(value)) },
          { weight: 4, arbitrary: spoiled(json).map((value) => JSON.stringify(value)) },
          { weight: 1, arbitrary: hostileBody },
        );
  const key = fc.oneof(
    { weight: 8, arbitrary: fc.uuid() },
    { weight: 1, arbitrary: fc.constantFrom('the same key', 'k', 'k'.repeat(201)) },
    { weight: 1, arbitrary: fc.constant(null) },
  );
  return fc
    .record({
      path: pathOf(template, inPlace('path'), valid),
      query: queryOf(inPlace('query'), valid),
      body,
      key: method === 'get' ? fc.constant(null) : key,
      sender: fc.constantFrom(...senders),
    })
    .map(({ path, query, ...rest }) => ({
      operation: operationId,
      method: method.toUpperCase(),
      path: query === '' ? path : `${path}?${query}`,
      ...rest,
    }));
};

/** `count` requests from the OpenAPI document, as many of each operation; the same seed gives the same ones. */
export const fuzzRequests = (
  seed: number,
  count: number,
  senders: readonly Sender[],
): readonly FuzzRequest[] => {
  const { paths = {}, components } = openApiDocument();
  const schemas = (components?.schemas ?? {}) as Readonly<Record<string, Schema>>;
  const operations = Object.entries(paths).flatMap(([template, item]) =>
    Object.entries(item as Readonly<Record<string, Operation>>).map(([method, operation]) =>
      requestsOf(template, method, operation, schemas, senders),
    ),
  );
  const each = Math.ceil(count / operations.length);
  const samples = operations.map((arbitrary, index) =>
    fc.sample(arbitrary, { seed: seed + index, numRuns: each }),
  );
  // One of each in turn, so that what one does is there for the next.
  return Array.from({ length: each }, (_, turn) =>
    samples.flatMap((sample) => sample.slice(turn, turn + 1)),
  ).flat();
};
