import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { listenForInterruption } from '../cli/interruption.ts';
import { mockPlanDocument } from '../shared/contract/plans/mock-plan.ts';
import { readPlan } from '../shared/contract/read-plan.ts';
import { readBindings } from '../shared/contract/bindings.ts';
import { sampleBindings } from '../shared/contract/plans/sample-bindings.ts';
import { type DocumentReading, readDocumentText } from '../shared/contract/document-text.ts';
import type { Plan } from '../shared/core/plan.ts';
import { KIND_BY_NAME } from '../shared/kinds/registry.ts';
import { type Api, makeApi, type ShownEvent } from './api.ts';
import type { FaultName, LocalOptions } from './arguments.ts';
import { HELP, readArguments } from './arguments.ts';
import { makePeople } from './people.ts';
import { isPortFree } from './port.ts';
import { SCENARIOS, type ScenarioName } from './scenarios.ts';
import { setStage, type Stage } from './stage.ts';
import { acceptingStatements } from './stated/accepting.ts';
import { eyesOn } from './stated/eyes.ts';
import { makeStaters } from './stated/staters.ts';
import type { Summary } from './summary.ts';
import { conditionsMet, exitCodeOf, summaryOf, summaryText, verdictsMet } from './summary.ts';
import { makeTimeline } from './timeline.ts';
import { makeTroublemaker } from './troublemaker.ts';

/** Plays a whole cutover on this machine; see the help text. */

const APP_ROOT = join(import.meta.dirname, '..', '..');
const LOOK_EVERY_MS = 60;
/** How often in a row the run must stand still, with only decisions left, before it is given to a person. */
const STILL_LOOKS = 10;
/** So often in cutover time it is looked how the tables are judged: what passes is in the summary too. */
const JUDGED_EVERY_MS = 30 * 60_000;
const STARTER = { id: 'local-starter', name: 'Local starter' };

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const complain = (lines: readonly string[]): void => {
  process.stderr.write(`${lines.join('\n')}\n`);
};

const TERMINAL: ReadonlySet<string> = new Set(['completed', 'rolledBack', 'aborted']);

const documentFrom = async (file: string | null): Promise<DocumentReading> => {
  if (file === null) return { document: mockPlanDocument() };
  try {
    return readDocumentText(await readFile(file, 'utf8'));
  } catch (error) {
    return { problems: [{ path: file, message: `cannot be read: ${(error as Error).message}` }] };
  }
};

type Problem = { readonly path: string; readonly message: string };

const problemLines = (problems: readonly Problem[]): string[] => [
  `The plan has ${problems.length} problem(s):`,
  ...problems.map(({ path, message }) => (path === '' ? `  ${message}` : `  ${path}: ${message}`)),
];

/** Prints what has happened since it was last asked, up to the event of this number, and keeps it. */
const printerOf = (api: Api, cutoverId: string, plan: Plan) => {
  const timeline = makeTimeline(plan);
  const printed: ShownEvent[] = [];
  const print = async (upTo: number): Promise<void> => {
    const last = printed.at(-1)?.n ?? 0;
    if (upTo <= last) return;
    for (const event of await api.events(cutoverId, last)) {
      printed.push(event);
      for (const line of timeline(event)) say(line);
    }
  };
  return { print, printed };
};

type Totals = Summary['verdicts'];

/** Looks now and then how the tables are judged, and keeps all it saw. */
const judgesOf = (api: Api, cutoverId: string, now: () => number) => {
  const seen: Totals[] = [];
  let judgedAt = 0;
  const judge = async (): Promise<Totals> => {
    judgedAt = now();
    const { body } = await api.get(`cutovers/${cutoverId}/mismatches?limit=1`);
    seen.push(body.totals as Totals);
    return body.totals as Totals;
  };
  return {
    seen,
    judge,
    judgeSometimes: async (): Promise<void> => {
      if (now() >= judgedAt + JUDGED_EVERY_MS) await judge();
    },
  };
};

const isScenario = (fault: FaultName | null): fault is ScenarioName =>
  fault !== null && Object.hasOwn(SCENARIOS, fault);

type Script = { readonly plan: Plan; readonly document: unknown };

/** The SQL of the reconciliations of a plan, as its kind takes it. */
const figuresOf = ({ steps }: Plan): readonly string[] =>
  steps
    .filter(({ kind }) => kind === 'reconcile')
    .flatMap(({ params }) =>
      (
        params as { readonly pairs: readonly { readonly sourceSql: string; readonly targetSql: string }[] }
      ).pairs.flatMap(({ sourceSql, targetSql }) => [sourceSql, targetSql]),
    );

