import type { ProposalDifferenceView, ProposalView } from '../contract/revision.ts';
import { sameJson } from '../core/json.ts';
import type { Plan } from '../core/plan.ts';
import { expiryOf } from '../core/proposals.ts';
import type { CutoverState } from '../core/state.ts';
import { iso } from './instant.ts';

/** The open proposal as people see it, null where nothing is proposed. */
export const proposalOf = ({ proposal, plan }: CutoverState): ProposalView | null =>
  proposal && {
    hash: proposal.hash,
    revision: proposal.ref.revision,
    by: proposal.by.name,
    reason: proposal.reason,
    at: iso(proposal.at),
    expiresAt: iso(expiryOf(proposal)),
    changes: [...proposal.changes],
    changesProcedure: proposal.ref.procedureHash !== plan.procedureHash,
    done: proposal.done.map(({ stepId, doneAt, by, note, evidenceHash }) => ({
      stepId,
      doneAt: iso(doneAt),
      by: by.name,
      note,
      evidenceHash,
    })),
  };

type Side = Readonly<Record<string, unknown>>;

const onlyWhatDiffers = (side: Side, other: Side | undefined): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(side).filter(([field, value]) => other === undefined || !sameJson(value, other[field])),
  );

const differences = (
  before: readonly (Side & { readonly id: string })[],
  after: readonly (Side & { readonly id: string })[],
): ProposalDifferenceView['steps'] => {
  const [old, young] = [before, after].map((items) => new Map(items.map((item) => [item.id, item])));
  return [...new Set([...before, ...after].map(({ id }) => id))].flatMap((id) => {
    const [mine, theirs] = [old?.get(id), young?.get(id)];
    if (sameJson(mine, theirs)) return [];
    return [
      {
        id,
        before: mine === undefined ? null : onlyWhatDiffers(mine, theirs),
        after: theirs === undefined ? null : onlyWhatDiffers(theirs, mine),
      },
    ];
  });
};

/** The whole difference of two plans, field by field: of what is changed only what differs; durations are milliseconds. */
export const differenceOf = (
  before: Plan,
  after: Plan,
): Pick<ProposalDifferenceView, 'steps' | 'waysBack'> => ({
  steps: differences(before.steps, after.steps),
  waysBack: differences(before.rollbacks, after.rollbacks),
});
