import type { Wait } from './state.ts';

const count = (wait: Wait, decision: 'approve' | 'deny'): number =>
  wait.votes.filter((vote) => vote.decision === decision).length;

/** Whether enough distinct people approved the evidence now asked about. */
export const isApproved = (wait: Wait): boolean =>
  wait.rule !== null && count(wait, 'approve') >= wait.rule.quorum;

/** Whether enough people denied to end it. */
export const isDenied = (wait: Wait): boolean =>
  wait.rule !== null && count(wait, 'deny') >= wait.rule.denials;
