import type { Json } from '../core/json.ts';
import type { EffectOutcome, KindEffect, StepContext } from './kind.ts';
import { errorOf } from './verdicts.ts';

type WithAutomation = { readonly automation: string | null };

const LONGEST_ANSWER = 200;

/** After a time-out it may have arrived; a conflict may be one with the very task, taken from an earlier request. */
const MAY_BE_RUNNING: ReadonlySet<number> = new Set([408, 409]);

/** Only an answer that says "I did not take it" is a refusal: after anything else it may be running (I10). */
const isRefusal = (status: number): boolean => status >= 400 && status < 500 && !MAY_BE_RUNNING.has(status);

const call = async <Params extends WithAutomation>(
  context: StepContext<Params>,
  name: string,
  task: Readonly<Record<string, Json>>,
  token: string,
): Promise<EffectOutcome> => {
  const { bindings, cutoverId, planned, step, callbackUrl, ports } = context;
  const endpoint = bindings.automations[name];
  if (endpoint === undefined) return { outcome: 'refused', error: errorOf('C102', `automations.${name}`) };
  const { status, body } = await ports.automation.call(endpoint, {
    ...task,
    cutoverId,
    stepId: planned.id,
    attempt: step.attempt,
    callback: callbackUrl,
    token,
  });
  if (status >= 200 && status < 300) return { outcome: 'accepted', reference: null };
  if (!isRefusal(status)) return { outcome: 'unknown' };
  const answer = (token === '' ? body : body.replaceAll(token, '…')).slice(0, LONGEST_ANSWER);
  return { outcome: 'refused', error: errorOf('C803', `${name} answered ${status} ${answer}`.trim()) };
};

/**
 * Hands the step to an automation, once per attempt; it reports back with the token. An automation cannot be asked
 * whether it got the request, so a person answers after a crash.
 */
export const automationEffect = <Params extends WithAutomation>(
  task: (context: StepContext<Params>) => Readonly<Record<string, Json>>,
): KindEffect<Params> => ({
  repeatable: false,
  applies: ({ params }) => params.automation !== null,
  fire: (context, token) =>
    context.params.automation === null
      ? Promise.resolve({ outcome: 'accepted', reference: null })
      : call(context, context.params.automation, task(context), token),
  probe: () => Promise.resolve({ outcome: 'unknown' }),
});

/** Whom a step asks that an automation may do. */
export const asksAutomation = ({ automation }: WithAutomation): 'automation' | 'person' =>
  automation === null ? 'person' : 'automation';
