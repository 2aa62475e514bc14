import type { InputOf } from '../../../shared/core/inputs.ts';
import type { Plan } from '../../../shared/core/plan.ts';
import type { Actor, CutoverState, StepState, Vote } from '../../../shared/core/state.ts';
import { sha256 } from '../../../shared/engine/canonical.ts';
import type { Clients } from './clients.ts';
import type { Chance } from './random.ts';
import type { Revising } from './revisions.ts';
import type { OutsideInput } from './requests.ts';
import { inputIdOf } from './requests.ts';

/** What somebody asks of a cutover, before it has the id of a request. */
export type Asked<T = OutsideInput> = T extends { readonly id: string } ? Omit<T, 'id'> : never;

/** How people behave; changed when the faults stop: then they help and nothing else. */
export type Mood = { chaos: number; denies: number; aborts: number };

/** Somebody says of an attempt what became of it. */
export const claimOf = (
  stepId: string,
  attempt: number,
  result: 'pass' | 'fail' | 'not-tested',
  by: Actor,
): Asked => ({ type: 'complete', stepId, attempt, claim: { result, by, note: '' }, tokenHash: null });

/** Somebody votes on an evidence. */
export const voteOf = (stepId: string, attempt: number, vote: Omit<Vote, 'at' | 'comment'>): Asked => ({
  type: 'vote',
  stepId,
  attempt,
  vote: { ...vote, comment: '' },
});

/** What a whim is about: somebody, and a step or whole cutover they come across. */
type Occasion = {
  readonly chance: Chance;
  readonly by: Actor;
  readonly plan: Plan;
  readonly state: CutoverState;
  readonly stepId: string;
  readonly step: StepState;
  readonly attempt: number;
  readonly denies: number;
  /** An id that no step has had, and those of steps that were removed. */
  readonly newId: string;
  readonly formerIds: readonly string[];
  readonly revising: Revising;
};

const REASON = 'a whim';
const OTHER_HASH = sha256('another evidence');

const rollback = ({ chance, by, plan }: Occasion): Omit<InputOf<'rollback'>, 'id'> => {
  const way = plan.rollbacks[chance.below(plan.rollbacks.length)];
  const statement = chance.happens(0.8) ? (way?.dataLossStatement ?? null) : 'whatever';
  return { type: 'rollback', rollbackId: way?.id ?? 'none', by, reason: REASON, statement };
};

const propose = ({ chance, by, plan, state, newId, revising }: Occasion): Asked => ({
  type: 'propose-revision',
  plan: chance.happens(0.8) ? revising.draw(chance, plan, state, newId) : plan,
  done: revising.done(chance, plan, state),
  by,
  reason: REASON,
});

/** Somebody wants to give another step the id of one that was removed. */
const reuseId = (occasion: Occasion): Asked => {
  const { chance, by, plan, state, formerIds, revising } = occasion;
  if (formerIds.length === 0) return propose(occasion);
  const changed = revising.adding(chance, plan, state, chance.pick(formerIds));
  return { type: 'propose-revision', plan: changed, done: [], by, reason: REASON };
};

const decide = ({ chance, by, state: { proposal }, denies }: Occasion): Asked => ({
  type: 'decide-revision',
  hash: proposal !== null && chance.happens(0.9) ? proposal.hash : OTHER_HASH,
  decision: chance.happens(denies) ? 'reject' : 'approve',
  by,
  comment: REASON,
});

/** Everything people can do, whether it is the time for it or not; a new input is a new line. */
const WHIMS: readonly ((occasion: Occasion) => Asked)[] = [
  ({ by }) => ({ type: 'hold', by, reason: REASON }),
  ({ by }) => ({ type: 'hold', by, reason: REASON }),
  ({ by }) => ({ type: 'resume', by }),
  ({ by, stepId }) => ({ type: 'retry', stepId, by, reason: REASON }),
  ({ by, stepId }) => ({ type: 'skip', stepId, by, reason: REASON }),
  ({ by, stepId }) => ({ type: 'give-up', stepId, by, reason: REASON }),
  ({ by, stepId, step }) => ({
    type: 'redrive',
    stepId,
    deadLetterId: step.stuck?.deadLetterId ?? null,
    by,
  }),
  ({ by, stepId, attempt, chance }) => ({
    type: 'answer-effect',
    stepId,
    attempt,
    happened: chance.happens(0.5),
    by,
  }),
  ({ by, state, stepId }) => ({
    type: 'upload',
    document: {
      kind: 'statement',
      stepId,
      takenAt: state.lastCommitAt,
      text: REASON,
      waives: [],
      reading: null,
    },
    by,
  }),
  ({ by, state: { uploads = [] }, chance }) => ({
    type: 'confirm-upload',
    hash: chance.pick([OTHER_HASH, ...uploads.map(({ hash }) => hash)]),
    by,
    comment: '',
  }),
  ({ by }) => ({ type: 'drill-down', table: 'dbo.TABLE1', by }),
  propose,
  reuseId,
  decide,
  ({ by, stepId, attempt }) => claimOf(stepId, attempt, 'pass', by),
  ({ by, stepId, attempt, chance, denies }) =>
    claimOf(stepId, attempt, chance.happens(denies) ? 'fail' : chance.pick(['pass', 'not-tested']), by),
  ({ by, stepId, step, attempt, chance }) =>
    voteOf(stepId, attempt, {
      decision: chance.pick(['approve', 'deny']),
      by,
      evidenceHash: chance.happens(0.5) ? (step.wait?.evidenceHash ?? OTHER_HASH) : OTHER_HASH,
    }),
];

