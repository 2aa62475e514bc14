import { CutoverError } from '../../shared/core/errors.ts';
import type { PlanDesk } from './plan-desk.ts';
import type { Handlers } from './register.ts';

/** The plans the product carries, and the check of any other. */
export const planHandlers = (desk: PlanDesk): Pick<Handlers, 'validate-plan' | 'get-plan'> => ({
  'validate-plan': async ({ body }) => {
    const problems = desk.problems(body.plan, body.bindings);
    if (problems.length > 0) throw new CutoverError('C301', `${problems.length} problem(s)`, { problems });
    return await Promise.resolve({ jsonBody: { message: 'The plan is usable.' } });
  },
  'get-plan': ({ params }) => Promise.resolve({ jsonBody: desk.document(params.name) }),
});
