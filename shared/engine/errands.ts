import type { Errand, Outcome } from '../contract/collector.ts';
import type { SqlServer } from '../contract/statement.ts';
import { STATEMENT_BY_NAME } from '../contract/statements/catalogue.ts';
import type { ErrorCode } from '../core/errors.ts';
import { CutoverError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import type { Log } from './log.ts';
import type { Clock, Row, Tables, Write } from './ports.ts';
import { StorageConflict } from './ports.ts';
import { packBody, spillKey, unpackBody } from './rows.ts';

/** What somebody wants to be run. */
export type Wish = {
  readonly server: SqlServer;
  readonly statement: string;
  readonly parameters: Json;
  /** From then on, in epoch milliseconds, nobody waits for it. */
  readonly until: number;
};

/** How an errand stands: not taken by a collector yet, taken since, ended, or gone without an answer. */
export type ErrandState =
  | { readonly is: 'open'; readonly takenAt: number | null }
  | { readonly is: 'answered'; readonly outcome: Outcome }
  | { readonly is: 'gone' };

/** A table and partition of fixed words: no cutover is meant, several may wait for the same server. */
const TABLE = 'lists';
const PARTITION = 'errand';
/** What was answered and never fetched is kept so long, then somebody crashed. */
const KEPT_MS = 10 * 60_000;
/** That a collector asks is noted so often: it asks more often than anybody needs to know. */
const NOTED_EVERY_MS = 5_000;
/** A clock that is further off is told of: signatures fail at five minutes. */
const CLOCK_OFF_MS = 30_000;

const openKey = (nonce: string): string => `open-${nonce}`;
const answerKey = (nonce: string): string => `answer-${nonce}`;
const heardKey = (server: SqlServer): string => `heard-${server}`;
const numberOf = (row: Row | null, name: string): number | null => {
  const value = row?.properties[name];
  return typeof value === 'number' ? value : null;
};
const errandOf = (row: Row): Errand => unpackBody([row], null) as Errand;

/** What is wrong with rows by the schema of their own statement, naming columns and never values; null if nothing is. */
const flawOf = ({ statement: name }: Errand, rows: readonly unknown[]): string | null => {
  const statement = STATEMENT_BY_NAME.get(name);
  if (statement === undefined) return `${name} is no statement of this version`;
  const columns = new Set<string>();
  for (const row of rows) {
    const parsed = statement.row.safeParse(row);
    for (const { path } of parsed.error?.issues ?? []) columns.add(path.join('.') || 'the row');
  }
  return columns.size === 0 ? null : `${name} on the ${statement.server} server: ${[...columns].join(', ')}`;
};

/**
 * Errands for the collectors: whoever wants a server read leaves one and looks for its answer; a collector takes what is
 * for its servers and answers under the nonce. An answer is taken once, while somebody waits for it, in the transaction
 * that removes the errand; it is never used for anything but the reading that asked (I8).
 */
export const makeErrands = (parts: {
  readonly tables: Tables;
  /** The true time, whatever the clock of the cutover does. */
  readonly clock: Clock;
  readonly token: () => string;
  readonly log: Pick<Log, 'collectorClockWrong'>;
}) => {
  const { tables, clock } = parts;
  const transact = (writes: readonly Write[]) => tables.transact(TABLE, PARTITION, writes);
  const removeAll = (rows: readonly { readonly row: string }[]) =>
    transact(rows.map(({ row }): Write => ({ op: 'remove', row, etag: '*' })));
  /** Another process may have been faster: then there is nothing left to do. */
  const unlessGone = async (act: () => Promise<void>): Promise<boolean> => {
    try {
      await act();
      return true;
    } catch (error) {
      if (error instanceof StorageConflict) return false;
      throw error;
    }
  };
  const answerRows = (nonce: string) =>
    tables.range(TABLE, PARTITION, answerKey(nonce), `${answerKey(nonce)}/`);
  let sweptAt = 0;
  const noted = new Map<SqlServer, number>();

  /** Removes what whoever asked left behind when it ended in the middle. */
  const sweep = async (now: number): Promise<void> => {
    if (now - sweptAt < KEPT_MS) return;
    sweptAt = now;
    const left = await tables.range(TABLE, PARTITION, 'answer-', 'answer.');
    for (const row of left) {
      if ((numberOf(row, 'until') ?? 0) + KEPT_MS < now) await unlessGone(() => removeAll([row]));
    }
  };

  /** Marks errands as taken, all at once where nobody is faster; gives those that are this collector's now. */
  const mark = async (rows: readonly Row[], now: number): Promise<readonly Errand[]> => {
    const takenOf = ({ row, etag, properties }: Row): Write => ({
      op: 'replace',
      row,
      etag,
      properties: { ...properties, takenAt: now },
    });
    if (rows.length === 0) return [];
    if (await unlessGone(() => transact(rows.map(takenOf)))) return rows.map(errandOf);
    if (rows.length === 1) return [];
    const each: Errand[] = [];
    for (const row of rows) each.push(...(await mark([row], now)));
    return each;
  };

  /** The open errand of a nonce. Throws C219 and C220. */
  const openOf = async (nonce: string): Promise<{ readonly errand: Errand; readonly until: number }> => {
    const row = await tables.get(TABLE, PARTITION, openKey(nonce));
    const until = numberOf(row, 'until') ?? 0;
    if (row !== null && until >= clock.now()) return { errand: errandOf(row), until };
    if (row === null && (await answerRows(nonce)).length > 0) throw new CutoverError('C220', nonce);
    throw new CutoverError('C219', nonce);
  };

  const settle = async (nonce: string, until: number, outcome: Outcome): Promise<void> => {
    const rows = packBody(outcome, nonce).map((properties, index): Write => ({
      op: 'insert',
      row: spillKey(answerKey(nonce), index),
      properties: { ...properties, until },
    }));
    const settled = await unlessGone(() =>
      transact([{ op: 'remove', row: openKey(nonce), etag: '*' }, ...rows]),
    );
    if (!settled) throw new CutoverError((await answerRows(nonce)).length > 0 ? 'C220' : 'C219', nonce);
  };

  return {
    /** When a collector of this server last asked what to do; null if none ever did. */
    heardAt: async (server: SqlServer): Promise<number | null> =>
      numberOf(await tables.get(TABLE, PARTITION, heardKey(server)), 'at'),

    /** Leaves an errand and gives its nonce. */
    leave: async ({ until, ...wish }: Wish): Promise<string> => {
      const nonce = parts.token().slice(0, 32);
      const [properties, ...more] = packBody({ nonce, ...wish }, nonce);
      if (properties === undefined || more.length > 0) {
        throw new CutoverError('C403', `the parameters of ${wish.statement} are too large`);
      }
      await transact([{ op: 'insert', row: openKey(nonce), properties: { ...properties, until } }]);
      return nonce;
    },

    /** How an errand stands; an answer is given out once. */
    look: async (nonce: string): Promise<ErrandState> => {
      const row = await tables.get(TABLE, PARTITION, openKey(nonce));
      if (row !== null) return { is: 'open', takenAt: numberOf(row, 'takenAt') };
      const rows = await answerRows(nonce);
      if (rows.length === 0) return { is: 'gone' };
      await unlessGone(() => removeAll(rows));
      return { is: 'answered', outcome: unpackBody(rows, null) as Outcome };
    },

    /** Waits no longer. False when the answer came in this moment. */
    drop: (nonce: string): Promise<boolean> => unlessGone(() => removeAll([{ row: openKey(nonce) }])),

    /** Hands out what a collector of these servers may begin, each errand once. */
    take: async (servers: readonly SqlServer[], room: number): Promise<readonly Errand[]> => {
      const now = clock.now();
      const unnoted = servers.filter((server) => now - (noted.get(server) ?? 0) >= NOTED_EVERY_MS);
      if (unnoted.length > 0) {
        await transact(
          unnoted.map((server): Write => ({ op: 'upsert', row: heardKey(server), properties: { at: now } })),
        );
        for (const server of unnoted) noted.set(server, now);
      }
      await sweep(now);
      const wanted: Row[] = [];
      for (const row of await tables.range(TABLE, PARTITION, 'open-', 'open.')) {
        if ((numberOf(row, 'until') ?? 0) < now) {
          await unlessGone(() => removeAll([row]));
          continue;
        }
        if (wanted.length >= room || numberOf(row, 'takenAt') !== null) continue;
        if (servers.includes(errandOf(row).server)) wanted.push(row);
      }
      return await mark(wanted, now);
    },

    /**
     * Takes the answer to an errand. Throws C219 where nobody waits for it, C220 where it has one already, and C201 for
     * rows that are not those of its statement: then the errand has failed with C505.
     */
    answer: async (nonce: string, serverTime: number, outcome: Outcome): Promise<void> => {
      const { errand, until } = await openOf(nonce);
      const aheadMs = serverTime - clock.now();
      if (Math.abs(aheadMs) > CLOCK_OFF_MS) parts.log.collectorClockWrong(errand.server, aheadMs);
      const flaw = 'rows' in outcome ? flawOf(errand, outcome.rows) : null;
      if (flaw === null) {
        await settle(nonce, until, outcome);
        return;
      }
      await settle(nonce, until, { failed: { code: 'C505', message: flaw.slice(0, 500) } });
      throw new CutoverError('C201', flaw, { problems: [flaw] });
    },
  };
};

/** See {@link makeErrands}. */
export type Errands = ReturnType<typeof makeErrands>;

/** An error of an errand as its asker throws it. */
export const errorOfErrand = ({ failed }: Extract<Outcome, { readonly failed: unknown }>): CutoverError =>
  new CutoverError(failed.code satisfies ErrorCode, failed.message);
