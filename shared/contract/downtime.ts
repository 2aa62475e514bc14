import { z } from 'zod';
import { parseDuration } from '../core/duration.ts';
import type { Promised } from '../core/last-safe-abort.ts';
import type { Plan } from '../core/plan.ts';
import { isZone } from '../core/quiet-hours.ts';
import { inZone } from '../core/zoned.ts';
import { durationSchema } from './plan.ts';
import type { Problem } from './problem.ts';

const zoneSchema = z
  .string()
  .refine(isZone, { error: 'is not a time zone such as Europe/Copenhagen' })
  .meta({ description: 'Times are shown in it as well; everything is computed in UTC.' });

const instantSchema = z.iso.datetime({ offset: true }).meta({
  description:
    'ISO 8601 with its offset, as 2026-11-22T18:00:00+01:00: an hour that a change of the clocks repeats or skips is then no question.',
});

const stepIdSchema = z.string().max(64);

/** The downtime as the business was promised it. */
export const downtimeSchema = z
  .strictObject({
    endsAt: instantSchema.meta({
      description: 'When business must be possible again, in whichever system; with its offset.',
    }),
    zone: zoneSchema,
    endsWith: stepIdSchema.optional().meta({
      description:
        'The step that ends the downtime; if left out, the one that marks access-opened, or the last of a plan that opens none.',
    }),
    waves: z
      .array(
        z.strictObject({
          step: stepIdSchema.meta({ description: 'The step that lets the wave in.' }),
          opensAt: instantSchema,
          zone: zoneSchema.optional().meta({ description: 'If left out, that of the downtime.' }),
        }),
      )
      .max(50)
      .optional(),
    margin: durationSchema.optional().meta({
      description: 'Kept between the end of a way back and the time AX is needed; none if left out.',
    }),
    waysBack: z
      .array(
        z.strictObject({
          id: stepIdSchema.meta({ description: 'A way back of the plan that leads to AX 2012.' }),
          estimate: z
            .strictObject({ takes: durationSchema, by: z.string().min(1).max(200) })
            .optional()
            .meta({ description: 'How long it takes by whose estimate, where no rehearsal tells more.' }),
        }),
      )
      .max(20)
      .optional()
      .meta({ description: 'Without any, nobody can say until when the cutover may be given up.' }),
  })
  .meta({ description: 'What the forecast is held against; absent where nothing was promised.' });

/** See {@link downtimeSchema}. */
export type Downtime = z.infer<typeof downtimeSchema>;

const isStep = (plan: Plan, stepId: string): boolean => plan.steps.some(({ id }) => id === stepId);

/** The clocks of the zone must show what is written, lest it is an hour off after the clocks were changed. */
const wrongOffset = (path: string, written: string, zone: string): readonly Problem[] => {
  const shown = inZone(zone, Date.parse(written));
  if (written.endsWith('Z') || written.slice(-6) === shown.slice(-6)) return [];
  const message = `the clocks of ${zone} do not show ${written} then, but ${shown}`;
  return [{ path, message }];
};

/** What is wrong with a downtime beyond its form: times of no clock, steps and ways back that the plan does not have. */
export const downtimeProblems = (
  { endsAt, zone, endsWith, waves = [], waysBack = [] }: Downtime,
  plan: Plan | null,
): readonly Problem[] => {
  const steps = [
    ...(endsWith === undefined ? [] : [{ path: 'downtime.endsWith', id: endsWith }]),
    ...waves.map(({ step }, index) => ({ path: `downtime.waves[${index}].step`, id: step })),
  ];
  const ids = new Set(plan?.rollbacks.map(({ id }) => id));
  return [
    ...wrongOffset('downtime.endsAt', endsAt, zone),
    ...waves.flatMap(({ opensAt, zone: own = zone }, index) =>
      wrongOffset(`downtime.waves[${index}].opensAt`, opensAt, own),
    ),
    ...steps
      .filter(({ id }) => plan !== null && !isStep(plan, id))
      .map(({ path, id }) => ({ path, message: `the plan has no step "${id}"` })),
    ...waysBack.flatMap(({ id }, index) =>
      plan === null || ids.has(id)
        ? []
        : [{ path: `downtime.waysBack[${index}].id`, message: `the plan has no way back "${id}"` }],
    ),
  ];
};

/** A downtime as it is reckoned with. */
export const promisedBy = ({ endsAt, margin, waves = [], waysBack = [] }: Downtime): Promised => ({
  endsAt: Date.parse(endsAt),
  marginMs: margin === undefined ? 0 : (parseDuration(margin) ?? 0),
  waves: waves.map(({ step, opensAt }) => ({ stepId: step, opensAt: Date.parse(opensAt) })),
  waysBack: waysBack.map(({ id, estimate }) => ({
    id,
    estimate:
      estimate === undefined ? null : { takesMs: parseDuration(estimate.takes) ?? 0, by: estimate.by },
  })),
});
