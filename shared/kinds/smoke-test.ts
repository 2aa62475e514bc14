import { z } from 'zod';
import type { Statement } from './claim.ts';
import { lackOfStatement, statementOf } from './claim.ts';
import { defineKind } from './kind.ts';
import type { CheckResult } from './odata-check.ts';
import { odataCheckSchema, runChecks } from './odata-check.ts';
import { done, failed, listed, notYet } from './verdicts.ts';

type Reading = { readonly results: readonly CheckResult[] | null; readonly statement: Statement | null };

/** The system answers as it should before anybody is let in. */
export const smokeTest = defineKind<{ readonly checks: z.infer<typeof odataCheckSchema>[] }, Reading>({
  name: 'smoke-test',
  summary: 'Asks Dynamics 365 a list of questions over OData; without questions, a person tests and reports.',
  params: z.strictObject({ checks: z.array(odataCheckSchema).max(200) }),
  asks: ({ checks }) => (checks.length === 0 ? 'person' : 'world'),
  dataGate: false,
  rule: null,
  effect: null,
  pollEveryMs: 60_000,
  read: async ({ params: { checks }, ports: { dynamics }, step, now }) => {
    const statement = statementOf(step);
    if (checks.length === 0) return { source: 'stated', takenAt: now, body: { results: [], statement } };
    const results = dynamics && (await runChecks(dynamics, checks));
    return { source: 'pulled', takenAt: now, body: { results, statement } };
  },
  judge: ({ params: { checks }, planned }, { body: { results, statement } }) => {
    if (checks.length === 0) {
      return lackOfStatement(statement, planned.owner) ?? done(`${statement?.by ?? ''} tested and passed it`);
    }
    if (results === null) {
      return notYet({
        code: 'dynamics-absent',
        message: 'The app has no access to Dynamics 365, so it cannot ask these questions',
        who: 'platform engineer',
        next: 'Give the app its Dynamics 365 settings, or skip the step with a reason.',
      });
    }
    const wrong = results.filter(({ problem }) => problem !== null);
    if (wrong.length === 0) return done(`${results.length} check(s) passed`);
    return failed('C802', listed(wrong.map(({ name, problem }) => `${name} ${problem ?? ''}`)));
  },
});
