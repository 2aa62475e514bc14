import { z } from 'zod';
import type { Statement } from './claim.ts';
import { lackOfStatement, statementOf } from './claim.ts';
import { defineKind } from './kind.ts';
import type { CheckResult } from './odata-check.ts';
import { odataCheckSchema, runChecks } from './odata-check.ts';
import { done, failed } from './verdicts.ts';

const params = z.strictObject({
  wave: z.string().min(1).max(64),
  companies: z.array(z.string().min(1).max(8)).max(500).meta({ description: 'Legal entities of this wave.' }),
  check: odataCheckSchema.nullable(),
});

type Reading = { readonly statement: Statement | null; readonly result: CheckResult | null };

/** A wave of users is let back in. */
export const openAccess = defineKind<z.infer<typeof params>, Reading>({
  name: 'open-access',
  summary: 'Asks a person to let one wave of users in, and checks it over OData where that is possible.',
  params,
  asks: () => 'person',
  dataGate: false,
  rule: null,
  effect: null,
  pollEveryMs: 60_000,
  read: async ({ params: { check }, ports: { dynamics }, step, now }) => {
    const [result = null] = check !== null && dynamics !== null ? await runChecks(dynamics, [check]) : [];
    const source = result === null ? 'stated' : 'pulled';
    return { source, takenAt: now, body: { statement: statementOf(step), result } };
  },
  judge: ({ params: { wave, companies }, planned }, { body: { statement, result } }) => {
    const lack = lackOfStatement(statement, planned.owner);
    if (lack !== null) return lack;
    if (result?.problem) return failed('C802', `${result.name} ${result.problem}`);
    return done(`${statement?.by ?? ''} opened wave ${wave} (${companies.length} companies)`);
  },
});
