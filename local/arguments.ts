import { parseArgs } from 'node:util';
import { SCENARIOS, type ScenarioName } from './scenarios.ts';

const PLAIN_FAULTS = {
  'snapshot-agent-fails': 'a snapshot agent fails once; the DBA starts it again; completes',
  'rows-lost':
    'rows of one table never arrive; the gate names it and stays shut; waits for a decision (exit code 3)',
  'approval-refused': 'an approver refuses the downtime; waits for a decision (exit code 3)',
  'upgrade-fails-once': 'the data upgrade fails once and is resumed; completes',
  'sync-stalls-once': 'the data upgrade stands still for a while and is told of; completes',
  'lcs-refuses': 'Lifecycle Services refuses now and then; what it blocks waits and goes on; completes',
  'giant-table': 'one table has two billion rows and is counted in ranges of RECID; completes',
} as const;

/** The name of a fault. */
export type FaultName = keyof typeof PLAIN_FAULTS | ScenarioName;

/** What can be made to go wrong in a local run, and how the run ends then. */
export const FAULTS: Readonly<Record<FaultName, string>> = {
  ...PLAIN_FAULTS,
  ...(Object.fromEntries(Object.entries(SCENARIOS).map(([name, { what }]) => [name, what])) as Readonly<
    Record<ScenarioName, string>
  >),
};

/** How the readings of a local run come about. */
export const READINGS = {
  pulled: 'the app reads the servers itself (the default)',
  pushed: 'a collector reads them, a process of its own, and the app may not reach them',
  stated: 'nobody but people reads them: the DBA states what they show, and a second person confirms it',
} as const;

/** See {@link READINGS}. */
export type Readings = keyof typeof READINGS;

/** How to play a cutover locally. */
export type LocalOptions = {
  readonly exit: boolean;
  readonly json: boolean;
  readonly planFile: string | null;
  readonly speed: number;
  readonly seed: number;
  readonly tables: number;
  readonly fault: FaultName | null;
  readonly readings: Readings;
  readonly port: number;
};

const linesOf = (named: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(named).map(([name, what]) => `                      ${name.padEnd(22)} ${what}`);

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
${linesOf(FAULTS).join('\n')}
  --readings NAME     how the servers are read:
${linesOf(READINGS).join('\n')}
  --port N            where the status page and the API listen (default 7071; 0 takes any free one)
  --help              this text

Exit codes: 0 completed, 1 the run itself failed, 2 the plan or an option has problems, 3 waits for a decision, 4 aborted, 130 ended by Ctrl+C, 143 by SIGTERM.
`;

const OPTIONS = {
  exit: { type: 'boolean' },
  json: { type: 'boolean' },
  plan: { type: 'string' },
  speed: { type: 'string' },
  seed: { type: 'string' },
  tables: { type: 'string' },
  fault: { type: 'string' },
  readings: { type: 'string' },
  port: { type: 'string' },
  help: { type: 'boolean' },
} as const;

type OptionName = keyof typeof OPTIONS;

/** What was given, by option; a switch has the value null. */
type Given = ReadonlyMap<OptionName, string | null>;

const isOption = (name: string): name is OptionName => Object.hasOwn(OPTIONS, name);

/** Sorts the words of the command line; not strictly, because a strict reading tells the first problem only. */
const sortWords = (args: readonly string[], problems: string[]): Given => {
  const given = new Map<OptionName, string | null>();
  const { tokens } = parseArgs({ args: [...args], options: OPTIONS, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'positional') problems.push(`"${token.value}" belongs to no option`);
    if (token.kind !== 'option') continue;
    const { name, rawName, value, inlineValue } = token;
    if (!isOption(name)) {
      problems.push(`There is no option ${rawName}`);
    } else if (OPTIONS[name].type === 'boolean') {
      if (value !== undefined) problems.push(`${rawName} takes no value, not "${value}"`);
      given.set(name, null);
    } else if (value === undefined) {
      problems.push(`${rawName} takes a value, and has none`);
    } else if (!inlineValue && value.startsWith('--')) {
      problems.push(`${rawName} takes a value, and has none`);
      // The next option was read as the value: everything from there on is read once more.
      return new Map([...given, ...sortWords(args.slice(token.index + 1), problems)]);
    } else {
      given.set(name, value);
    }
  }
  return given;
};

/** Reads the command line; gives every problem of it at once. */
export const readArguments = (
  args: readonly string[],
):
  { readonly options: LocalOptions } | { readonly help: true } | { readonly problems: readonly string[] } => {
  const problems: string[] = [];
  const given = sortWords(args, problems);
  if (given.has('help')) return { help: true };
  const whole = (name: OptionName, from: number, to: number, otherwise: number): number => {
    const text = given.get(name) ?? String(otherwise);
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (value >= from && value <= to) return value;
    problems.push(`--${name} takes a whole number from ${from} to ${to}, not "${text}"`);
    return otherwise;
  };
  const oneOf = <K extends string>(option: OptionName, named: Readonly<Record<K, string>>): K | null => {
    const name = given.get(option) ?? null;
    if (name === null) return null;
    if (Object.hasOwn(named, name)) return name as K;
    problems.push(`--${option} takes one of ${Object.keys(named).join(', ')}, not "${name}"`);
    return null;
  };
  const json = given.has('json');
  const options: LocalOptions = {
    exit: given.has('exit') || json,
    json,
    planFile: given.get('plan') ?? null,
    speed: whole('speed', 1, 2000, 600),
    seed: whole('seed', 0, 2 ** 31, 1),
    tables: whole('tables', 100, 10_000, 5000),
    fault: oneOf('fault', FAULTS),
    readings: oneOf('readings', READINGS) ?? 'pulled',
    port: whole('port', 0, 65_535, 7071),
  };
  return problems.length === 0 ? { options } : { problems };
};
