import { z } from 'zod';
import { replicationStatus } from '../contract/statements/distribution.ts';
import { targetFacts } from '../contract/statements/server-facts.ts';
import { sourceEstimates, targetEstimates } from '../contract/statements/table-estimates.ts';
import { CutoverError } from '../core/errors.ts';
import type { Statement } from './claim.ts';
import { lackOfStatement, statementOf } from './claim.ts';
import { byTableKey } from './estimated-counts.ts';
import { defineKind } from './kind.ts';
import type { StepContext } from './kind.ts';
import { sameLcsState } from './lcs-state.ts';
import { publicationClass, publicationClassSchema } from './publication-class.ts';
import { findDistributor } from './replication-reading.ts';
import { done, notYet, weakest } from './verdicts.ts';

const expectationSchema = z.discriminatedUnion('is', [
  z.strictObject({ is: z.literal('lcs-state'), state: z.string().min(1).max(64) }),
  z.strictObject({ is: z.literal('distribution-database'), present: z.boolean() }),
  z.strictObject({ is: z.literal('publications'), class: publicationClassSchema, present: z.boolean() }),
  z.strictObject({ is: z.literal('target-empty') }),
  z.strictObject({ is: z.literal('stated') }),
]);
type Expectation = z.infer<typeof expectationSchema>;

const params = z.strictObject({
  entry: z.int().min(1).max(11).meta({ description: "Number in the migration toolkit's menu." }),
  expects: z.array(expectationSchema).min(1).max(10).meta({ description: 'What must be so afterwards.' }),
});

/** What was seen of one expectation; `met` is null where only a person can tell. */
type Finding = { readonly expected: string; readonly saw: string; readonly met: boolean | null };
type Reading = { readonly statement: Statement | null; readonly findings: readonly Finding[] };
type Ports = Pick<StepContext<unknown>, 'ports' | 'bindings'>;

const stated = (expected: string): Finding => ({
  expected,
  saw: 'not readable, so it is taken as reported',
  met: null,
});

const lookAtLcs = async ({ ports, bindings }: Ports, state: string): Promise<Finding> => {
  const expected = `the sandbox is in state "${state}"`;
  if (ports.lcs === null || bindings.lcs === null) return stated(expected);
  const seen = await ports.lcs.environment(bindings.lcs.sandboxEnvironmentId);
  return { expected, saw: `it is in state "${seen.state}"`, met: sameLcsState(seen.state, state) };
};

const lookAtDistributor = async ({ ports, bindings }: Ports, present: boolean): Promise<Finding> => {
  const { publisher } = await findDistributor(ports.sql, bindings.source);
  return {
    expected: `the distribution database ${present ? 'exists' : 'is gone'}`,
    saw: publisher === null ? 'there is none' : `there is ${publisher.distribution}`,
    met: (publisher !== null) === present,
  };
};

const lookAtPublications = async (
  { ports, bindings }: Ports,
  { class: wanted, present }: Extract<Expectation, { is: 'publications' }>,
): Promise<Finding> => {
  const { publisher } = await findDistributor(ports.sql, bindings.source);
  const rows = publisher === null ? [] : await ports.sql.query(replicationStatus, publisher);
  const names = new Set(
    rows.map(({ publication }) => publication).filter((name) => publicationClass(name) === wanted),
  );
  return {
    expected: present
      ? `there are publications of ${wanted} tables`
      : `no publication of ${wanted} tables is left`,
    saw: names.size === 0 ? 'there is none' : `there is ${[...names].join(', ')}`,
    met: names.size > 0 === present,
  };
};

/** What else the target holds does not matter to replication, so only tables that AX has too are looked for. */
const lookAtTarget = async ({ ports }: Ports): Promise<Finding> => {
  const [facts] = await ports.sql.query(targetFacts, null);
  if (facts?.seesTables !== true) {
    throw new CutoverError('C503', `${targetFacts.permission} in the target database`);
  }
  const [source, target] = await Promise.all([
    ports.sql.query(sourceEstimates, null),
    ports.sql.query(targetEstimates, null),
  ]);
  const left = byTableKey(target);
  const found = [...byTableKey(source).keys()].filter((key) => left.has(key));
  if (source.length === 0)
    throw new CutoverError('C503', `${sourceEstimates.permission} in the source database`);
  return {
    expected: 'the target holds no table of AX',
    saw: found.length === 0 ? 'it holds none' : `it holds ${found.length}, such as ${found[0] ?? ''}`,
    met: found.length === 0,
  };
};

const look = async (context: Ports, expectation: Expectation): Promise<Finding> => {
  switch (expectation.is) {
    case 'lcs-state':
      return lookAtLcs(context, expectation.state);
    case 'distribution-database':
      return lookAtDistributor(context, expectation.present);
    case 'publications':
      return lookAtPublications(context, expectation);
    case 'target-empty':
      return lookAtTarget(context);
    case 'stated':
      return stated('it is done');
  }
};

/** A menu entry of the migration toolkit: a person runs it at its console, and its effect is read where it shows. */
export const toolkit = defineKind<z.infer<typeof params>, Reading>({
  name: 'toolkit',
  summary: 'Asks a person to run an entry of the migration toolkit, and reads what it has to have done.',
  params,
  asks: () => 'person',
  dataGate: false,
  rule: null,
  effect: null,
  pollEveryMs: 60_000,
  read: async (context) => {
    const findings: Finding[] = [];
    for (const expectation of context.params.expects) findings.push(await look(context, expectation));
    return {
      source: weakest(findings.map(({ met }) => (met === null ? 'stated' : 'pulled'))),
      takenAt: context.now,
      body: { statement: statementOf(context.step), findings },
    };
  },
  judge: ({ params: { entry }, planned }, { body: { statement, findings } }) => {
    const lack = lackOfStatement(statement, planned.owner);
    if (lack !== null) return lack;
    const wrong = findings.filter(({ met }) => met === false);
    const by = statement?.by ?? '';
    if (wrong.length === 0) {
      return done(`Entry ${entry} reported by ${by}: ${findings.map(({ expected }) => expected).join('; ')}`);
    }
    return notYet(
      ...wrong.map(({ expected, saw }) => ({
        code: `toolkit:${expected}`,
        message: `Entry ${entry} is reported done by ${by}, but ${saw} where ${expected} was to be`,
        who: planned.owner,
        next: `Look at the toolkit's console; run entry ${entry} again if it did not finish.`,
      })),
    );
  },
});
