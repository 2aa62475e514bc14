import type { StepDocument } from '../plan.ts';
import { stepsOfPhase } from './step-builders.ts';

const { task, approval, watchedTask } = stepsOfPhase(10);

const goLive = (): readonly StepDocument[] => [
  approval({
    id: 'approve-go-live',
    title: 'Approve the go-live',
    after: [
      'smoke-test',
      'reconcile-production',
      'migrate-attachments',
      'configure-isv-solutions',
      'configure-integrations',
    ],
    owner: 'cutover-manager',
    planned: '1h',
    deadline: '6h',
    onDeadline: 'hold',
    question: 'May users and integrations work in production?',
    approvers: ['business-owner', 'finance-lead', 'functional-lead'],
    quorum: 2,
    instruction: [
      'Second go or no-go. Until here AX can be started again without losing anything; after the first business write it cannot.',
      'Read the open findings: a blocking one stops a critical process and has no workaround.',
    ],
  }),
  task({
    id: 'pass-point-of-no-return',
    title: 'Declare the point of no return',
    after: ['approve-go-live'],
    owner: 'business-owner',
    planned: '5min',
    deadline: '2h',
    marks: 'point-of-no-return',
    confirm: ['From now on business data is written in production and messages leave it.'],
    instruction: [
      'Your name is recorded with this sentence. From here a way back to AX 2012 loses what is done in the new system.',
    ],
  }),
];

const opening = (): readonly StepDocument[] => [
  task({
    id: 'start-batch',
    title: 'Start batch jobs one by one',
    after: ['pass-point-of-no-return'],
    owner: 'platform-engineer',
    planned: '1h',
    deadline: '6h',
    confirm: [
      'Each batch job that is needed was set from Withhold to Waiting by its owner, and its first run was looked at.',
    ],
    instruction: [
      'Use the list written when batch was stopped. Begin with what nothing depends on; leave on Withhold what nobody owns.',
    ],
  }),
  task({
    id: 'start-integrations',
    title: 'Start integrations one by one',
    after: ['pass-point-of-no-return'],
    owner: 'integration-owner',
    planned: '1h 30min',
    deadline: '8h',
    confirm: [
      'Each integration was started with its owner, and its first message was looked at on both sides.',
    ],
    instruction: [
      'Outbound first messages one at a time, then inbound. What was listed as left in the queues is sent again now.',
    ],
  }),
  watchedTask({
    kind: 'open-access',
    id: 'open-first-wave',
    title: 'Let the first wave in',
    after: ['start-batch'],
    owner: 'platform-engineer',
    planned: '1h',
    deadline: '6h',
    marks: 'access-opened',
    params: { wave: 'first', companies: ['usmf'], check: null },
    instruction: [
      'Enable the users of these companies under System administration > Users (in bulk with the Excel add-in), then tell them.',
      'The companies are an example: begin with the one that can bear trouble best.',
    ],
  }),
  watchedTask({
    kind: 'open-access',
    id: 'open-remaining-waves',
    title: 'Let everybody else in',
    after: ['open-first-wave', 'start-integrations'],
    owner: 'platform-engineer',
    planned: '2h',
    deadline: '12h',
    params: { wave: 'remaining', companies: ['demf', 'dkmf', 'semf'], check: null },
    instruction: [
      'Wait until the first wave has worked for an hour without a blocking finding, then enable the rest and announce it.',
      'One step per wave: copy this step for more waves.',
    ],
  }),
];

const afterwards = (): readonly StepDocument[] => [
  task({
    id: 'watch-first-days',
    title: 'Watch the first two days',
    after: ['open-remaining-waves'],
    owner: 'cutover-manager',
    planned: '2d',
    deadline: '4d',
    confirm: [
      'Batch, integrations and performance were looked at twice a day until day +2.',
      'Open findings have owners and dates.',
    ],
    instruction: [
      'Keep the sandbox untouched until day +7: it still holds the upgraded database.',
      'Nobody starts AX for writing; read-only access is arranged with the AX administrator.',
    ],
  }),
  task({
    id: 'close-down',
    title: 'Close down',
    after: ['watch-first-days'],
    owner: 'platform-engineer',
    planned: '2h',
    deadline: '5d',
    confirm: [
      'Logins, grants and secrets made for the cutover are revoked, the sysadmin login of the toolkit above all.',
      'xp_cmdshell is switched off again on the source server.',
      'The report and the evidence are exported and stored.',
    ],
    instruction: ['Revoke first, export second, then end the duty roster and thank everybody.'],
  }),
];

/** From the second decision to a closed-down cutover. */
export const open = (): readonly StepDocument[] => [...goLive(), ...opening(), ...afterwards()];
