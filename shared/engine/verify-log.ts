import { CutoverError } from '../core/errors.ts';
import type { CutoverState } from '../core/state.ts';
import type { CutoverStore, StoredHead } from './cutover-store.ts';
import { EVENTS_FROM, eventBatches, eventKey } from './event-rows.ts';
import { evidenceKey, readEvidenceRows } from './evidence-rows.ts';
import type { Log } from './log.ts';
import type { BadEntry, Intact, NamedDocument } from './log-chain.ts';
import { bad, follow, headFault, NOTHING, parsedKey } from './log-chain.ts';
import { planKey, readPlanRows } from './plan-rows.ts';
import type { Tables } from './ports.ts';

/** How much of a log is intact, from the first entry on, and what is not. */
export type Verification = Pick<Intact, 'entries' | 'lastHash'> & { readonly firstBad: BadEntry | null };

/**
 * Reads the whole log as it is stored and holds it against its own hashes and the head (I5), and each plan, each body of
 * evidence that the head names, and each document that an entry names against its hash. Throws C206 when there is no such
 * cutover, C401 when the storage does not answer, and C405 when a newer version wrote the head.
 */
export type VerifyLog = (cutoverId: string) => Promise<Verification>;

/** How far the log was followed, what stopped it, and which rows lie beyond the head. */
type Walk = {
  readonly intact: Intact;
  /** `page`: the storage holds something that cannot even be taken over, somewhere in the page read last. */
  readonly stop: BadEntry | 'page' | null;
  readonly beyond: readonly string[];
};

const isUnreadable = (error: unknown): boolean => error instanceof CutoverError && error.code === 'C404';

const numberOf = (row: string): number => parsedKey(row)?.number ?? 0;

/** Follows the log from where it is known to be intact up to the head, which ends with the entry `end`. */
const walk = async (
  tables: Tables,
  cutoverId: string,
  from: Intact,
  end: number,
  pageRows?: number,
): Promise<Walk> => {
  const start = from === NOTHING ? EVENTS_FROM : eventKey(from.entries + 1);
  const beyond: string[] = [];
  let intact = from;
  try {
    for await (const batch of eventBatches(tables, cutoverId, start, pageRows)) {
      const [{ row }] = batch;
      if (intact.entries >= end && numberOf(row) > end) {
        beyond.push(row);
        continue;
      }
      const next = follow(batch, intact);
      if ('fault' in next) return { intact, stop: next, beyond };
      intact = next;
    }
    return { intact, stop: null, beyond };
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return { intact, stop: 'page', beyond };
  }
};

/** Follows the whole log; where a page of rows cannot be taken over, row by row, which shows the one that cannot. */
const walkAll = async (tables: Tables, cutoverId: string, end: number): Promise<Walk> => {
  const byPage = await walk(tables, cutoverId, NOTHING, end);
  return byPage.stop === 'page' ? await walk(tables, cutoverId, byPage.intact, end, 1) : byPage;
};

const stopOf = ({ intact, stop }: Walk): BadEntry | null => {
  if (stop !== 'page') return stop;
  const entry = intact.entries + 1;
  const row = eventKey(entry);
  const message = `Entry ${entry} cannot be read: its row ${row} holds something that the app never writes.`;
  return bad(row, entry, 'unreadable', message);
};

