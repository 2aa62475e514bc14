import { stringify } from 'yaml';
import { bindingsJsonSchema, planJsonSchema } from '../shared/contract/json-schema.ts';
import type { PlanDocument } from '../shared/contract/plan.ts';
import { defaultPlanDocument } from '../shared/contract/plans/default-plan.ts';
import { mockPlanDocument } from '../shared/contract/plans/mock-plan.ts';
import { KINDS } from '../shared/kinds/registry.ts';
import type { GeneratedFile } from './generated-file.ts';
import { planPage } from './plan-page.ts';

const json = (value: unknown): string => JSON.stringify(value, null, 2);

const yaml = (schema: string, document: PlanDocument): string =>
  `# yaml-language-server: $schema=${schema}\n${stringify(document, { aliasDuplicateObjects: false, lineWidth: 0 })}`;

/** The plan and its formats, for people who change it. */
export const planFiles: readonly GeneratedFile[] = [
  {
    file: 'docs/reference/plan.schema.json',
    content: () => json(planJsonSchema(KINDS)),
  },
  { file: 'docs/reference/bindings.schema.json', content: () => json(bindingsJsonSchema()) },
  {
    file: 'docs/reference/default-plan.yaml',
    content: () => yaml('plan.schema.json', defaultPlanDocument()),
  },
  { file: 'docs/reference/mock-plan.yaml', content: () => yaml('plan.schema.json', mockPlanDocument()) },
  { file: 'docs/reference/plan.md', content: () => planPage(defaultPlanDocument(), mockPlanDocument()) },
];
