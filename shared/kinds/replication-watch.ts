import { z } from 'zod';
import { defineKind } from './kind.ts';
import { done, notYet, weakest } from './verdicts.ts';

/** Ten days of polls a quarter of an hour apart. */
const MOST_READINGS = 1_000;

type Reading = {
  readonly removed: boolean;
  readonly readings: number;
  readonly blind: number;
  readonly worstPending: number | null;
};

/** Watches replication from its set-up to its removal, so that trouble is seen while it is cheap. */
export const replicationWatch = defineKind<Record<string, never>, Reading>({
  name: 'replication-watch',
  summary: 'Shows what replication lacks until the toolkit has removed it.',
  params: z.strictObject({}),
  asks: () => 'world',
  dataGate: true,
  rule: null,
  effect: null,
  pollEveryMs: 15 * 60_000,
  read: async ({ state, step, readings, now }) => {
    const removed = state.milestones['replication-removed'] !== undefined;
    const seen = removed ? await readings(step.wait?.openedAt ?? 0, MOST_READINGS) : [];
    const pending = seen.flatMap(({ publications }) =>
      publications.flatMap(({ pendingCommands }) => pendingCommands ?? []),
    );
    return {
      source: weakest(seen.map(({ source }) => source)),
      takenAt: now,
      body: {
        removed,
        readings: seen.length,
        blind: seen.filter(({ blind }) => blind !== null).length,
        worstPending: pending.length === 0 ? null : pending.reduce((worst, count) => Math.max(worst, count)),
      },
    };
  },
  judge: ({ state }, { body: { removed, readings, blind, worstPending } }) => {
    if (removed) {
      const worst = worstPending === null ? 'unknown' : worstPending.toLocaleString('en-US');
      return done(`${readings} reading(s), ${blind} of them blind, at worst ${worst} commands under way`);
    }
    const lacking = (state.replication?.unmet ?? []).map(({ code, message, who, next }) => ({
      code,
      message,
      who,
      next,
    }));
    return notYet(
      ...(lacking.length > 0
        ? lacking
        : [
            {
              code: 'watching',
              message: 'Replication is watched until it is removed',
              who: 'nobody: it passes',
              next: 'Nothing to do.',
            },
          ]),
    );
  },
});
