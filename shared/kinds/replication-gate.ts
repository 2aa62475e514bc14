import { z } from 'zod';
import { replicationStatus } from '../contract/statements/distribution.ts';
import { postTracerToken } from '../contract/statements/tracer-token.ts';
import { CutoverError } from '../core/errors.ts';
import { MILESTONES } from '../core/plan.ts';
import { heldFor } from '../core/replication-conditions.ts';
import type { ReplicationReading } from '../core/replication.ts';
import { defineKind } from './kind.ts';
import type { EffectOutcome, StepContext } from './kind.ts';
import { publicationClass, publicationClassesSchema } from './publication-class.ts';
import { findDistributor } from './replication-reading.ts';
import { acceptsSchema, isAccessCode, isAccessRefused, isRead, READ, READ_OR_STATED } from './sources.ts';
import type { MaybeStated } from './stated.ts';
import { statedOf, statedReading, unaccepted } from './stated.ts';
import { statedReplication } from './stated-replication.ts';
import { done, errorOf, notYet, weakest } from './verdicts.ts';

const params = z.strictObject({
  goal: z.enum(['snapshot-delivered', 'caught-up', 'drained']),
  classes: publicationClassesSchema,
  polls: z.int().min(1).max(100).meta({ description: 'So many polls in a row must meet every condition.' }),
  tracer: z
    .boolean()
    .meta({ description: 'Posts a tracer token per transactional publication and awaits it.' }),
  after: z
    .enum(MILESTONES)
    .nullable()
    .meta({ description: 'Only readings taken after this milestone count.' }),
  accepts: acceptsSchema(READ_OR_STATED),
});
type Params = z.infer<typeof params>;
type Reading = {
  readonly after: number | null;
  readonly readings: readonly ReplicationReading[];
} & MaybeStated;

/** The instant only after which readings count; null while the milestone is not reached. */
const countsFrom = ({
  params: { after },
  state,
  step,
}: Pick<StepContext<Params>, 'params' | 'state' | 'step'>) => {
  const milestone = after === null ? 0 : state.milestones[after];
  return milestone === undefined ? null : Math.max(milestone, step.effect?.announcedAt ?? 0);
};

const postTokens = async ({
  ports,
  bindings,
  params: { classes },
}: StepContext<Params>): Promise<EffectOutcome> => {
  const { publisher } = await findDistributor(ports.sql, bindings.source);
  if (publisher === null) {
    return {
      outcome: 'refused',
      error: errorOf('C604', 'there is no distribution database on the source server'),
    };
  }
  const rows = await ports.sql.query(replicationStatus, publisher);
  const names = rows
    .filter(({ type, publication }) => type === 0 && classes.includes(publicationClass(publication)))
    .map(({ publication }) => publication);
  const posted: string[] = [];
  for (const publication of new Set(names)) {
    const [token] = await ports.sql.query(postTracerToken, { publication });
    posted.push(`${publication}:${token?.tracerId ?? '?'}`);
  }
  return { outcome: 'accepted', reference: posted.length === 0 ? null : posted.join(' ') };
};

const fire = async (context: StepContext<Params>): Promise<EffectOutcome> => {
  try {
    return await postTokens(context);
  } catch (error) {
    // People post the token where people look: a statement without one proves nothing.
    if (context.params.accepts?.includes('stated') && isAccessRefused(error)) {
      return { outcome: 'accepted', reference: null };
    }
    // Refused rights stay refused: without this the step would wait for a token that nobody posts.
    if (error instanceof CutoverError && (error.code === 'C503' || error.code === 'C502')) {
      return { outcome: 'refused', error: { code: error.code, message: error.message, next: error.next } };
    }
    throw error;
  }
};

/** Why people's looks stand in for the polls; null where polls are to be waited for, or nothing else is accepted. */
const whyStated = (context: StepContext<Params>, newest: ReplicationReading | undefined): string | null => {
  const { accepts } = context.params;
  if (accepts?.includes('stated') !== true) return null;
  const why = unaccepted(context, accepts, ['source', 'distribution']);
  if (why !== null) return why;
  const blind = newest?.blind ?? null;
  return blind !== null && isAccessCode(blind.code) ? blind.message : null;
};

/** Opens only on a row of good readings, all taken after the facts they prove (I8). */
export const replicationGate = defineKind<Params, Reading>({
  name: 'replication-gate',
  summary: 'Waits until replication has reached a goal, proven by several readings in a row.',
  params,
  asks: () => 'world',
  dataGate: true,
  rule: null,
  effect: {
    // A second token harms nobody: the newest one counts.
    repeatable: true,
    applies: ({ params: { tracer, accepts } }) => tracer && isRead(accepts ?? READ),
    fire,
    probe: () => Promise.resolve({ outcome: 'unknown' }),
  },
  accepts: ({ accepts }) => accepts ?? READ,
  // Every reading lets the gate look; this only recovers a look that was lost.
  pollEveryMs: 5 * 60_000,
  read: async (context) => {
    const after = countsFrom(context);
    const { polls } = context.params;
    const readings = after === null ? [] : await context.readings(after, polls);
    const why = after === null ? null : whyStated(context, readings.at(-1));
    if (why !== null) {
      const { said, provenance } = await statedOf(context, 'replication', why);
      return statedReading({ after, readings: statedReplication(said).slice(-polls) }, provenance);
    }
    return {
      source: weakest(readings.map(({ source }) => source)),
      takenAt: readings.at(-1)?.takenAt ?? context.now,
      body: { after, readings },
    };
  },
  judge: (
    { params: { goal, classes, polls, tracer, after: milestone }, step, now },
    { body: { after, readings } },
  ) => {
    if (after === null) {
      return notYet({
        code: 'milestone',
        message: `The milestone ${milestone ?? ''} is not reached, and only readings after it count`,
        who: 'cutover manager',
        next: `Complete the step that marks ${milestone ?? ''}.`,
      });
    }
    const tracerAfter = tracer ? after : null;
    const lacking = heldFor(readings, {
      goal,
      classes,
      tracerAfter,
      polls,
      after,
      now,
    });
    if (lacking.length > 0) return notYet(...lacking);
    const newest = readings.at(-1);
    if (newest === undefined || newest.takenAt < (step.wait?.openedAt ?? 0)) {
      return notYet({
        code: 'in-a-row',
        message: 'Replication has not been read since this gate was opened',
        who: 'nobody: it passes',
        next: 'Wait for the next poll of replication.',
      });
    }
    const scope = newest.publications.filter((publication) => classes.includes(publication.class)).length;
    return done(
      `${goal} in ${polls} poll(s) in a row, ${scope} publication(s)${tracer ? ', tracer tokens arrived' : ''}`,
    );
  },
});
