import type { CutoverState, StepState, Vote } from '../../../shared/core/state.ts';
import { sha256 } from '../../../shared/engine/canonical.ts';
import type { Clients } from './clients.ts';
import { APPROVERS } from './kinds.ts';
import type { Outside } from './outside.ts';
import type { Chance } from './random.ts';
import type { OutsideInput } from './requests.ts';
import { inputIdOf } from './requests.ts';

type Asked<T = OutsideInput> = T extends { readonly id: string } ? Omit<T, 'id'> : never;

const OPERATOR = { id: 'o1', name: 'Olga' };
const OTHER_HASH = sha256('another evidence');
const OWNER = { id: 'o2', name: 'Omar' };

/** How people behave; changed when the faults stop: then they help and nothing else. */
export type Mood = { chaos: number; denies: number; aborts: number };

/** The people of a cutover: they answer what is asked, and while the mood lasts also what is not. */
export const makeOperators = (parts: {
  readonly chance: Chance;
  readonly clients: () => Clients;
  readonly outside: Outside;
  readonly mood: Mood;
  readonly isCommitted: (inputId: string) => boolean;
}) => {
  const { chance, clients, outside, mood, isCommitted } = parts;
  const sent: { cutoverId: string; input: OutsideInput }[] = [];

  const submit = (cutoverId: string, asked: Asked): void => {
    const input = { ...asked, id: inputIdOf(asked, `op-${sent.length + 1}`) } as OutsideInput;
    sent.push({ cutoverId, input });
    clients().submit(cutoverId, input);
    if (chance.happens(mood.chaos / 4)) clients().submit(cutoverId, input);
  };

  const claim = (stepId: string, attempt: number, result: 'pass' | 'fail'): Asked => ({
    type: 'complete',
    stepId,
    attempt,
    claim: { result, by: chance.pick([OPERATOR, OWNER]), note: '' },
    tokenHash: null,
  });

  const voteOf = (stepId: string, attempt: number, vote: Omit<Vote, 'at' | 'comment'>): Asked => ({
    type: 'vote',
    stepId,
    attempt,
    vote: { ...vote, comment: '' },
  });

  const answerWait = (cutoverId: string, stepId: string, step: StepState): void => {
    const { wait, attempt, effect } = step;
    if (wait === null) return;
    if (effect?.outcome === 'unknown') {
      const happened = outside.happened(cutoverId, stepId, attempt);
      submit(cutoverId, { type: 'answer-effect', stepId, attempt, happened, by: OPERATOR });
    }
    const isLost = wait.asks === 'automation' && effect?.outcome === 'accepted' && wait.claim === null;
    if (isLost && !outside.happened(cutoverId, stepId, attempt)) {
      // Somebody said that it had happened; whoever looks finds nothing that could still call back.
      submit(cutoverId, { type: 'give-up', stepId, by: OPERATOR, reason: 'nothing runs there' });
    }
    if (wait.asks === 'person' && wait.claim === null) {
      submit(cutoverId, claim(stepId, attempt, chance.happens(mood.denies) ? 'fail' : 'pass'));
    }
    if (wait.rule === null || wait.evidenceHash === null) return;
    const by = chance.pick(APPROVERS);
    const decision = chance.happens(mood.denies) ? 'deny' : 'approve';
    submit(cutoverId, voteOf(stepId, attempt, { decision, by, evidenceHash: wait.evidenceHash }));
  };

  const help = (cutoverId: string, state: CutoverState): void => {
    if (state.held && chance.happens(0.5)) submit(cutoverId, { type: 'resume', by: OPERATOR });
    for (const [stepId, step] of Object.entries(state.steps)) {
      if (!chance.happens(0.6)) continue;
      if (step.status === 'waiting') answerWait(cutoverId, stepId, step);
      if (step.stuck !== null)
        submit(cutoverId, {
          type: 'redrive',
          stepId,
          deadLetterId: step.stuck.deadLetterId,
          by: OPERATOR,
        });
      if (step.status !== 'failed' || step.retryAt !== null) continue;
      const type = chance.happens(0.3) ? 'skip' : 'retry';
      submit(cutoverId, { type, stepId, by: OPERATOR, reason: 'decided' });
    }
  };

  const meddle = (cutoverId: string, state: CutoverState): void => {
    const stepId = chance.pick(Object.keys(state.steps));
    const step = state.steps[stepId]!;
    const attempt = Math.max(1, step.attempt + chance.pick([-1, 0, 0, 0, 1]));
    const by = chance.pick([OPERATOR, OWNER, ...APPROVERS]);
    const evidenceHash = chance.happens(0.5) ? (step.wait?.evidenceHash ?? OTHER_HASH) : OTHER_HASH;
    const whims: readonly (() => Asked)[] = [
      () => ({ type: 'hold', by, reason: 'a whim' }),
      () => ({ type: 'hold', by, reason: 'a whim' }),
      () => ({ type: 'resume', by }),
      () => ({ type: 'retry', stepId, by, reason: 'a whim' }),
      () => ({ type: 'skip', stepId, by, reason: 'a whim' }),
      () => ({ type: 'redrive', stepId, deadLetterId: step.stuck?.deadLetterId ?? null, by }),
      () => ({ type: 'give-up', stepId, by, reason: 'a whim' }),
      () => ({ type: 'answer-effect', stepId, attempt, happened: chance.happens(0.5), by }),
      () => claim(stepId, attempt, 'pass'),
      () => claim(stepId, attempt, chance.happens(mood.denies) ? 'fail' : 'pass'),
      () => voteOf(stepId, attempt, { decision: chance.pick(['approve', 'deny']), by, evidenceHash }),
    ];
    submit(cutoverId, chance.pick(whims)());
  };

  const repeatOld = (): void => {
    const { cutoverId, input } = chance.pick(sent);
    if (!isCommitted(input.id) || chance.happens(0.5)) clients().submit(cutoverId, input);
    else if ('by' in input)
      clients().reuse(cutoverId, { id: input.id, type: 'hold', by: OPERATOR, reason: 'another intention' });
  };

  return {
    /** Somebody looks at the cutover and does something about it. */
    look: (cutoverId: string, state: CutoverState): void => {
      if (chance.happens(mood.chaos)) meddle(cutoverId, state);
      if (sent.length > 0 && chance.happens(mood.chaos / 4)) repeatOld();
      if (chance.happens(mood.aborts)) submit(cutoverId, { type: 'abort', by: OPERATOR, reason: 'enough' });
      help(cutoverId, state);
    },
  };
};
