import { z } from 'zod';
import { NOBODY } from '../core/replication-agents.ts';
import type { KindVerdict } from './kind.ts';
import { defineKind } from './kind.ts';
import { acceptsSchema, isRead, READ, READ_OR_STATED } from './sources.ts';
import { done, notYet, weakest } from './verdicts.ts';

/** Ten days of polls a quarter of an hour apart. */
const MOST_READINGS = 1_000;

const params = z.strictObject({ accepts: acceptsSchema(READ_OR_STATED) });
type Params = z.infer<typeof params>;

/** Whether the app or a collector looks at all. */
const isWatched = ({ accepts }: Params): boolean => isRead(accepts ?? READ);

type Reading = {
  readonly removed: boolean;
  readonly readings: number;
  readonly blind: number;
  readonly worstPending: number | null;
};

/** Where only statements are accepted nothing polls: that is told once, and is no alarm. */
const watchedByPeople = (removed: boolean): KindVerdict =>
  removed
    ? done('people alone have watched replication: nothing of it was read')
    : notYet({
        code: 'watching-blind',
        message: 'The app does not look at replication: the plan accepts only what people state',
        who: NOBODY,
        next: 'Look at Replication Monitor every day; the gates say what is to be stated.',
      });

/** Watches replication from its set-up to its removal, so that trouble is seen while it is cheap. */
export const replicationWatch = defineKind<Params, Reading>({
  name: 'replication-watch',
  summary: 'Shows what replication lacks until the toolkit has removed it.',
  params,
  asks: () => 'world',
  dataGate: true,
  rule: null,
  effect: null,
  pollEveryMs: 15 * 60_000,
  read: async ({ state, step, readings, now, params: chosen }) => {
    const removed = state.milestones['replication-removed'] !== undefined;
    const seen = removed ? await readings(step.wait?.openedAt ?? 0, MOST_READINGS) : [];
    const pending = seen.flatMap(({ publications }) =>
      publications.flatMap(({ pendingCommands }) => pendingCommands ?? []),
    );
    return {
      source: isWatched(chosen) ? weakest(seen.map(({ source }) => source)) : 'stated',
      takenAt: now,
      body: {
        removed,
        readings: seen.length,
        blind: seen.filter(({ blind }) => blind !== null).length,
        worstPending: pending.length === 0 ? null : pending.reduce((worst, count) => Math.max(worst, count)),
      },
    };
  },
  judge: ({ state, params: chosen }, { body: { removed, readings, blind, worstPending } }) => {
    if (!isWatched(chosen)) return watchedByPeople(removed);
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
              who: NOBODY,
              next: 'Nothing to do.',
            },
          ]),
    );
  },
});