/** See {@link VerifyLog}. */
export const makeVerifyLog = (parts: {
  readonly tables: Tables;
  readonly store: Pick<CutoverStore, 'readHead'>;
  readonly log: Log;
}): VerifyLog => {
  const { tables, store, log } = parts;

  const readHead = async (cutoverId: string): Promise<StoredHead | null | 'unreadable'> => {
    try {
      const head = await store.readHead(cutoverId);
      // A head that can be parsed may still have lost anything.
      const { state } = (head ?? {}) as { readonly state?: Partial<CutoverState> };
      return head === null || Number.isInteger(state?.events) ? head : 'unreadable';
    } catch (error) {
      if (isUnreadable(error)) return 'unreadable';
      throw error;
    }
  };

  /** A row beyond the head as it was before the log was read, and still beyond it now; others were committed meanwhile. */
  const surplus = async (cutoverId: string, beyond: readonly string[]): Promise<BadEntry | null> => {
    if (beyond.length === 0) return null;
    const end = (await store.readHead(cutoverId))?.state.events ?? 0;
    const row = beyond.find((one) => numberOf(one) > end);
    if (row === undefined) return null;
    return bad(
      row,
      numberOf(row),
      'unknown',
      `Nobody committed the row ${row}: the head ends with entry ${end}.`,
    );
  };

  /** What is wrong with the plans that attempts ran on or run on, and with the one that is proposed. */
  const planFault = async ({ id, plan, earlierPlans, proposal }: CutoverState): Promise<BadEntry | null> => {
    for (const ref of [...earlierPlans, plan, ...(proposal === null ? [] : [proposal.ref])]) {
      const row = planKey(ref);
      try {
        await readPlanRows(tables, id, ref);
      } catch (error) {
        if (isUnreadable(error)) {
          const message = `Revision ${ref.revision} of the plan cannot be read: its row ${row} is missing or damaged.`;
          return bad(row, null, 'unreadable', message);
        }
        if (!(error instanceof CutoverError) || error.code !== 'C407') throw error;
        const message = `Revision ${ref.revision} of the plan in the row ${row} is not the one that the log names.`;
        return bad(row, null, 'altered', message);
      }
    }
    return null;
  };

  /** What is wrong with what the gates of the steps looked at (I8), or with what people gave and drill-downs found. */
  const evidenceFault = async (
    { id, steps }: CutoverState,
    documents: readonly NamedDocument[],
  ): Promise<BadEntry | null> => {
    const ofSteps = Object.entries(steps).flatMap(([stepId, { evidence, wait }]) =>
      [evidence?.hash, wait?.evidenceHash].flatMap((hash) =>
        typeof hash === 'string' ? [{ what: `The evidence of ${stepId}`, hash }] : [],
      ),
    );
    for (const { what, hash } of [...ofSteps, ...documents]) {
      const row = evidenceKey(hash);
      try {
        if ((await readEvidenceRows(tables, id, hash)) !== null) continue;
        return bad(row, null, 'missing', `${what} is missing: there is no row ${row}.`);
      } catch (error) {
        if (!isUnreadable(error)) throw error;
        const message = `${what} in the row ${row} is not what the log names, or is damaged.`;
        return bad(row, null, 'altered', message);
      }
    }
    return null;
  };

  const findFirstBad = async (cutoverId: string): Promise<Verification> => {
    const head = await readHead(cutoverId);
    const end = head === null || head === 'unreadable' ? Infinity : head.state.events;
    const walked = await walkAll(tables, cutoverId, end);
    const { entries, lastHash } = walked.intact;
    const found = (firstBad: BadEntry | null): Verification => ({ entries, lastHash, firstBad });
    const stop = stopOf(walked);
    if (stop !== null) return found(stop);
    if (head === null && entries === 0) throw new CutoverError('C206', `cutover ${cutoverId}`);
    if (head === 'unreadable') {
      const message = `The head cannot be read; the log itself is intact up to its end, entry ${entries}.`;
      return found(bad('head', null, 'unreadable', message));
    }
    const fault = headFault(head, walked.intact) ?? (await surplus(cutoverId, walked.beyond));
    if (fault !== null || head === null) return found(fault);
    return found((await planFault(head.state)) ?? (await evidenceFault(head.state, walked.intact.documents)));
  };

  return async (cutoverId) => {
    const verification = await findFirstBad(cutoverId);
    const { firstBad } = verification;
    if (firstBad !== null) log.logNotIntact(cutoverId, firstBad.entry, firstBad.row, firstBad.fault);
    return verification;
  };
};
