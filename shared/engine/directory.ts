import type { CutoverState } from '../core/state.ts';
import type { Row, Tables } from './ports.ts';
import { StorageConflict } from './ports.ts';
import { packBody, schemaOf, unpackBody } from './rows.ts';
import { SCHEMA, upcast } from './upcast.ts';

/** A line of the list of cutovers; it may lag behind the head and is repaired by the watchdog. */
export type ListLine = {
  readonly id: string;
  readonly title: string;
  readonly mode: CutoverState['mode'];
  readonly status: CutoverState['status'];
  readonly held: boolean;
  readonly startedAt: number;
  readonly endedAt: number | null;
};

/** A page of the list, newest first. */
export type ListPage = { readonly lines: readonly ListLine[]; readonly next: string | null };

/** A cutover under watch. */
export type Watched = { readonly cutoverId: string; readonly announcedAt: number };

/** Which cutovers there are, and which of them are not over. */
export type Directory = {
  /** Makes the cutover findable before its first commit, so that a crash between the two loses nothing. */
  readonly announce: (cutoverId: string, at: number) => Promise<void>;
  /** Brings the list up to date with a head this process has just written; a slower process may undo it. */
  readonly follow: (state: CutoverState) => Promise<void>;
  /** Reads the list and brings it up to date with a head. */
  readonly repair: (state: CutoverState) => Promise<void>;
  /** Ends the watch over a cutover, unless it was announced anew. */
  readonly forget: (watched: Watched) => Promise<void>;
  readonly active: () => Promise<readonly Watched[]>;
  readonly list: (limit: number, token: string | null) => Promise<ListPage>;
};

const PARTITION = 'cutover';
/** Newest first: keys grow with the age of the start. */
const listKey = (state: CutoverState): string =>
  `${String(10 ** 14 - state.startedAt).padStart(15, '0')}-${state.id}`;

const toLine = (row: Row): ListLine => {
  if (row.properties.json !== undefined) return unpackBody([row], 'line') as ListLine;
  // Before a title could hold anything, each field was a property of its own.
  const p = upcast('line', row.properties, schemaOf(row));
  return {
    id: String(p.id),
    title: String(p.title),
    mode: p.mode as ListLine['mode'],
    status: p.status as ListLine['status'],
    held: p.held === true,
    startedAt: Number(p.startedAt),
    endedAt: p.endedAt === undefined ? null : Number(p.endedAt),
  };
};

const lineOf = ({ id, title, mode, status, held, startedAt, endedAt }: CutoverState): Row['properties'] => {
  const line: ListLine = { id, title, mode, status, held: held !== null, startedAt, endedAt };
  const [properties = {}] = packBody(line, id);
  return properties;
};

/** The directory over Table Storage. */
export const makeDirectory = (tables: Tables): Directory => {
  /** What this process last wrote of a cutover, so that most commits cost no write here. */
  const written = new Map<string, string>();

  const write = async (state: CutoverState): Promise<void> => {
    const line = lineOf(state);
    await tables.transact('lists', PARTITION, [{ op: 'upsert', row: listKey(state), properties: line }]);
    if (written.size >= 1000) written.clear();
    written.set(state.id, JSON.stringify(line));
  };

  return {
    announce: async (cutoverId, at) => {
      const properties = { schema: SCHEMA, announcedAt: String(at) };
      await tables.transact('active', PARTITION, [{ op: 'upsert', row: cutoverId, properties }]);
    },
    follow: async (state) => {
      if (written.get(state.id) !== JSON.stringify(lineOf(state))) await write(state);
    },
    repair: async (state) => {
      const row = await tables.get('lists', PARTITION, listKey(state));
      const isRight = Object.entries(lineOf(state)).every(([name, value]) => row?.properties[name] === value);
      if (!isRight) await write(state);
    },
    forget: async ({ cutoverId, announcedAt }) => {
      const row = await tables.get('active', PARTITION, cutoverId);
      if (row?.properties.announcedAt !== String(announcedAt)) return;
      try {
        await tables.transact('active', PARTITION, [{ op: 'remove', row: cutoverId, etag: row.etag }]);
      } catch (error) {
        // Another process was faster, or the cutover is being started anew.
        if (!(error instanceof StorageConflict)) throw error;
      }
    },
    active: async () => {
      // Rows of any version: who acts on one reads the head first, and says so when that is newer than this code.
      const rows = await tables.range('active', PARTITION, '', '~');
      return rows.map(({ row, properties }) => ({
        cutoverId: row,
        announcedAt: Number(properties.announcedAt),
      }));
    },
    list: async (limit, token) => {
      const page = await tables.page('lists', PARTITION, { from: '', to: '~', limit, token });
      return { lines: page.rows.map(toLine), next: page.next };
    },
  };
};
