import {
  approvalBodySchema,
  completionBodySchema,
  effectBodySchema,
  emptyBodySchema,
  reasonBodySchema,
  reportBodySchema,
  voteBodySchema,
} from './http.ts';
import { ANSWERS } from './replies.ts';
import { callback, control, keyed, ofAttempt, ofStep, post } from './route.ts';

/** What people and machines can do to a step. */
export const STEP_ROUTES = {
  'retry-step': post(
    'cutovers/{cutoverId}/steps/{stepId}/retry',
    'Try a failed step again',
    keyed,
    ofStep,
    reasonBodySchema,
  ),
  'skip-step': post(
    'cutovers/{cutoverId}/steps/{stepId}/skip',
    'Pass an optional step with a waiver; a data gate needs two people',
    keyed,
    ofStep,
    reasonBodySchema,
  ),
  'give-up-step': post(
    'cutovers/{cutoverId}/steps/{stepId}/give-up',
    'End an attempt nobody will answer any more as failed',
    keyed,
    ofStep,
    reasonBodySchema,
  ),
  'answer-effect': post(
    'cutovers/{cutoverId}/steps/{stepId}/effect',
    'Answer "did it happen?"',
    keyed,
    ofStep,
    effectBodySchema,
  ),
  'redrive-step': post(
    'cutovers/{cutoverId}/steps/{stepId}/redrive',
    'Dispatch a step in hand once more',
    control,
    ofStep,
    emptyBodySchema,
  ),
  'report-step': post(
    'cutovers/{cutoverId}/steps/{stepId}/attempts/{attempt}/report',
    'Report what became of a step, as whoever is signed in: a claim, read before it counts',
    { ...keyed, replies: ANSWERS },
    ofAttempt,
    reportBodySchema,
  ),
  vote: post(
    'cutovers/{cutoverId}/steps/{stepId}/attempts/{attempt}/vote',
    'Approve or deny on the evidence named, as whoever is signed in',
    { ...keyed, caller: 'approver', replies: ANSWERS },
    ofAttempt,
    voteBodySchema,
  ),
  'complete-step': post(
    'callbacks/completions/{cutoverId}/{stepId}/{attempt}',
    'Report what became of a step: a claim, read before it counts',
    callback,
    ofAttempt,
    completionBodySchema,
  ),
  'decide-approval': post(
    'callbacks/approvals/{cutoverId}/{stepId}/{attempt}',
    'Approve or deny on the evidence named',
    callback,
    ofAttempt,
    approvalBodySchema,
  ),
} as const;
