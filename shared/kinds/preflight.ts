import { z } from 'zod';
import type { SourceFacts, TargetFacts } from '../contract/statements/server-facts.ts';
import { sourceFacts, targetFacts } from '../contract/statements/server-facts.ts';
import { CutoverError } from '../core/errors.ts';
import { approvalParams, holdersOf } from './approval.ts';
import type { LcsEnvironment } from './kind-ports.ts';
import { defineKind } from './kind.ts';
import type { StepContext } from './kind.ts';
import type { Looked, PreflightItem } from './preflight-checks.ts';
import { itemOf, lcsChecks, sourceChecks, statedItem } from './preflight-checks.ts';
import { done, listed, notYet } from './verdicts.ts';

const params = z.strictObject({
  checks: z
    .array(
      z.enum([
        'source-reachable',
        'sql-version',
        'replication-feature',
        'sql-agent-running',
        'mixed-authentication',
        'text-repl-size',
        'database-owner',
        'disk-space',
        'target-reachable',
        'sandbox-deployed',
        'production-deployed',
        'releases-equal',
        'target-is-not-production',
        'people-bound',
      ]),
    )
    .min(1)
    .refine((checks) => new Set(checks).size === checks.length, { error: 'names a check twice' }),
});
type Params = z.infer<typeof params>;

const looked = async <T>(look: () => Promise<T>): Promise<Looked<T>> => {
  try {
    return { facts: await look(), error: null };
  } catch (error) {
    if (!(error instanceof CutoverError)) throw error;
    return { facts: null, error: { code: error.code, message: error.message } };
  }
};

const only = <Row>(rows: readonly Row[]): Row => {
  const [row] = rows;
  if (row === undefined) throw new CutoverError('C505', 'the server facts gave no row');
  return row;
};

const targetItem = (target: Looked<TargetFacts>): PreflightItem =>
  itemOf(
    'target-reachable',
    {
      judge: ({ database, seesTables }) => ({
        level: seesTables ? 'green' : 'red',
        read: seesTables ? `database ${database}` : `the login does not see all tables of ${database}`,
      }),
      why: 'Counts and the progress of the upgrade are read there; access is granted for hours only.',
      mend: 'Request access to the database in Lifecycle Services and enter the new login.',
    },
    target,
  );

/** Roles nobody holds, and approvals that too few people could give. */
const peopleItem = ({ plan, bindings }: Pick<StepContext<Params>, 'plan' | 'bindings'>): PreflightItem => {
  const approvals = plan.steps.flatMap(({ id, kind, params: own }) => {
    const parsed = kind === 'approval' ? approvalParams.safeParse(own) : null;
    return parsed?.success === true ? [{ id, ...parsed.data }] : [];
  });
  const roles = new Set([
    ...plan.steps.map(({ owner }) => owner),
    ...approvals.flatMap(({ approvers }) => approvers),
  ]);
  const unbound = [...roles].filter((role) => bindings.people[role] === undefined).sort();
  const short = approvals
    .filter(({ approvers, quorum }) => holdersOf(approvers, bindings).length < quorum)
    .map(({ id, quorum }) => `${id} needs ${quorum} approvers`);
  const problems = [...unbound.map((role) => `nobody holds ${role}`), ...short];
  return {
    check: 'people-bound',
    level: problems.length === 0 ? 'green' : 'red',
    read: problems.length === 0 ? `${roles.size} role(s) are held` : listed(problems),
    why: 'A step whose owner nobody is waits for its deadline.',
    mend: 'Add the people to the bindings.',
  };
};

type Needs = {
  readonly source: Looked<SourceFacts> | null;
  readonly target: Looked<TargetFacts> | null;
  readonly lcs: Looked<{ readonly sandbox: LcsEnvironment; readonly production: LcsEnvironment }> | null;
};

const look = async ({ params: { checks }, ports, bindings }: StepContext<Params>): Promise<Needs> => {
  const asksSource = checks.some((check) => Object.hasOwn(sourceChecks(bindings.source), check));
  const asksLcs = checks.some((check) => Object.hasOwn(lcsChecks, check));
  const { lcs } = ports;
  const ids = bindings.lcs;
  return {
    source: asksSource ? await looked(async () => only(await ports.sql.query(sourceFacts, null))) : null,
    target: checks.includes('target-reachable')
      ? await looked(async () => only(await ports.sql.query(targetFacts, null)))
      : null,
    lcs:
      asksLcs && lcs !== null && ids !== null
        ? await looked(async () => ({
            sandbox: await lcs.environment(ids.sandboxEnvironmentId),
            production: await lcs.environment(ids.productionEnvironmentId),
          }))
        : null,
  };
};

const itemsOf = (context: StepContext<Params>, { source, target, lcs }: Needs): readonly PreflightItem[] => {
  const ofSource = sourceChecks(context.bindings.source);
  return context.params.checks.flatMap((check) => {
    if (check === 'people-bound') return peopleItem(context);
    if (check === 'target-reachable') return target === null ? [] : targetItem(target);
    const sourceCheck = ofSource[check];
    if (sourceCheck !== undefined) return source === null ? [] : itemOf(check, sourceCheck, source);
    const lcsCheck = lcsChecks[check];
    if (lcsCheck === undefined) return [];
    return lcs === null ? statedItem(check, lcsCheck) : itemOf(check, lcsCheck, lcs);
  });
};

/** What can cost weeks when it is found too late. */
export const preflight = defineKind<Params, { readonly items: readonly PreflightItem[] }>({
  name: 'preflight',
  summary: 'Checks servers, environments and people, and names every red item with its cure.',
  params,
  asks: () => 'world',
  dataGate: false,
  rule: null,
  effect: null,
  pollEveryMs: 5 * 60_000,
  read: async (context) => ({
    source: 'pulled',
    takenAt: context.now,
    body: { items: itemsOf(context, await look(context)) },
  }),
  judge: ({ planned }, { body: { items } }) => {
    const count = (level: PreflightItem['level']) => items.filter((item) => item.level === level).length;
    const red = items.filter(({ level }) => level === 'red');
    if (red.length === 0) return done(`${count('green')} green, ${count('amber')} amber, none red`);
    return notYet(
      ...red.map(({ check, read, mend }) => ({
        code: `preflight:${check}`,
        message: `${check}: ${read}`,
        who: planned.owner,
        next: mend,
      })),
    );
  },
});