/** The plan to play, or what is wrong with it. */
const scriptOf = async ({
  planFile,
  readings,
}: LocalOptions): Promise<Script | { readonly problems: readonly Problem[] }> => {
  const found = await documentFrom(planFile);
  const read =
    'problems' in found || readings !== 'stated' ? found : { document: acceptingStatements(found.document) };
  const reading = 'problems' in read ? read : { ...read, ...readPlan(read.document, KIND_BY_NAME) };
  if ('problems' in reading) return reading;
  const bound = readBindings(sampleBindings(), reading.plan);
  return 'problems' in bound ? bound : reading;
};

/** Plays the script on the stage until it has ended, or waits for a decision; gives the summary, or null if it was not begun. */
const playOn = async (
  stage: Stage,
  { plan, document }: Script,
  options: LocalOptions,
  signal: AbortSignal,
): Promise<Summary | null> => {
  const url = stage.host.url.replace(/\/api$/, '');
  const api = makeApi(url);
  const begun = Date.now();
  const started = await api.post('cutovers', STARTER, { plan: document, bindings: stage.bindings });
  if (started.status !== 202) {
    complain([JSON.stringify(started.body, null, 2)]);
    return null;
  }
  const id = String(started.body.id);
  say(`${plan.title}, ${plan.steps.length} steps, time runs ${options.speed} times as fast.`);
  say(`Status page: ${url}/api/page/${id}`);

  const { bindings, world } = stage;
  const people = makePeople({ api, world, plan, bindings, seed: options.seed, fault: options.fault });
  const disturb = isScenario(options.fault) ? makeTroublemaker(world, options.fault) : () => undefined;
  const { print, printed } = printerOf(api, id, plan);
  const { seen, judge, judgeSometimes } = judgesOf(api, id, world.clock.now);
  const staters =
    options.readings === 'stated'
      ? makeStaters({ api, world, sql: eyesOn(world, figuresOf(plan)), plan, bindings, seed: options.seed })
      : null;
  const summarise = async (): Promise<Summary> => {
    const { body } = await api.get(`cutovers/${id}/counts`);
    const verdicts = await judge();
    return summaryOf(await api.status(id), {
      messages: stage.messages(),
      snapshots: Number(body.snapshots),
      mismatches: body.mismatches as Summary['mismatches'],
      verdicts,
      met: { verdicts: verdictsMet(seen), conditions: conditionsMet(printed) },
      durationMs: Date.now() - begun,
    });
  };

  let still = 0;
  for (;;) {
    signal.throwIfAborted();
    const status = await api.status(id);
    await print(status.events);
    if (TERMINAL.has(status.status)) break;
    still = people.isLeftAlone(status) ? still + 1 : 0;
    if (still >= STILL_LOOKS && options.exit) break;
    if (still === STILL_LOOKS) say(summaryText(await summarise(), plan.title));
    disturb(status);
    await judgeSometimes();
    await people.look(status);
    await staters?.look(status);
    await setTimeout(LOOK_EVERY_MS, undefined, { signal });
  }
  const summary = await summarise();
  say(summaryText(summary, plan.title));
  if (!options.exit) {
    say(`\nThe status page stays up: ${url}/api/page/${id} (Ctrl+C ends it)`);
    if (!signal.aborted) await once(signal, 'abort');
  }
  return summary;
};

const play = async (options: LocalOptions, signal: AbortSignal): Promise<number> => {
  const script = await scriptOf(options);
  if ('problems' in script) {
    complain(problemLines(script.problems));
    return 2;
  }
  if (!(await isPortFree(options.port))) {
    complain([`Port ${options.port} is taken: choose another with --port, or any free one with --port 0.`]);
    return 1;
  }
  const log = (line: string): void => {
    // What is cut off by the end is no trouble of the app.
    if (!signal.aborted) complain([line]);
  };
  const stage = await setStage({ appRoot: APP_ROOT, options, figures: figuresOf(script.plan), log, signal });
  let summary: Summary | null;
  try {
    summary = await playOn(stage, script, options, signal);
  } finally {
    await stage.stop();
  }
  if (summary === null) return 1;
  if (options.json) say(JSON.stringify(summary));
  return exitCodeOf(summary);
};

const main = async (signal: AbortSignal): Promise<number> => {
  const read = readArguments(process.argv.slice(2));
  if ('help' in read) {
    process.stdout.write(HELP);
    return 0;
  }
  if ('problems' in read) {
    complain([...read.problems, 'See npm start -- --help']);
    return 2;
  }
  return await play(read.options, signal);
};

const interruption = listenForInterruption({
  signals: process,
  nowMs: Date.now,
  onFirst: () => {
    complain(['Stopping; once more ends at once.']);
  },
  endAtOnce: (exitCode) => process.exit(exitCode),
});
try {
  process.exitCode = await main(interruption.signal);
} catch (error) {
  if (!interruption.signal.aborted) {
    complain([error instanceof Error ? (error.stack ?? error.message) : String(error)]);
  }
  // What a run that failed left behind would keep the process alive for ever.
  process.exitCode = 1;
}
const exitCode = interruption.exitCode();
if (exitCode !== null || process.exitCode === 1) process.exit(exitCode ?? 1);