/** What is done seldom, because it changes the cutover for good. */
const GRAVE: readonly ((occasion: Occasion) => Asked)[] = [
  rollback,
  ({ by, state }) => ({
    type: 'pass-point-of-no-return',
    happenedAt: state.lastCommitAt,
    by,
    reason: REASON,
  }),
];

/** The requests of people, and while the mood lasts also those nobody asked for. */
export const makeMeddlers = (parts: {
  readonly chance: Chance;
  readonly clients: () => Clients;
  readonly mood: Mood;
  readonly isCommitted: (inputId: string) => boolean;
  readonly planOf: (cutoverId: string) => Plan;
  readonly formerIdsOf: (cutoverId: string) => readonly string[];
  readonly claimants: readonly Actor[];
  readonly approvers: readonly Actor[];
  readonly revising: Revising;
}) => {
  const { chance, clients, mood, isCommitted, planOf, formerIdsOf, claimants, approvers, revising } = parts;
  const [operator] = claimants as readonly [Actor, ...Actor[]];
  const sent: { cutoverId: string; input: OutsideInput }[] = [];

  const send = (cutoverId: string, asked: Asked): OutsideInput => {
    const input = { ...asked, id: inputIdOf(asked, `op-${sent.length + 1}`) } as OutsideInput;
    sent.push({ cutoverId, input });
    clients().submit(cutoverId, input);
    return input;
  };

  const submit = (cutoverId: string, asked: Asked): void => {
    const input = send(cutoverId, asked);
    // Whoever clicks twice sends the same key again; whoever loads the page in between, another one.
    if (chance.happens(mood.chaos / 4)) clients().submit(cutoverId, input);
    if (chance.happens(mood.chaos / 8)) send(cutoverId, asked);
  };

  const occasionOf = (cutoverId: string, state: CutoverState): Occasion => {
    const stepId = chance.pick(Object.keys(state.steps));
    const step = state.steps[stepId]!;
    const attempt = Math.max(1, step.attempt + chance.pick([-1, 0, 0, 0, 1]));
    const by = chance.pick([...claimants, ...approvers]);
    const newId = `n${sent.length}`;
    const formerIds = formerIdsOf(cutoverId);
    const plan = planOf(cutoverId);
    return {
      chance,
      by,
      plan,
      state,
      stepId,
      step,
      attempt,
      denies: mood.denies,
      newId,
      formerIds,
      revising,
    };
  };

  const meddle = (cutoverId: string, state: CutoverState): void => {
    const occasion = occasionOf(cutoverId, state);
    const whim = chance.pick(chance.happens(0.04) ? GRAVE : WHIMS);
    submit(cutoverId, whim(occasion));
  };

  /** Somebody decides otherwise just when a request is about to leave. */
  const interject = (cutoverId: string, state: CutoverState): void => {
    const leaving = Object.entries(state.steps).find(([, { effect }]) => effect?.outcome === 'open');
    if (leaving === undefined || !chance.happens(mood.chaos / 4)) return;
    const [stepId] = leaving;
    const decision: Asked = chance.pick([
      { type: 'hold', by: operator, reason: REASON },
      { type: 'give-up', stepId, by: operator, reason: REASON },
    ]);
    submit(cutoverId, decision);
  };

  const repeatOld = (): void => {
    const { cutoverId, input } = chance.pick(sent);
    if (!isCommitted(input.id) || chance.happens(0.5)) clients().submit(cutoverId, input);
    else if ('by' in input)
      clients().reuse(cutoverId, { id: input.id, type: 'hold', by: operator, reason: 'another intention' });
  };

  return {
    submit,
    /** Whoever goes away for long leaves something behind that somebody would have to end. */
    leave: (cutoverId: string, state: CutoverState): void => {
      const occasion = occasionOf(cutoverId, state);
      submit(cutoverId, propose(occasion));
      if (chance.happens(0.7)) submit(cutoverId, { type: 'hold', by: occasion.by, reason: REASON });
    },
    /** While the mood lasts, somebody does what nobody asked for. */
    whim: (cutoverId: string, state: CutoverState): void => {
      interject(cutoverId, state);
      if (chance.happens(mood.chaos)) meddle(cutoverId, state);
      if (sent.length > 0 && chance.happens(mood.chaos / 4)) repeatOld();
      if (chance.happens(mood.aborts)) submit(cutoverId, { type: 'abort', by: operator, reason: 'enough' });
    },
  };
};
