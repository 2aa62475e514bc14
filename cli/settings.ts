import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import type { SqlConnections } from '../shared/adapters/sql.ts';
import { fieldProblems, inPlainWords, pathText } from '../shared/contract/problem.ts';
import { unsafeAddress } from '../shared/contract/settings-safety.ts';
import { secret, settingsSchema } from '../shared/contract/settings.ts';
import { selectProblem } from '../shared/contract/statements/reconciliation.ts';

/** How a collector works. */
export type CollectSettings = {
  /** Where the app is, without a slash at the end. */
  readonly appUrl: string;
  readonly secret: string;
  /** Null for a server it does not reach. */
  readonly connections: SqlConnections;
  /** The SQL of the reconciliations that the DBA has reviewed: no other is run. */
  readonly figures: ReadonlySet<string>;
  readonly everyMs: number;
};

/** What is to be done, or everything that is wrong with how it was asked. */
export type CollectTask =
  | { readonly do: 'help' }
  | { readonly do: 'print'; readonly figures: ReadonlySet<string> }
  | { readonly do: 'collect'; readonly settings: CollectSettings }
  | { readonly problems: readonly string[] };

/** The text of `collect --help`. */
export const COLLECT_HELP = `Reads SQL Servers for an app that may not reach them. It only ever calls the app (HTTPS) and the servers; nobody calls it.

npx ax-cutover collect [--figures FILE] [--every SECONDS]
npx ax-cutover collect --print-statements [--figures FILE]

  --print-statements  print every statement it may run, with the permissions they need, and end
  --figures FILE      a JSON array with the SQL of the reconciliations of the plan; it runs these and no others
  --every SECONDS     how often it asks the app what to read (0.05 to 60, default 2)
  --help              this text

Environment:
  PUBLIC_BASE_URL              where the app is
  COLLECTOR_SECRET             one of the app's COLLECTOR_SECRETS (whsec_…)
  SOURCE_SQL_CONNECTION        Server=…;Database=<AX business database>;User Id=…;Password=…;Encrypt=true
  DISTRIBUTION_SQL_CONNECTION  the same server in a database that always exists
  TARGET_SQL_CONNECTION        the sandbox database
At least one server; leave out those the app reads itself.

Exit codes: 0 printed what was asked, 1 it failed itself, 2 an option or a setting has problems, 130 ended by Ctrl+C, 143 by SIGTERM.
`;

const { PUBLIC_BASE_URL, SOURCE_SQL_CONNECTION, DISTRIBUTION_SQL_CONNECTION, TARGET_SQL_CONNECTION } =
  settingsSchema.shape;
const environmentSchema = z.object({
  PUBLIC_BASE_URL,
  COLLECTOR_SECRET: secret,
  SOURCE_SQL_CONNECTION,
  DISTRIBUTION_SQL_CONNECTION,
  TARGET_SQL_CONNECTION,
});

type Environment = Readonly<Record<string, string | undefined>>;

const readFigures = async (file: string | undefined, problems: string[]): Promise<ReadonlySet<string>> => {
  if (file === undefined) return new Set();
  try {
    const figures = z.array(z.string()).parse(JSON.parse(await readFile(file, 'utf8')));
    for (const [index, sql] of figures.entries()) {
      const problem = selectProblem(sql);
      if (problem !== null) problems.push(`${file}: figure ${index + 1} ${problem}`);
    }
    return new Set(figures);
  } catch {
    problems.push(`${file} cannot be read as a JSON array of SQL texts`);
    return new Set();
  }
};

const readEnvironment = (env: Environment, problems: string[]) => {
  const given = Object.fromEntries(
    Object.keys(environmentSchema.shape).flatMap((name) => {
      const value = env[name]?.trim() ?? '';
      return value === '' ? [] : [[name, value] as const];
    }),
  );
  const parsed = environmentSchema.safeParse(given, { error: inPlainWords });
  for (const { path, message } of parsed.success ? [] : fieldProblems(parsed.error.issues)) {
    problems.push(`${pathText(path)} ${message}`);
  }
  problems.push(...unsafeAddress('PUBLIC_BASE_URL', given.PUBLIC_BASE_URL, false));
  if (!Object.keys(given).some((name) => name.endsWith('_SQL_CONNECTION'))) {
    problems.push('no server is given: set SOURCE_SQL_CONNECTION and its companions');
  }
  return parsed.data;
};

/** Reads command line and environment; gives every problem at once, and never a value of a setting. */
export const readCollectTask = async (args: readonly string[], env: Environment): Promise<CollectTask> => {
  const problems: string[] = [];
  const options = {
    'print-statements': { type: 'boolean' },
    figures: { type: 'string' },
    every: { type: 'string' },
    help: { type: 'boolean' },
  } as const;
  let given;
  try {
    given = parseArgs({ args: [...args], options }).values;
  } catch (error) {
    return { problems: [(error as Error).message] };
  }
  if (given.help === true) return { do: 'help' };
  const figures = await readFigures(given.figures, problems);
  if (given['print-statements'] === true)
    return problems.length > 0 ? { problems } : { do: 'print', figures };
  const every = Number(given.every ?? '2');
  if (!(every >= 0.05 && every <= 60)) problems.push('--every takes 0.05 to 60 seconds');
  const environment = readEnvironment(env, problems);
  if (environment === undefined || problems.length > 0) return { problems };
  return {
    do: 'collect',
    settings: {
      appUrl: environment.PUBLIC_BASE_URL.replace(/\/+$/, ''),
      secret: environment.COLLECTOR_SECRET,
      connections: {
        source: environment.SOURCE_SQL_CONNECTION ?? null,
        distribution: environment.DISTRIBUTION_SQL_CONNECTION ?? null,
        target: environment.TARGET_SQL_CONNECTION ?? null,
      },
      figures,
      everyMs: every * 1_000,
    },
  };
};
