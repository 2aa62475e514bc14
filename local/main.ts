import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mockPlanDocument } from '../shared/contract/plans/mock-plan.ts';
import { readPlan } from '../shared/contract/read-plan.ts';
import { readBindings } from '../shared/contract/bindings.ts';
import { sampleBindings } from '../shared/contract/plans/sample-bindings.ts';
import { type DocumentReading, readDocumentText } from '../shared/contract/document-text.ts';
import { KINDS } from '../shared/kinds/registry.ts';
import { makeApi } from './api.ts';
import type { LocalOptions } from './arguments.ts';
import { HELP, readArguments } from './arguments.ts';
import { makePeople } from './people.ts';
import { isPortFree } from './port.ts';
import { setStage } from './stage.ts';
import type { Summary } from './summary.ts';
import { exitCodeOf, summaryOf, summaryText } from './summary.ts';
import { makeTimeline } from './timeline.ts';

/** Plays a whole cutover on this machine; see the help text. */

const APP_ROOT = join(import.meta.dirname, '..', '..');
const LOOK_EVERY_MS = 60;
/** How often in a row the run must stand still, with only decisions left, before it is given to a person. */
const STILL_LOOKS = 10;
const PARAMS = new Map(KINDS.map(({ name, params }) => [name, params]));
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

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const problemLines = (problems: readonly { path: string; message: string }[]): string[] => [
  `The plan has ${problems.length} problem(s):`,
  ...problems.map(({ path, message }) => (path === '' ? `  ${message}` : `  ${path}: ${message}`)),
];

const play = async (options: LocalOptions): Promise<number> => {
  const read = await documentFrom(options.planFile);
  const reading = 'problems' in read ? read : { ...read, ...readPlan(read.document, PARAMS) };
  if ('problems' in reading) {
    complain(problemLines(reading.problems));
    return 2;
  }
  const { plan, document } = reading;
  const bound = readBindings(sampleBindings(), plan);
  if ('problems' in bound) {
    complain(problemLines(bound.problems));
    return 2;
  }
  if (!(await isPortFree(options.port))) {
    complain([`Port ${options.port} is taken: choose another with --port, or any free one with --port 0.`]);
    return 1;
  }
  const stage = await setStage(APP_ROOT, options, (line) => {
    complain([line]);
  });
  const url = stage.host.url.replace(/\/api$/, '');
  const api = makeApi(url, stage.webhookSecret);
  const begun = Date.now();
  const started = await api.post('cutovers', STARTER, { plan: document, bindings: stage.bindings });
  if (started.status !== 202) {
    complain([JSON.stringify(started.body, null, 2)]);
    await stage.stop();
    return 1;
  }
  const id = String(started.body.id);
  say(`${plan.title}, ${plan.steps.length} steps, time runs ${options.speed} times as fast.`);
  say(`Status page: ${url}/api/page/${id}`);

  const timeline = makeTimeline(plan);
  const { bindings, world } = stage;
  const people = makePeople({ api, world, plan, bindings, seed: options.seed, fault: options.fault });
  let printed = 0;
  const print = async (): Promise<void> => {
    for (const event of await api.events(id, printed)) {
      printed = event.n;
      for (const line of timeline(event)) say(line);
    }
  };
  const summarise = async (): Promise<Summary> => {
    const { body } = await api.get(`cutovers/${id}/counts`);
    return summaryOf(await api.status(id), {
      messages: stage.messages(),
      snapshots: Number(body.snapshots),
      mismatches: body.mismatches as Summary['mismatches'],
      durationMs: Date.now() - begun,
    });
  };

  let still = 0;
  for (;;) {
    const status = await api.status(id);
    if (status.events > printed) await print();
    if (TERMINAL.has(status.status)) break;
    still = people.isLeftAlone(status) ? still + 1 : 0;
    if (still >= STILL_LOOKS && options.exit) break;
    if (still === STILL_LOOKS) say(summaryText(await summarise(), plan.title));
    await people.look(status);
    await pause(LOOK_EVERY_MS);
  }
  await print();
  const summary = await summarise();
  say(summaryText(summary, plan.title));
  if (!options.exit) {
    say(`\nThe status page stays up: ${url}/api/page/${id} (Ctrl+C ends it)`);
    await new Promise<void>((resolve) => {
      process.once('SIGINT', resolve);
      process.once('SIGTERM', resolve);
    });
  }
  await stage.stop();
  if (options.json) say(JSON.stringify(summary));
  return exitCodeOf(summary);
};

const main = async (): Promise<number> => {
  const read = readArguments(process.argv.slice(2));
  if ('help' in read) {
    process.stdout.write(HELP);
    return 0;
  }
  if ('problems' in read) {
    complain([...read.problems, 'See npm start -- --help']);
    return 2;
  }
  return await play(read.options);
};

try {
  process.exitCode = await main();
} catch (error) {
  complain([error instanceof Error ? (error.stack ?? error.message) : String(error)]);
  // The stand-ins of a run that failed would keep the process alive for ever.
  process.exit(1);
}
