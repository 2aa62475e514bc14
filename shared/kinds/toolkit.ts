import { z } from 'zod';
import { replicationStatus } from '../contract/statements/distribution.ts';
import { targetFacts } from '../contract/statements/server-facts.ts';
import { sourceEstimates, targetEstimates } from '../contract/statements/table-estimates.ts';
import { CutoverError } from '../core/errors.ts';
import type { Statement } from './claim.ts';
import { lackOfStatement, statementOf } from './claim.ts';
import { byTableKey } from './estimated-counts.ts';
import { defineKind } from './kind.ts';
import type { KindReading, StepContext } from './kind.ts';
import { sameLcsState } from './lcs-state.ts';
import { publicationClass, publicationClassSchema } from './publication-class.ts';
import { findDistributor } from './replication-reading.ts';
import { acceptsSchema, READ, READ_OR_STATED } from './sources.ts';
import type { MaybeStated } from './stated.ts';
import { notStated, readOrStated } from './stated.ts';
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
  accepts: acceptsSchema(READ_OR_STATED),
});

type Params = z.infer<typeof params>;

/** What was seen of one expectation; `met` is null where only a person can tell. */
type Finding = { readonly expected: string; readonly saw: string; readonly met: boolean | null };
type Reading = {
  readonly statement: Statement | null;
  readonly findings: readonly Finding[];
} & MaybeStated;
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

/** What the servers show of an entry; `tablesLeft` is null where nobody looked for tables of AX at the target. */
type Seen = {
  readonly distributionDatabase: string | null;
  readonly publications: readonly string[];
  readonly tablesLeft: number | null;
  /** One of them; null where none is named. */
  readonly example: string | null;
};

type OfServers = Exclude<Expectation, { is: 'lcs-state' | 'stated' }>;

const isOfServers = (expectation: Expectation): expectation is OfServers =>
  expectation.is !== 'lcs-state' && expectation.is !== 'stated';

const readDistributor = async (
  { ports, bindings }: Ports,
  wantsPublications: boolean,
): Promise<Pick<Seen, 'distributionDatabase' | 'publications'>> => {
  const { publisher } = await findDistributor(ports.sql, bindings.source);
  if (publisher === null) return { distributionDatabase: null, publications: [] };
  const rows = wantsPublications ? await ports.sql.query(replicationStatus, publisher) : [];
  const publications = [...new Set(rows.map(({ publication }) => publication))];
  return { distributionDatabase: publisher.distribution, publications };
};

/** What else the target holds does not matter to replication, so only tables that AX has too are looked for. */
const readTarget = async ({ ports }: Ports): Promise<Pick<Seen, 'tablesLeft' | 'example'>> => {
  const [facts] = await ports.sql.query(targetFacts, null);
  if (facts?.seesTables !== true) {
    throw new CutoverError('C503', `${targetFacts.permission} in the target database`);
  }
  const [source, target] = await Promise.all([
    ports.sql.query(sourceEstimates, null),
    ports.sql.query(targetEstimates, null),
  ]);
  if (source.length === 0)
    throw new CutoverError('C503', `${sourceEstimates.permission} in the source database`);
  const left = byTableKey(target);
  const found = [...byTableKey(source).keys()].filter((key) => left.has(key));
  return { tablesLeft: found.length, example: found[0] ?? null };
};

const readServers = async (context: Ports, wanted: readonly OfServers[]): Promise<Seen> => {
  const asks = (is: OfServers['is']): boolean => wanted.some((expectation) => expectation.is === is);
  const distributor =
    asks('publications') || asks('distribution-database')
      ? await readDistributor(context, asks('publications'))
      : { distributionDatabase: null, publications: [] };
  const target = asks('target-empty') ? await readTarget(context) : { tablesLeft: null, example: null };
  return { ...distributor, ...target };
};

const publicationsFinding = (
  publications: readonly string[],
  { class: wanted, present }: Extract<Expectation, { is: 'publications' }>,
): Finding => {
  const names = publications.filter((name) => publicationClass(name) === wanted);
  return {
    expected: present
      ? `there are publications of ${wanted} tables`
      : `no publication of ${wanted} tables is left`,
    saw: names.length === 0 ? 'there is none' : `there is ${names.join(', ')}`,
    met: names.length > 0 === present,
  };
};

const findingOf = (
  { distributionDatabase, publications, tablesLeft, example }: Seen,
  expectation: OfServers,
): Finding => {
  switch (expectation.is) {
    case 'distribution-database':
      return {
        expected: `the distribution database ${expectation.present ? 'exists' : 'is gone'}`,
        saw: distributionDatabase === null ? 'there is none' : `there is ${distributionDatabase}`,
        met: (distributionDatabase !== null) === expectation.present,
      };
    case 'publications':
      return publicationsFinding(publications, expectation);
    case 'target-empty':
      return {
        expected: 'the target holds no table of AX',
        saw:
          tablesLeft === 0
            ? 'it holds none'
            : `it holds ${tablesLeft ?? 0}${example === null ? '' : `, such as ${example}`}`,
        met: tablesLeft === 0,
      };
  }
};

/** What the servers show of the entry, read or stated. Nothing is asked where nothing of them is expected. */
const seenOf = (context: StepContext<Params>): Promise<KindReading<Seen & MaybeStated>> => {
  const { params: chosen, now, planned } = context;
  const wanted = chosen.expects.filter(isOfServers);
  const nothing = { distributionDatabase: null, publications: [], tablesLeft: null, example: null };
  if (wanted.length === 0) return Promise.resolve({ source: 'pulled', takenAt: now, body: nothing });
  const wantsTarget = wanted.some(({ is }) => is === 'target-empty');
  return readOrStated(context, {
    accepts: chosen.accepts ?? READ,
    servers: wantsTarget ? ['source', 'target'] : ['source'],
    of: 'toolkit',
    read: async () => ({ source: 'pulled', takenAt: now, body: await readServers(context, wanted) }),
    stated: ({ distributionDatabase, publications, tablesLeft }) => {
      if (wantsTarget && tablesLeft === null) {
        throw notStated(
          { planned },
          'toolkit',
          'the statement says nothing of the target',
          'tablesLeft is null',
        );
      }
      return { distributionDatabase, publications, tablesLeft, example: null };
    },
  });
};

/** A menu entry of the migration toolkit: a person runs it at its console, and its effect is read where it shows. */
export const toolkit = defineKind<Params, Reading>({
  name: 'toolkit',
  summary: 'Asks a person to run an entry of the migration toolkit, and reads what it has to have done.',
  params,
  asks: () => 'person',
  dataGate: false,
  rule: null,
  effect: null,
  pollEveryMs: 60_000,
  read: async (context) => {
    const { source, said, body: seen } = await seenOf(context);
    const { stated: by } = seen;
    const findings: Finding[] = [];
    for (const expectation of context.params.expects) {
      if (expectation.is === 'lcs-state') findings.push(await lookAtLcs(context, expectation.state));
      else if (expectation.is === 'stated') findings.push(stated('it is done'));
      else findings.push(findingOf(seen, expectation));
    }
    return {
      source: weakest([source, ...findings.map(({ met }) => (met === null ? 'stated' : 'pulled'))]),
      takenAt: context.now,
      body: { statement: statementOf(context.step), findings, ...(by === undefined ? {} : { stated: by }) },
      ...(said === undefined ? {} : { said }),
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
