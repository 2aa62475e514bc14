import type { SqlServer, Statement } from '../contract/statement.ts';
import { CutoverError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import type { Sql } from '../kinds/kind-ports.ts';
import type { Errands } from './errands.ts';
import { errorOfErrand } from './errands.ts';
import type { Clock } from './ports.ts';

/** A collector that has not asked for so long is not running. */
const SILENT_AFTER_MS = 60_000;
/** One that runs takes an errand within so long, unless it has its hands full. */
const TAKEN_WITHIN_MS = 30_000;
/** What an answer may take on its way beyond the limit of the statement. */
const ON_THE_WAY_MS = 15_000;
/** The first look for an answer comes soon, later ones more rarely. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

/** What asking a collector needs. */
export type CollectedSqlParts = {
  readonly errands: Pick<Errands, 'heardAt' | 'leave' | 'look' | 'drop'>;
  /** The true time, whatever the clock of the cutover does. */
  readonly clock: Clock;
  readonly pause: (ms: number) => Promise<void>;
};

/**
 * The `Sql` port over a collector: leaves an errand and waits for its answer, as long as the statement may take. So a
 * pushed reading is as fresh as a pulled one, was taken after the question, and is judged by the same rules. Throws C506
 * where no collector takes it, C504 where its answer does not come, and what the collector says.
 */
export const makeCollectedSql = ({ errands, clock, pause }: CollectedSqlParts): Sql => {
  const silent = async (server: SqlServer): Promise<CutoverError> => {
    const heardAt = await errands.heardAt(server);
    const since =
      heardAt === null
        ? 'none has ever asked what to read'
        : `it was last heard from at ${new Date(heardAt).toISOString()}`;
    return new CutoverError('C506', `the collector of the ${server} server: ${since}`);
  };

  /** Gives up an errand that takes too long; null when its answer came in this moment. */
  const givenUp = async (nonce: string, error: () => Promise<CutoverError>): Promise<CutoverError | null> =>
    (await errands.drop(nonce)) ? await error() : null;

  const parsed = <Row>(
    { name, server, row: schema }: Pick<Statement<never, Row>, 'name' | 'server' | 'row'>,
    rows: readonly unknown[],
  ): readonly Row[] =>
    rows.map((row) => {
      const read = schema.safeParse(row);
      if (read.success) return read.data;
      throw new CutoverError('C505', `${name} on the ${server} server`);
    });

  const query: Sql['query'] = async (statement, parameters) => {
    const { name, server, timeoutMs } = statement;
    const heardAt = await errands.heardAt(server);
    const askedAt = clock.now();
    if (heardAt === null || askedAt - heardAt > SILENT_AFTER_MS) throw await silent(server);
    const nonce = await errands.leave({
      server,
      statement: name,
      // A table or publisher at hand may know more of itself than the statement asks.
      parameters: statement.parameters.parse(parameters) as Json,
      until: askedAt + TAKEN_WITHIN_MS + timeoutMs + ON_THE_WAY_MS,
    });
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.25, LONGEST_PAUSE_MS)) {
      await pause(pauseMs);
      const state = await errands.look(nonce);
      if (state.is === 'gone') throw await silent(server);
      if (state.is === 'answered') {
        if ('failed' in state.outcome) throw errorOfErrand(state.outcome);
        return parsed(statement, state.outcome.rows);
      }
      const { takenAt } = state;
      const now = clock.now();
      let error: CutoverError | null = null;
      if (takenAt === null && now - askedAt > TAKEN_WITHIN_MS) {
        error = await givenUp(nonce, () => silent(server));
      } else if (takenAt !== null && now - takenAt > timeoutMs + ON_THE_WAY_MS) {
        const late = `${name} on the ${server} server, limit ${timeoutMs / 1000} s, by its collector`;
        error = await givenUp(nonce, () => Promise.resolve(new CutoverError('C504', late)));
      }
      if (error !== null) throw error;
    }
  };

  return { sourceOf: () => 'pushed', query };
};

/** Asks each server by the way that is set up for it. */
export const sqlByServer = (pulled: Sql, pushed: Sql, collected: ReadonlySet<SqlServer>): Sql => {
  const of = (server: SqlServer): Sql => (collected.has(server) ? pushed : pulled);
  return {
    sourceOf: (server) => of(server).sourceOf(server),
    query: (statement, parameters) => of(statement.server).query(statement, parameters),
  };
};
