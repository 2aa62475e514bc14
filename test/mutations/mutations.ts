import { COMMIT_MUTATIONS } from './list/commits.ts';
import { MESSAGE_MUTATIONS } from './list/messages.ts';
import { PROOF_MUTATIONS } from './list/proof.ts';
import { STEP_MUTATIONS } from './list/steps.ts';
import { TIME_MUTATIONS } from './list/time.ts';
import type { Mutation } from './mutation.ts';

/** Every deliberate defect that a check must catch. */
export const MUTATIONS: readonly Mutation[] = [
  ...COMMIT_MUTATIONS,
  ...MESSAGE_MUTATIONS,
  ...STEP_MUTATIONS,
  ...PROOF_MUTATIONS,
  ...TIME_MUTATIONS,
];
