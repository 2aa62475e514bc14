#!/usr/bin/env node
import { setTimeout } from 'node:timers/promises';
import { makeSql } from '../shared/adapters/sql.ts';
import type { SqlServer } from '../shared/contract/statement.ts';
import { makeAppClient } from './app-client.ts';
import { collect } from './collect.ts';
import { listenForInterruption } from './interruption.ts';
import { statementsText } from './print-statements.ts';
import type { CollectSettings } from './settings.ts';
import { COLLECT_HELP, readCollectTask } from './settings.ts';

/** The command line of the product: `ax-cutover <command>`. */

const HELP = `ax-cutover <command>

  collect   reads SQL Servers for an app that may not reach them; see ax-cutover collect --help
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

const [command, ...rest] = process.argv.slice(2);
if (command === 'collect') {
  process.exitCode = await collectCommand(rest);
} else if (command === '--help') {
  process.stdout.write(HELP);
} else {
  process.stderr.write(command === undefined ? HELP : `There is no command ${command}\n${HELP}`);
  process.exitCode = 2;
}
