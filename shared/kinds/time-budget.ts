import { CutoverError } from '../core/errors.ts';
import type { Sql } from './kind-ports.ts';

/** What a poll may take before it asks no further: a source that is slow is not asked for more. */
export const POLL_BUDGET_MS = 60_000;

/** Asks nothing more once the budget is spent: then each statement is C504, as if it had taken too long itself. */
export const withinBudget = (sql: Sql, elapsedMs: () => number): Sql => ({
  sourceOf: sql.sourceOf,
  query: (statement, parameters) =>
    elapsedMs() < POLL_BUDGET_MS
      ? sql.query(statement, parameters)
      : Promise.reject(
          new CutoverError(
            'C504',
            `the ${POLL_BUDGET_MS / 1_000} s of a poll were over before ${statement.name}`,
          ),
        ),
});
