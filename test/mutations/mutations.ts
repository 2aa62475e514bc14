import { COLLECTOR_MUTATIONS } from './list/collector.ts';
import { COMMIT_MUTATIONS } from './list/commits.ts';
import { COUNT_MUTATIONS } from './list/counts.ts';
import { COUNTING_MUTATIONS } from './list/counting.ts';
import { DECISION_MUTATIONS } from './list/decisions.ts';
import { DRILL_MUTATIONS } from './list/drill.ts';
import { EVENTS_OUT_MUTATIONS } from './list/events-out.ts';
import { LETTER_MUTATIONS } from './list/letters.ts';
import { MESSAGE_MUTATIONS } from './list/messages.ts';
import { PROOF_MUTATIONS } from './list/proof.ts';
import { RECONCILE_MUTATIONS } from './list/reconcile.ts';
import { REVISION_MUTATIONS } from './list/revisions.ts';
import { ROW_MUTATIONS } from './list/rows.ts';
import { STATED_MUTATIONS } from './list/stated.ts';
import { STEP_MUTATIONS } from './list/steps.ts';
import { TIME_MUTATIONS } from './list/time.ts';
import { OUTLOOK_MUTATIONS } from './list/outlook.ts';
import { UPGRADE_MUTATIONS } from './list/upgrade.ts';
import type { Mutation } from './mutation.ts';

/** Every deliberate defect that a check must catch. */
export const MUTATIONS: readonly Mutation[] = [
  ...COMMIT_MUTATIONS,
  ...MESSAGE_MUTATIONS,
  ...LETTER_MUTATIONS,
  ...STEP_MUTATIONS,
  ...PROOF_MUTATIONS,
  ...TIME_MUTATIONS,
  ...OUTLOOK_MUTATIONS,
  ...UPGRADE_MUTATIONS,
  ...DECISION_MUTATIONS,
  ...REVISION_MUTATIONS,
  ...ROW_MUTATIONS,
  ...COUNT_MUTATIONS,
  ...COUNTING_MUTATIONS,
  ...DRILL_MUTATIONS,
  ...RECONCILE_MUTATIONS,
  ...COLLECTOR_MUTATIONS,
  ...EVENTS_OUT_MUTATIONS,
  ...STATED_MUTATIONS,
];
