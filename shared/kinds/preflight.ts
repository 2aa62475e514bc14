import { z } from 'zod';
import { sourceFacts, targetFacts } from '../contract/statements/server-facts.ts';
import type { Statement } from '../contract/statement.ts';
import { CutoverError } from '../core/errors.ts';
import { approvalParams, holdersOf } from './approval.ts';
import type { LcsEnvironment } from './kind-ports.ts';
import { defineKind } from './kind.ts';
import type { StepContext } from './kind.ts';
import type { Looked, PreflightItem, SourceSaid, TargetSaid } from './preflight-checks.ts';
import { itemOf, lcsChecks, sourceChecks, statedItem } from './preflight-checks.ts';
import { acceptsSchema, isAccessCode, READ_OR_STATED } from './sources.ts';
import type { Provenance } from './stated.ts';
import { notStated, saidBy, statedOf, unaccepted } from './stated.ts';
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
  accepts: acceptsSchema(READ_OR_STATED),
});
type Params = z.infer<typeof params>;

type Reading = { readonly items: readonly PreflightItem[]; readonly stated?: Provenance };

const looked = async <T>(look: () => Promise<T>): Promise<Looked<T>> => {
  try {
    return { facts: await look(), error: null };
  } catch (error) {
    if (!(error instanceof CutoverError)) throw error;
    return { facts: null, error: { code: error.code, message: error.message } };
  }
};

const askFor = async <Row>(
  { ports, params: { accepts } }: StepContext<Params>,
  statement: Statement<null, Row>,
): Promise<Row> => {
  const why = accepts?.includes('stated') ? unaccepted({ ports }, accepts, [statement.server]) : null;
  if (why !== null) throw new CutoverError('C501', why);
  const [row] = await ports.sql.query(statement, null);
  if (row === undefined) throw new CutoverError('C505', 'the server facts gave no row');
  return row;
};

const targetItem = (target: Looked<TargetSaid>): PreflightItem =>
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
  readonly source: Looked<SourceSaid> | null;
  readonly target: Looked<TargetSaid> | null;
  readonly lcs: Looked<{ readonly sandbox: LcsEnvironment; readonly production: LcsEnvironment }> | null;
};

const look = async (context: StepContext<Params>): Promise<Needs> => {
  const { ports, bindings } = context;
  const { checks } = context.params;
  const asksSource = checks.some((check) => Object.hasOwn(sourceChecks(bindings.source), check));
  const asksLcs = checks.some((check) => Object.hasOwn(lcsChecks, check));
  const { lcs } = ports;
  const ids = bindings.lcs;
  return {
    source: asksSource ? await looked(() => askFor(context, sourceFacts)) : null,
    target: checks.includes('target-reachable') ? await looked(() => askFor(context, targetFacts)) : null,
    lcs:
      asksLcs && lcs !== null && ids !== null
        ? await looked(async () => ({
            sandbox: await lcs.environment(ids.sandboxEnvironmentId),
            production: await lcs.environment(ids.productionEnvironmentId),
          }))
        : null,
  };
};

/** What people state of the servers in the place of what was refused; a server that was read is as it was read. */
const lookOrStated = async (
  context: StepContext<Params>,
): Promise<Needs & { readonly stated: Provenance | null }> => {
  const seen = await look(context);
  const refused = [seen.source, seen.target].flatMap((one) =>
    one?.error && isAccessCode(one.error.code) ? one.error : [],
  );
  const [first] = refused;
  if (first === undefined || context.params.accepts?.includes('stated') !== true) {
    return { ...seen, stated: null };
  }
  const { said, provenance } = await statedOf(context, 'server-facts', first.message);
  const inPlace = <Facts>(looked: Looked<Facts> | null, side: string, facts: Facts | null) => {
    if (looked?.error === undefined || looked.error === null || !isAccessCode(looked.error.code))
      return looked;
    if (facts !== null) return { facts, error: null };
    throw notStated(
      context,
      'server-facts',
      `the statement says nothing of the ${side}`,
      looked.error.message,
    );
  };
  return {
    lcs: seen.lcs,
    source: inPlace(seen.source, 'source', said.source),
    target: inPlace(seen.target, 'target', said.target),
    stated: provenance,
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
export const preflight = defineKind<Params, Reading>({
  name: 'preflight',
  summary: 'Checks servers, environments and people, and names every red item with its cure.',
  params,
  asks: () => 'world',
  dataGate: false,
  rule: null,
  effect: null,
  pollEveryMs: 5 * 60_000,
  read: async (context) => {
    const { stated, ...needs } = await lookOrStated(context);
    const items = itemsOf(context, needs);
    if (stated === null) return { source: 'pulled', takenAt: context.now, body: { items } };
    return { source: 'stated', takenAt: stated.takenAt, body: { items, stated }, said: saidBy(stated) };
  },
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
