import { z } from 'zod';
import { bindingsSchema } from './bindings.ts';
import { planSchema, rollbackStepSchema, stepSchema } from './plan.ts';

/** What of a kind its users write. */
type NamedParams = { readonly name: string; readonly summary: string; readonly params: z.ZodType };

type JsonSchema = z.core.JSONSchema.BaseSchema;

const schemaOf = (schema: z.ZodType): JsonSchema => {
  // Only the input side is written by people; what a custom check means is told when the document is read.
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  // A schema that has a name of its own comes as a reference to its only definition.
  const [named] = rest.$ref === undefined ? [] : Object.values(rest.$defs ?? {});
  const { id: _name, ...own } = named ?? rest;
  return own;
};

const stepWithKinds = (step: z.ZodType, kinds: readonly NamedParams[]): JsonSchema => {
  const { properties = {}, ...rest } = schemaOf(step);
  return {
    ...rest,
    properties: { ...properties, kind: { enum: kinds.map(({ name }) => name) } },
    allOf: kinds.map(({ name, params }) => ({
      if: { properties: { kind: { const: name } }, required: ['kind'] },
      then: {
        properties: { params: { $ref: `#/$defs/params-${name}` } },
        required: (schemaOf(params).required ?? []).length === 0 ? [] : ['params'],
      },
    })),
  };
};

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

const withDefinition = (schema: JsonSchema, key: string, reference: string): JsonSchema => {
  const { properties = {}, ...rest } = schema;
  const list = properties[key];
  return typeof list === 'object'
    ? { ...rest, properties: { ...properties, [key]: { ...list, items: { $ref: reference } } } }
    : schema;
};

/** The plan document as a JSON Schema for editors, each kind with its own parameters. */
export const planJsonSchema = (kinds: readonly NamedParams[]): JsonSchema => {
  const plan = withDefinition(schemaOf(planSchema), 'steps', '#/$defs/step');
  const rollbacks = plan.properties?.rollbacks;
  const way = typeof rollbacks === 'object' && typeof rollbacks.items === 'object' ? rollbacks.items : {};
  return {
    $schema: DIALECT,
    ...plan,
    properties: {
      ...plan.properties,
      rollbacks: {
        ...(typeof rollbacks === 'object' ? rollbacks : {}),
        items: withDefinition(way as JsonSchema, 'steps', '#/$defs/rollback-step'),
      },
    },
    $defs: {
      step: stepWithKinds(stepSchema, kinds),
      'rollback-step': stepWithKinds(rollbackStepSchema, kinds),
      ...Object.fromEntries(
        kinds.map(({ name, summary, params }) => [
          `params-${name}`,
          { description: summary, ...schemaOf(params) },
        ]),
      ),
    },
  };
};

/** The bindings document as a JSON Schema for editors. */
export const bindingsJsonSchema = (): JsonSchema => ({ $schema: DIALECT, ...schemaOf(bindingsSchema) });
