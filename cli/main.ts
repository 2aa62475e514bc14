#!/usr/bin/env node
import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { makeSql } from '../shared/adapters/sql.ts';
import type { SqlServer } from '../shared/contract/statement.ts';
import { makeAppClient } from './app-client.ts';
import { collect } from './collect.ts';
import { listenForInterruption } from './interruption.ts';
import { statementsText } from './print-statements.ts';
import type { CollectSettings } from './settings.ts';
import { COLLECT_HELP, readCollectTask } from './settings.ts';
import { verificationText, VERIFY_EVENTS_HELP, verifyEvents } from './verify-events.ts';

/** The command line of the product: `ax-cutover <command>`. */

const HELP = `ax-cutover <command>

  collect        reads SQL Servers for an app that may not reach them; see ax-cutover collect --help
  verify-events  checks the events that a receiver was sent; see ax-cutover verify-events --help
`;

const SERVERS: readonly SqlServer[] = ['source', 'distribution', 'target'];

const say = (line: string): void => {
  process.stdout.write(`${new Date().toISOString()} ${line}\n`);
};

const pause = async (ms: number, signal: AbortSignal | null): Promise<void> => {
  try {
    await setTimeout(ms, undefined, signal === null ? {} : { signal });
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
};

const collectUntilStopped = async ({ appUrl, secret, connections, figures, everyMs }: CollectSettings) => {
  const { signal, exitCode } = listenForInterruption({
    signals: process,
    nowMs: Date.now,
    onFirst: () => undefined,
    endAtOnce: (code) => process.exit(code),
  });
  const sql = makeSql(connections);
  const servers = SERVERS.filter((server) => connections[server] !== null);
  const app = makeAppClient({ appUrl, secret, now: Date.now });
  await collect({ app, sql, servers, figures, everyMs, now: Date.now, pause, say, signal });
  // A statement that still runs would keep the process alive, and nobody waits for it any more.
  process.exit(exitCode() ?? 0);
};

const collectCommand = async (args: readonly string[]): Promise<number> => {
  const task = await readCollectTask(args, process.env);
  if ('problems' in task) {
    process.stderr.write([...task.problems, 'See ax-cutover collect --help', ''].join('\n'));
    return 2;
  }
  if (task.do === 'help') process.stdout.write(COLLECT_HELP);
  else if (task.do === 'print') process.stdout.write(statementsText(task.figures));
  else await collectUntilStopped(task.settings);
  return 0;
};

const verifyEventsCommand = async ([file, ...more]: readonly string[]): Promise<number> => {
  if (file === '--help' || file === undefined || more.length > 0) {
    (file === '--help' ? process.stdout : process.stderr).write(VERIFY_EVENTS_HELP);
    return file === '--help' ? 0 : 2;
  }
  let text;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    process.stderr.write(`${file} cannot be read: ${(error as Error).message}\n`);
    return 2;
  }
  const verification = verifyEvents(text.split('\n'));
  process.stdout.write(verificationText(verification));
  return verification.problem === null ? 0 : 1;
};

const [command, ...rest] = process.argv.slice(2);
if (command === 'collect') {
  process.exitCode = await collectCommand(rest);
} else if (command === 'verify-events') {
  process.exitCode = await verifyEventsCommand(rest);
} else if (command === '--help') {
  process.stdout.write(HELP);
} else {
  process.stderr.write(command === undefined ? HELP : `There is no command ${command}\n${HELP}`);
  process.exitCode = 2;
}
