import { type Bindings, readBindings } from '../../shared/contract/bindings.ts';
import { defaultPlanDocument } from '../../shared/contract/plans/default-plan.ts';
import { mockPlanDocument } from '../../shared/contract/plans/mock-plan.ts';
import { readPlan } from '../../shared/contract/read-plan.ts';
import { CutoverError } from '../../shared/core/errors.ts';
import type { Plan } from '../../shared/core/plan.ts';
import { KIND_BY_NAME } from '../../shared/kinds/registry.ts';

/** Reads plans and bindings as they come from outside; throws C301 with every problem of both at once. */
export type PlanDesk = {
  readonly document: (name: 'default' | 'mock') => unknown;
  readonly problems: (plan: unknown, bindings: unknown) => readonly string[];
  readonly read: (plan: unknown, bindings: unknown) => { readonly plan: Plan; readonly bindings: Bindings };
};

const DOCUMENTS = { default: defaultPlanDocument, mock: mockPlanDocument } as const;

const worded = (
  what: string,
  problems: readonly { readonly path: string; readonly message: string }[],
): string[] =>
  problems.map(({ path, message }) => (path === '' ? `${what}: ${message}` : `${what} ${path}: ${message}`));

const named = (plan: unknown): unknown => (plan === 'default' || plan === 'mock' ? DOCUMENTS[plan]() : plan);

const readBoth = (document: unknown, bindingsDocument: unknown) => {
  const read = readPlan(named(document), KIND_BY_NAME);
  const plan = 'plan' in read ? read.plan : null;
  const bound = bindingsDocument === undefined ? null : readBindings(bindingsDocument, plan);
  return {
    plan,
    bindings: bound !== null && 'bindings' in bound ? bound.bindings : null,
    problems: [
      ...('problems' in read ? worded('plan', read.problems) : []),
      ...(bound !== null && 'problems' in bound ? worded('bindings', bound.problems) : []),
    ],
  };
};

/** See {@link PlanDesk}. */
export const planDesk: PlanDesk = {
  document: (name) => DOCUMENTS[name](),
  problems: (plan, bindings) => readBoth(plan, bindings).problems,
  read: (document, bindingsDocument) => {
    const { plan, bindings, problems } = readBoth(document, bindingsDocument);
    if (plan === null || bindings === null || problems.length > 0) {
      throw new CutoverError('C301', `${problems.length} problem(s)`, { problems });
    }
    return { plan, bindings };
  },
};
