import fc from 'fast-check';

/** A schema of the OpenAPI document, as far as the contract uses JSON Schema. */
export type Schema = {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
};

/** Longer texts and lists show nothing that these do not. */
const LONGEST_TEXT = 200;
const LONGEST_LIST = 4;

const textOf = ({ pattern, minLength = 0, maxLength = LONGEST_TEXT }: Schema): fc.Arbitrary<string> =>
  pattern === undefined
    ? fc.string({ minLength, maxLength: Math.min(maxLength, LONGEST_TEXT), unit: 'grapheme' })
    : fc.stringMatching(new RegExp(pattern, 'u'));

const numberOf = ({ type, minimum = -1e6, maximum = 1e6 }: Schema): fc.Arbitrary<number> =>
  type === 'integer'
    ? fc.integer({ min: Math.max(minimum, -(2 ** 31)), max: Math.min(maximum, 2 ** 31 - 1) })
    : fc.double({ min: minimum, max: maximum, noNaN: true });

/**
 * Values that a schema of the document allows; one that contains itself, which only JSON as such does, is any JSON.
 * Throws for a type it does not know.
 */
export const arbitraryOf = (
  schema: Schema,
  schemas: Readonly<Record<string, Schema>>,
  within: readonly string[] = [],
): fc.Arbitrary<unknown> => {
  const path = schema.$ref === undefined ? within : [...within, schema.$ref];
  const of = (other: Schema): fc.Arbitrary<unknown> => arbitraryOf(other, schemas, path);
  const { $ref, anyOf = schema.oneOf, properties = {}, required = [], additionalProperties } = schema;
  if ($ref !== undefined && within.includes($ref)) return fc.jsonValue({ maxDepth: 2 });
  if ($ref !== undefined) return of(schemas[$ref.replace('#/components/schemas/', '')] ?? {});
  if (anyOf !== undefined) return fc.oneof(...anyOf.map(of));
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if ('const' in schema) return fc.constant(schema.const);
  switch (schema.type) {
    case undefined:
      return fc.jsonValue({ maxDepth: 2 });
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'string':
      return textOf(schema);
    case 'integer':
    case 'number':
      return numberOf(schema);
    case 'array': {
      const { items = {}, minItems = 0, maxItems = LONGEST_LIST } = schema;
      return fc.array(of(items), {
        minLength: minItems,
        maxLength: Math.max(minItems, Math.min(maxItems, LONGEST_LIST)),
      });
    }
    case 'object': {
      const named = fc.record(
        Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, of(value)])),
        { requiredKeys: [...required] },
      );
      if (typeof additionalProperties !== 'object') return named;
      const others = fc.dictionary(fc.string({ maxLength: 20 }), of(additionalProperties), { maxKeys: 3 });
      return fc.tuple(others, named).map(([more, own]) => ({ ...more, ...own }));
    }
    default:
      throw new Error(`The contract has a schema of the type ${schema.type}.`);
  }
};
