import type { Errand, Outcome } from '../shared/contract/collector.ts';
import type { SqlServer } from '../shared/contract/statement.ts';
import type { Sql } from '../shared/kinds/kind-ports.ts';
import { type AppClient, AppRefusal } from './app-client.ts';
import { runErrand } from './run-errand.ts';

/** As many statements at once as two servers have connections: the lanes of a counting, a poll and a gate on each. */
const MOST_AT_ONCE = 12;
const LONGEST_PAUSE_MS = 60_000;
/** An answer that did not arrive is sent again after so long each time; then nobody waits for it any more. */
const RESEND_AFTER_MS = [1_000, 3_000, 9_000] as const;
/** What is running when it is told to stop may end within so long. */
const LAST_WAIT_MS = 10_000;

/** What collecting needs. */
export type CollectParts = {
  readonly app: AppClient;
  readonly sql: Pick<Sql, 'query'>;
  readonly servers: readonly SqlServer[];
  readonly figures: ReadonlySet<string>;
  readonly everyMs: number;
  readonly now: () => number;
  /** Ends early, without an error, when the signal is aborted. */
  readonly pause: (ms: number, signal: AbortSignal | null) => Promise<void>;
  /** A line for whoever watches; never a value of a row or a secret. */
  readonly say: (line: string) => void;
  /** Aborted, it takes no further errand and ends. */
  readonly signal: AbortSignal;
};

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const saidOf = (outcome: Outcome): string =>
  'rows' in outcome ? `${outcome.rows.length} row(s)` : `${outcome.failed.code}: ${outcome.failed.message}`;

/** Asks the app for errands and answers them until it is told to stop. */
export const collect = async (parts: CollectParts): Promise<void> => {
  const { app, say, signal, everyMs } = parts;
  const running = new Set<Promise<void>>();

  const deliver = async (errand: Errand, outcome: Outcome): Promise<void> => {
    for (const [tries, waitMs] of [...RESEND_AFTER_MS, null].entries()) {
      try {
        await app.answer(errand.nonce, outcome);
        return;
      } catch (error) {
        // It may have arrived the time before, without its reply.
        if (error instanceof AppRefusal && error.status === 409 && tries > 0) return;
        if (error instanceof AppRefusal || waitMs === null) {
          say(`the answer to ${errand.statement} was not taken: ${wordsOf(error)}`);
          return;
        }
        await parts.pause(waitMs, null);
      }
    }
  };

  const serve = async (errand: Errand): Promise<void> => {
    const begunAt = parts.now();
    const outcome = await runErrand(errand, parts.sql, parts.figures);
    say(
      `${errand.statement} on the ${errand.server} server: ${saidOf(outcome)}, ${((parts.now() - begunAt) / 1_000).toFixed(1)} s`,
    );
    await deliver(errand, outcome);
  };

  const begin = (errand: Errand): void => {
    const run = serve(errand).finally(() => running.delete(run));
    running.add(run);
  };

  let trouble: string | null = null;
  let failures = 0;
  say(`reading for ${parts.servers.join(', ')}`);
  while (!signal.aborted) {
    try {
      for (const errand of await app.takeErrands(parts.servers, MOST_AT_ONCE - running.size)) begin(errand);
      if (trouble !== null) say('the app answers again');
      [trouble, failures] = [null, 0];
    } catch (error) {
      failures += 1;
      if (trouble !== wordsOf(error)) say(`the app cannot be asked: ${wordsOf(error)}`);
      trouble = wordsOf(error);
    }
    await parts.pause(Math.min(everyMs * 2 ** failures, LONGEST_PAUSE_MS), signal);
  }
  say(`stopping; ${running.size} statement(s) are still running`);
  await Promise.race([Promise.all(running), parts.pause(running.size === 0 ? 0 : LAST_WAIT_MS, null)]);
};
