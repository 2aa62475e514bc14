import { parseArgs } from 'node:util';

/** What can be made to go wrong in a local run, and how the run ends then. */
export const FAULTS = {
  'snapshot-agent-fails': 'a snapshot agent fails once; the DBA starts it again; completes',
  'rows-lost':
    'rows of one table never arrive; the gate names it and stays shut; waits for a decision (exit code 3)',
  'approval-refused': 'an approver refuses the downtime; waits for a decision (exit code 3)',
  'upgrade-fails-once': 'the data upgrade fails once and is resumed; completes',
  'lcs-refuses': 'Lifecycle Services refuses now and then; what it blocks waits and goes on; completes',
} as const;

/** The name of a fault. */
export type FaultName = keyof typeof FAULTS;

/** How to play a cutover locally. */
export type LocalOptions = {
  readonly exit: boolean;
  readonly json: boolean;
  readonly planFile: string | null;
  readonly speed: number;
  readonly seed: number;
  readonly tables: number;
  readonly fault: FaultName | null;
  readonly port: number;
};

const faultLines = Object.entries(FAULTS).map(
  ([name, what]) => `                      ${name.padEnd(22)} ${what}`,
);

/** The text of `--help`. */
export const HELP = `Plays a whole mock cutover on this machine: the real functions over the real protocols, every outside system a stand-in.

npm start                   plays it, serves the status page, stays up
npm start -- --exit         ends by itself with a summary

  --exit              end when the cutover has ended or waits for a decision
  --json              print the summary as one line of JSON, the last line on standard output (implies --exit)
  --plan FILE         play this plan (JSON or YAML) instead of the mock plan
  --speed N           cutover time runs N times as fast as the clock (1 to 2000, default 600)
  --seed N            another world: other tables, counts and moments (default 1)
  --tables N          how many tables the source has (100 to 10000, default 5000)
  --fault NAME        let something go wrong:
${faultLines.join('\n')}
  --port N            where the status page and the API listen (default 7071; 0 takes any free one)
  --help              this text

Exit codes: 0 completed, 1 the run itself failed, 2 the plan or an option has problems, 3 waits for a decision, 4 aborted.
`;

/** Reads the command line; gives every problem of it at once. */
export const readArguments = (
  args: readonly string[],
):
  { readonly options: LocalOptions } | { readonly help: true } | { readonly problems: readonly string[] } => {
  let values: Record<string, string | boolean | undefined>;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        exit: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        plan: { type: 'string' },
        speed: { type: 'string', default: '600' },
        seed: { type: 'string', default: '1' },
        tables: { type: 'string', default: '5000' },
        fault: { type: 'string' },
        port: { type: 'string', default: '7071' },
        help: { type: 'boolean', default: false },
      },
    }));
  } catch (error) {
    return { problems: [error instanceof Error ? error.message : String(error)] };
  }
  if (values.help === true) return { help: true };
  const problems: string[] = [];
  const whole = (name: string, from: number, to: number): number => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < from || value > to) {
      problems.push(`--${name} takes a whole number from ${from} to ${to}, not "${String(values[name])}"`);
    }
    return value;
  };
  const fault = values.fault;
  if (typeof fault === 'string' && !Object.hasOwn(FAULTS, fault)) {
    problems.push(`--fault takes one of ${Object.keys(FAULTS).join(', ')}, not "${fault}"`);
  }
  const json = values.json === true;
  const options: LocalOptions = {
    exit: values.exit === true || json,
    json,
    planFile: typeof values.plan === 'string' ? values.plan : null,
    speed: whole('speed', 1, 2000),
    seed: whole('seed', 0, 2 ** 31),
    tables: whole('tables', 100, 10_000),
    fault: typeof fault === 'string' ? (fault as FaultName) : null,
    port: whole('port', 0, 65_535),
  };
  return problems.length === 0 ? { options } : { problems };
};
