import type { Agent, AgentRow } from './agents.ts';
import type { Scene } from './history.ts';
import { remember } from './remember.ts';

/** An error that agents of one role report; with `worksOn` they go on all the same, otherwise they have failed. */
type AgentError = {
  readonly role: Agent['role'];
  readonly code: string;
  readonly text: string;
  readonly worksOn?: true;
};

/** What can befall replication, the servers or their tables from one moment to another, each with the error its agents then report; null for none. */
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
  'agent-reports-error': {
    role: 'distribution',
    code: 'HYT00',
    text: 'Query timeout expired.',
    worksOn: true,
  },
  'agent-never-ran': null,
  'agents-fall-silent': null,
  'latency-rises': null,
  'delivery-stalls': null,
  'subscription-deactivated': null,
  'commands-age': null,
  'log-fills': null,
  'disk-fills': null,
  'distribution-detached': null,
  'source-login-lapses': null,
  'source-right-revoked': null,
  'source-slow': null,
  'source-away': null,
  'health-right-revoked': null,
  'target-access-lapses': null,
  'writer-forgotten': null,
  'rows-doubled': null,
  'table-dropped': null,
  'table-hidden': null,
  'table-emptied': null,
  'sync-stalls': null,
} as const satisfies Readonly<Record<string, AgentError | null>>;

/** The name of a trouble. */
export type TroubleName = keyof typeof TROUBLES;

/** One time that a trouble lasted; `to` is infinite while it does. */
type Spell = { readonly from: number; readonly to: number };

type Spells = ReadonlyMap<TroubleName, readonly Spell[]>;

const rememberSpells = remember<Spells>();

const allSpells = ({ history }: Scene): Spells =>
  rememberSpells(history, 'all', () => {
    const spells = new Map<TroubleName, readonly Spell[]>();
    for (const event of history) {
      if (event.type !== 'trouble-begun' && event.type !== 'trouble-ended') continue;
      const known = spells.get(event.trouble) ?? [];
      const last = known.at(-1);
      const isOpen = last?.to === Number.POSITIVE_INFINITY;
      if (event.type === 'trouble-begun' && !isOpen) {
        spells.set(event.trouble, [...known, { from: event.at, to: Number.POSITIVE_INFINITY }]);
      } else if (event.type === 'trouble-ended' && isOpen) {
        spells.set(event.trouble, [...known.slice(0, -1), { from: last.from, to: event.at }]);
      }
    }
    return spells;
  });

/** When a trouble lasted, the first time first. */
export const spellsOf = (scene: Scene, trouble: TroubleName): readonly Spell[] =>
  allSpells(scene).get(trouble) ?? [];

/** Since when a trouble lasts; null where it does not. */
export const troubledSince = (scene: Scene, trouble: TroubleName, now: number): number | null =>
  spellsOf(scene, trouble).find(({ from, to }) => from <= now && now < to)?.from ?? null;

/** Whether a trouble lasts at a time. */
export const isTroubled = (scene: Scene, trouble: TroubleName, now: number): boolean =>
  troubledSince(scene, trouble, now) !== null;

/** Numbers of MSrepl_errors that no snapshot run has. */
const FIRST_ERROR_ID = 1_000_000;

/** The errors that troubles have agents report, numbered. */
export const troubleErrorsAt = (scene: Scene, now: number) =>
  Object.entries<AgentError | null>(TROUBLES).flatMap(([name, error], index) =>
    error !== null && isTroubled(scene, name as TroubleName, now)
      ? [{ ...error, id: FIRST_ERROR_ID + index, at: now, sourceName: scene.options.source.server }]
      : [],
  );

const STOPPED = 'The process was successfully stopped.';
const HIGH_LATENCY_MS = 45 * 60_000;

/** What troubles have an agent write last; null where none of them concerns it. */
const troubledRow = (scene: Scene, { role }: Agent, newest: AgentRow, now: number): AgentRow | null => {
  const error = troubleErrorsAt(scene, now).find((one) => one.role === role);
  if (error !== undefined) {
    const runStatus = error.worksOn === true ? 3 : 6;
    return { ...newest, at: now, runStatus, comment: error.text, errorId: error.id };
  }
  if (role === 'log-reader' && isTroubled(scene, 'log-reader-stops', now))
    return { ...newest, at: now, runStatus: 2, comment: STOPPED };
  if (role === 'distribution' && isTroubled(scene, 'latency-rises', now))
    return { ...newest, latencyMs: HIGH_LATENCY_MS };
  return null;
};

/** The agent as troubles have left it: failed with the error of its role, stopped, slow, silent or never begun. */
export const troubledAgent = (scene: Scene, agent: Agent, now: number): Agent => {
  if (agent.role === 'distribution' && isTroubled(scene, 'agent-never-ran', now))
    return { ...agent, rows: [] };
  const silentSince = troubledSince(scene, 'agents-fall-silent', now) ?? now;
  const rows = agent.rows.map((row) => ({ ...row, at: Math.min(row.at, silentSince) }));
  const newest = rows.at(-1);
  const row = newest === undefined ? null : troubledRow(scene, agent, newest, now);
  return row === null ? { ...agent, rows } : { ...agent, rows: [...rows, row] };
};
