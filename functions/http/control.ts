import { REQUEST } from '../../shared/engine/advance.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { headOf } from './cutovers.ts';
import { replyOf } from './problem.ts';
import type { Handlers } from './register.ts';

type Names =
  | 'hold-cutover'
  | 'resume-cutover'
  | 'abort-cutover'
  | 'retry-step'
  | 'skip-step'
  | 'give-up-step'
  | 'roll-back-cutover'
  | 'pass-point-of-no-return'
  | 'answer-effect'
  | 'redrive-step';

/** What the cutover manager can do to a running cutover. */
export const controlHandlers = ({ advance, ...engine }: Engine): Pick<Handlers, Names> => ({
  'hold-cutover': async ({ params, body, by, key }) =>
    replyOf(
      await advance(params.cutoverId, { id: `${REQUEST}${key}`, type: 'hold', by, reason: body.reason }),
    ),
  'resume-cutover': async ({ params, by, key }) =>
    replyOf(await advance(params.cutoverId, { id: `${REQUEST}${key}`, type: 'resume', by })),
  'abort-cutover': async ({ params, body, by, key }) =>
    replyOf(
      await advance(params.cutoverId, { id: `${REQUEST}${key}`, type: 'abort', by, reason: body.reason }),
    ),
  'retry-step': async ({ params: { cutoverId, stepId }, body, by, key }) =>
    replyOf(
      await advance(cutoverId, { id: `${REQUEST}${key}`, type: 'retry', stepId, by, reason: body.reason }),
    ),
  'skip-step': async ({ params: { cutoverId, stepId }, body, by, key }) =>
    replyOf(
      await advance(cutoverId, { id: `${REQUEST}${key}`, type: 'skip', stepId, by, reason: body.reason }),
    ),
  'give-up-step': async ({ params: { cutoverId, stepId }, body, by, key }) =>
    replyOf(
      await advance(cutoverId, { id: `${REQUEST}${key}`, type: 'give-up', stepId, by, reason: body.reason }),
    ),
  'roll-back-cutover': async ({ params, body, by, key }) =>
    replyOf(await advance(params.cutoverId, { id: `${REQUEST}${key}`, type: 'rollback', by, ...body })),
  'pass-point-of-no-return': async ({ params, body, by, key }) =>
    replyOf(
      await advance(params.cutoverId, {
        id: `${REQUEST}${key}`,
        type: 'pass-point-of-no-return',
        by,
        reason: body.reason,
        happenedAt: Date.parse(body.happenedAt),
      }),
    ),
  'answer-effect': async ({ params: { cutoverId, stepId }, body, by, key }) => {
    const { state } = await headOf({ advance, ...engine }, cutoverId);
    const { happened, attempt = state.steps[stepId]?.attempt ?? 1 } = body;
    return replyOf(
      await advance(cutoverId, {
        id: `${REQUEST}${key}`,
        type: 'answer-effect',
        stepId,
        attempt,
        happened,
        by,
        ...(body.attempt === undefined ? {} : { isNamed: true }),
      }),
    );
  },
  'redrive-step': async ({ params: { cutoverId, stepId }, by, key }) =>
    replyOf(
      await advance(cutoverId, { id: `${REQUEST}${key}`, type: 'redrive', stepId, deadLetterId: null, by }),
    ),
});
