import type { Agent } from './agents.ts';
import type { Scene } from './history.ts';

/** What can befall replication, or the synchronisation of the target database, from one moment to another, each with the error its agents then report; null for none. */
export const TROUBLES = {
  'log-reader-stops': null,
  'database-has-no-owner': {
    role: 'log-reader',
    code: '15517',
    text: 'Cannot execute as the database principal because the principal "dbo" does not exist.',
  },
  'text-too-long': {
    role: 'log-reader',
    code: '7139',
    text: 'Length of LOB data (86474) to be replicated exceeds configured maximum 65536.',
  },
  'target-refuses-address': {
    role: 'distribution',
    code: '40615',
    text: 'Cannot open server requested by the login. The client is not allowed to access the server.',
  },
  'objects-not-listed': { role: 'snapshot', code: '0', text: 'PrefetchObjects failed for Database.' },
  'unknown-error': { role: 'distribution', code: '20598', text: 'The row was not found at the Subscriber.' },
  'subscription-deactivated': null,
  'commands-age': null,
  'log-fills': null,
  'disk-fills': null,
  'sync-stalls': null,
} as const;

/** The name of a trouble. */
export type TroubleName = keyof typeof TROUBLES;

/** Whether a trouble lasts at a time. */
export const isTroubled = (scene: Scene, trouble: TroubleName, now: number): boolean =>
  scene.history.findLast(
    (event) =>
      (event.type === 'trouble-begun' || event.type === 'trouble-ended') &&
      event.trouble === trouble &&
      event.at <= now,
  )?.type === 'trouble-begun';

/** Numbers of MSrepl_errors that no snapshot run has. */
const FIRST_ERROR_ID = 1_000_000;

/** The errors that troubles have agents report, numbered. */
export const troubleErrorsAt = (scene: Scene, now: number) =>
  Object.entries(TROUBLES).flatMap(([name, error], index) =>
    error !== null && isTroubled(scene, name as TroubleName, now)
      ? [{ id: FIRST_ERROR_ID + index, at: now, ...error, sourceName: scene.options.source.server }]
      : [],
  );

/** The agent as troubles have left it: failed with the error of its role, or stopped. */
export const troubledAgent = (scene: Scene, agent: Agent, now: number): Agent => {
  const newest = agent.rows.at(-1);
  const error = troubleErrorsAt(scene, now).find(({ role }) => role === agent.role);
  const stops = agent.role === 'log-reader' && isTroubled(scene, 'log-reader-stops', now);
  if (newest === undefined || (error === undefined && !stops)) return agent;
  const row = error
    ? { ...newest, at: now, runStatus: 6 as const, comment: error.text, errorId: error.id }
    : { ...newest, at: now, runStatus: 2 as const, comment: 'The process was successfully stopped.' };
  return { ...agent, rows: [...agent.rows, row] };
};
