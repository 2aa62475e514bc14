import type { BindingsReading } from '../../shared/contract/bindings.ts';
import { readBindings } from '../../shared/contract/bindings.ts';
import type { DocumentReading } from '../../shared/contract/document-text.ts';
import { readDocumentText } from '../../shared/contract/document-text.ts';
import { defaultPlanDocument } from '../../shared/contract/plans/default-plan.ts';
import { mockPlanDocument } from '../../shared/contract/plans/mock-plan.ts';
import type { PlanReading } from '../../shared/contract/read-plan.ts';
import { readPlan } from '../../shared/contract/read-plan.ts';
import { CutoverError } from '../../shared/core/errors.ts';
import type { Plan } from '../../shared/core/plan.ts';
import type { StoredPlan } from '../../shared/engine/cutover-store.ts';
import { KIND_BY_NAME } from '../../shared/kinds/registry.ts';

/** Reads plans and bindings as they come from outside; throws C301 with every problem of both at once. */
export type PlanDesk = {
  readonly document: (name: 'default' | 'mock') => unknown;
  readonly problems: (plan: unknown, bindings: unknown) => readonly string[];
  readonly read: (plan: unknown, bindings: unknown) => StoredPlan;
  /** The same of a change: what is undefined stays as it is. */
  readonly change: (present: StoredPlan, plan: unknown, bindings: unknown) => StoredPlan;
};

const DOCUMENTS = { default: defaultPlanDocument, mock: mockPlanDocument } as const;

const worded = (
  what: string,
  problems: readonly { readonly path: string; readonly message: string }[],
): string[] =>
  problems.map(({ path, message }) => (path === '' ? `${what}: ${message}` : `${what} ${path}: ${message}`));

const named = (plan: unknown): unknown => (plan === 'default' || plan === 'mock' ? DOCUMENTS[plan]() : plan);

/** A document that was sent as a text, or as it is. */
const opened = (sent: unknown): DocumentReading =>
  typeof sent === 'string' ? readDocumentText(sent) : { document: sent };

const readPlanDocument = (sent: unknown): PlanReading => {
  const reading = opened(named(sent));
  return 'problems' in reading ? reading : readPlan(reading.document, KIND_BY_NAME);
};

const readBindingsDocument = (sent: unknown, plan: Plan | null): BindingsReading => {
  const reading = opened(sent);
  return 'problems' in reading ? reading : readBindings(reading.document, plan);
};

const readBoth = (read: PlanReading, bindingsDocument: unknown) => {
  const plan = 'plan' in read ? read.plan : null;
  const bound = bindingsDocument === undefined ? null : readBindingsDocument(bindingsDocument, plan);
  return {
    plan,
    bindings: bound !== null && 'bindings' in bound ? bound.bindings : null,
    problems: [
      ...('problems' in read ? worded('plan', read.problems) : []),
      ...(bound !== null && 'problems' in bound ? worded('bindings', bound.problems) : []),
    ],
  };
};

const usable = (read: PlanReading, bindingsDocument: unknown): StoredPlan => {
  const { plan, bindings, problems } = readBoth(read, bindingsDocument);
  if (plan === null || bindings === null || problems.length > 0) {
    throw new CutoverError('C301', `${problems.length} problem(s)`, { problems });
  }
  return { plan, bindings };
};

/** See {@link PlanDesk}. */
export const planDesk: PlanDesk = {
  document: (name) => DOCUMENTS[name](),
  problems: (plan, bindings) => readBoth(readPlanDocument(plan), bindings).problems,
  read: (plan, bindings) => usable(readPlanDocument(plan), bindings),
  change: (present, plan, bindings) =>
    usable(
      plan === undefined ? { plan: present.plan } : readPlanDocument(plan),
      bindings === undefined ? present.bindings : bindings,
    ),
};
