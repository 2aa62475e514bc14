import type { Vote, Wait } from './state.ts';

/** The wait with this vote: the last word of each person stands until the gate closes. */
export const withVote = (wait: Wait, vote: Vote): Wait => ({
  ...wait,
  votes: [...wait.votes.filter(({ by }) => by.id !== vote.by.id), vote],
});

const count = (wait: Wait, decision: 'approve' | 'deny'): number =>
  wait.votes.filter((vote) => vote.decision === decision).length;

/** Whether enough distinct people approved the evidence now asked about. */
export const isApproved = (wait: Wait): boolean =>
  wait.rule !== null && count(wait, 'approve') >= wait.rule.quorum;

/** Whether enough people denied to end it. */
export const isDenied = (wait: Wait): boolean =>
  wait.rule !== null && count(wait, 'deny') >= wait.rule.denials;
