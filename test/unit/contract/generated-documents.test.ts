import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { planJsonSchema } from '../../../shared/contract/json-schema.ts';
import { defaultPlanDocument } from '../../../shared/contract/plans/default-plan.ts';
import { mockPlanDocument } from '../../../shared/contract/plans/mock-plan.ts';
import { readPlan, readPlanText } from '../../../shared/contract/read-plan.ts';
import { KINDS } from '../../../shared/kinds/registry.ts';
import { KIND_BY_NAME } from '../../../shared/kinds/registry.ts';

const published = (file: string): string =>
  readFileSync(new URL(`../../../docs/reference/${file}`, import.meta.url), 'utf8');

describe('the published plans', () => {
  it.each([
    ['default-plan.yaml', defaultPlanDocument()],
    ['mock-plan.yaml', mockPlanDocument()],
  ])('%s reads back as the plan it was written from', (file, document) => {
    expect(readPlanText(published(file), KIND_BY_NAME)).toEqual(readPlan(document, KIND_BY_NAME));
  });

  it('shows every step, and every arrow, on the page', () => {
    const page = published('plan.md');
    for (const { id, after = [] } of defaultPlanDocument().steps) {
      expect(page).toContain(`| \`${id}\``);
      const name = id.replaceAll('-', '_');
      for (const other of after) expect(page).toContain(`${other.replaceAll('-', '_')} --> ${name}\n`);
    }
  });
});

describe('planJsonSchema', () => {
  it('holds every step to the parameters of its kind, forward and back', () => {
    const schema = planJsonSchema(KINDS);
    const names = KINDS.map(({ name }) => name);
    for (const step of ['step', 'rollback-step']) {
      expect(schema.$defs?.[step]).toMatchObject({
        additionalProperties: false,
        properties: { kind: { enum: names } },
        allOf: names.map((name) => ({
          if: { properties: { kind: { const: name } } },
          then: { properties: { params: { $ref: `#/$defs/params-${name}` } } },
        })),
      });
    }
    for (const name of names)
      expect(schema.$defs).toHaveProperty(`params-${name}.additionalProperties`, false);
  });

  it('demands a deadline of every step', () => {
    expect(planJsonSchema(KINDS).$defs?.step).toMatchObject({
      required: expect.arrayContaining(['deadline']),
    });
  });
});
