import type { Plan } from '../../../shared/core/plan.ts';
import type { CutoverState, Proposal, StepState } from '../../../shared/core/state.ts';
import type { Clients } from './clients.ts';
import { APPROVERS } from './kinds.ts';
import type { Asked, Mood } from './meddlers.ts';
import { claimOf, makeMeddlers, voteOf } from './meddlers.ts';
import { HOLDER } from './holder.ts';
import { REVISING } from './revisions.ts';
import type { Outside } from './outside.ts';
import type { Chance } from './random.ts';
import type { SqlServers } from './sql-servers.ts';

const OPERATOR = { id: 'o1', name: 'Olga' };
const OWNER = { id: 'o2', name: 'Omar' };
const CLAIMANTS = [OPERATOR, OWNER];

/** Something somebody means to do once, as soon as the cutover is so. */
export type Deed = {
  readonly when: (state: CutoverState) => boolean;
  readonly does: (state: CutoverState, plan: Plan) => readonly Asked[];
};

/** The people of a cutover: they answer what is asked, do what they mean to, and while the mood lasts also what nobody asked for. */
export const makeOperators = (parts: {
  readonly chance: Chance;
  readonly clients: () => Clients;
  readonly outside: Outside;
  readonly servers: SqlServers;
  readonly mood: Mood;
  readonly isCommitted: (inputId: string) => boolean;
  readonly planOf: (cutoverId: string) => Plan;
  readonly formerIdsOf: (cutoverId: string) => readonly string[];
  readonly deeds: readonly Deed[];
}) => {
  const { chance, outside, servers, mood } = parts;
  const { submit, whim, leave } = makeMeddlers({
    ...parts,
    claimants: CLAIMANTS,
    approvers: APPROVERS,
    revising: REVISING,
  });
  let intended = [...parts.deeds];

  const answerDoubt = (cutoverId: string, stepId: string, { effect, attempt }: StepState): void => {
    if (effect?.outcome !== 'unknown') return;
    const happened = outside.happened(cutoverId, stepId, attempt);
    submit(cutoverId, { type: 'answer-effect', stepId, attempt, happened, by: OPERATOR });
  };

  const answerWait = (cutoverId: string, stepId: string, step: StepState): void => {
    const { wait, attempt, effect } = step;
    if (wait === null) return;
    answerDoubt(cutoverId, stepId, step);
    const isLost = wait.asks === 'automation' && effect?.outcome === 'accepted' && wait.claim === null;
    if (isLost && !outside.happened(cutoverId, stepId, attempt)) {
      // Somebody said that it had happened; whoever looks finds nothing that could still call back.
      submit(cutoverId, { type: 'give-up', stepId, by: OPERATOR, reason: 'nothing runs there' });
    }
    if (wait.asks === 'person' && wait.claim?.result !== 'pass') {
      const result = chance.happens(mood.denies) ? 'fail' : 'pass';
      submit(cutoverId, claimOf(stepId, attempt, result, chance.pick(CLAIMANTS)));
    }
    if (wait.rule === null || wait.evidenceHash === null) return;
    const by = chance.pick(APPROVERS);
    const decision = chance.happens(mood.denies) ? 'deny' : 'approve';
    submit(cutoverId, voteOf(stepId, attempt, { decision, by, evidenceHash: wait.evidenceHash }));
  };

  const decideProposal = (cutoverId: string, { hash, by }: Proposal): void => {
    const decision = chance.happens(mood.denies) ? 'reject' : 'approve';
    const other = by.id === OPERATOR.id ? OWNER : OPERATOR;
    submit(cutoverId, { type: 'decide-revision', hash, decision, by: other, comment: 'decided' });
  };

  const help = (cutoverId: string, state: CutoverState): void => {
    // Whoever holds between two messages lets it go on herself.
    if (state.held && state.held.by.id !== HOLDER.id && chance.happens(0.5))
      submit(cutoverId, { type: 'resume', by: OPERATOR });
    if (state.proposal && chance.happens(0.5)) decideProposal(cutoverId, state.proposal);
    for (const [stepId, step] of Object.entries(state.steps)) {
      if (!chance.happens(0.6)) continue;
      const { status, stuck, retryAt, unmet } = step;
      // The token of a gate counts as old when the server's clock has been set meanwhile: then the DBA is asked for one.
      if (unmet.some(({ code, who }) => code.startsWith('tracer:') && who === 'DBA')) servers.postTokens();
      if (status === 'waiting') answerWait(cutoverId, stepId, step);
      if (stuck !== null) {
        const { deadLetterId } = stuck;
        submit(cutoverId, { type: 'redrive', stepId, deadLetterId, by: OPERATOR });
      }
      if (status !== 'failed' || retryAt !== null) continue;
      answerDoubt(cutoverId, stepId, step);
      const type = chance.happens(0.3) ? 'skip' : 'retry';
      submit(cutoverId, { type, stepId, by: chance.pick(CLAIMANTS), reason: 'decided' });
    }
  };

  return {
    /** Somebody looks at the cutover and does something about it. */
    look: (cutoverId: string, state: CutoverState): void => {
      const due = intended.filter(({ when }) => when(state));
      intended = intended.filter((deed) => !due.includes(deed));
      const plan = parts.planOf(cutoverId);
      for (const asked of due.flatMap(({ does }) => does(state, plan))) submit(cutoverId, asked);
      whim(cutoverId, state);
      if (due.length === 0) help(cutoverId, state);
    },
    leave,
  };
};
