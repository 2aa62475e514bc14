import type { StepDocument } from '../plan.ts';
import type { Variant } from './step-builders.ts';
import { stepsOfPhase } from './step-builders.ts';

const { task, approval, reading } = stepsOfPhase(1);

/** What must be true before anything is touched, and the decision to begin. */
export const prerequisites = ({ mode, source }: Variant): readonly StepDocument[] => [
  reading({
    kind: 'preflight',
    id: 'preflight',
    title: 'Check what the cutover stands on',
    after: [],
    owner: 'dba',
    planned: '1h',
    deadline: '14d',
    params: {
      checks: [
        'source-reachable',
        'sql-version',
        'replication-feature',
        'sql-agent-running',
        'mixed-authentication',
        'text-repl-size',
        'database-owner',
        'disk-space',
        'target-reachable',
        'sandbox-deployed',
        'production-deployed',
        'releases-equal',
        'target-is-not-production',
        'people-bound',
      ],
    },
    instruction: [
      'Nothing to press: the servers and environments are read until no item is red.',
      'For each red item the page says what was read, why it matters and how to mend it; mend it and wait for the next look.',
      'Some items cost days (disks, a SQL Server update, a production environment), so begin weeks ahead.',
    ],
  }),
  task({
    id: 'confirm-prerequisites',
    title: 'Confirm the prerequisites of the go-live',
    after: [],
    owner: 'cutover-manager',
    planned: '2h',
    deadline: '14d',
    confirm: [
      'Code upgrade and data upgrade are done in the sandbox and the functional test of them is passed.',
      'The sandbox is used for nothing but the data upgrade.',
      'The subscription estimator is active and the Test phase of the methodology is complete in Lifecycle Services.',
      'Production is deployed, and all updates and deployable packages are applied to it.',
      ...(mode === 'production'
        ? [
            'A mock cutover was completed and signed off.',
            'No code has changed since the mock cutover was signed off.',
          ]
        : ['Everybody knows that this is a mock: production users stay disabled at its end.']),
    ],
    instruction: [
      'Go through the list with the project team and look at each item in Lifecycle Services.',
      'Answer "pass" only when every line is true; answer "fail" with a note naming the line that is not.',
      'Nothing is read afterwards: your name stands for it in the report.',
    ],
  }),
  task({
    id: 'confirm-ax-checklist',
    title: 'Complete the pre-upgrade checklist in AX',
    after: [],
    owner: 'ax-admin',
    planned: '4h',
    deadline: '14d',
    confirm: [
      'The baseline version is validated.',
      'Model metadata and security role metadata are prepared.',
      'The user mapping is imported and its error file is empty.',
      'Retail salt data is archived, or retail is not used.',
    ],
    instruction: [
      'In AX open System administration > Setup > Checklists > "Dynamics 365 for Unified Operations data upgrade checklist".',
      'Work through every item, then answer "pass". Keep the error file of the user mapping with the evidence.',
    ],
  }),
  task({
    id: 'confirm-freezes',
    title: 'Freeze code and configuration',
    after: [],
    owner: 'functional-lead',
    planned: '1h',
    deadline: '14d',
    confirm: [
      'No AX code change is deployed from now on without the cutover manager.',
      'AX configuration is frozen by procedure and all key users are told.',
    ],
    instruction: [
      'Announce both freezes in writing and say to whom an exception must be brought.',
      'A change of AX code must be mirrored in the new system and may force another mock.',
    ],
  }),
  task({
    id: 'confirm-way-back',
    title: 'Prove that there is a way back',
    after: [],
    owner: 'dba',
    planned: '2h',
    deadline: '14d',
    confirm: [
      'There is disk space for a full backup of the AX business database with checksums.',
      'The time a restore takes is known from a trial, and written down.',
      source === 'live-ax'
        ? 'The list of all AOS hosts, including batch, is complete and stands in the bindings.'
        : 'The restored copy stands alone: no AOS and no integration is connected to it.',
    ],
    instruction: [
      'The backup made when AX is switched off is the only way back to AX 2012 once data has been lost.',
      'Restore a recent backup on a spare server and note how long it took; the latest time to turn back is computed from it.',
    ],
  }),
  approval({
    id: 'approve-start',
    title: mode === 'production' ? 'Approve the start of the go-live' : 'Approve the start of the mock',
    after: [
      'preflight',
      'confirm-prerequisites',
      'confirm-ax-checklist',
      'confirm-freezes',
      'confirm-way-back',
    ],
    owner: 'cutover-manager',
    planned: '4h',
    deadline: '7d',
    question: 'Are all prerequisites met, so that the preparation of the replication may begin?',
    approvers: ['business-owner', 'functional-lead', 'dba'],
    quorum: 2,
    instruction: [
      'Read the evidence of the prerequisites, the amber items above all, then approve or deny.',
      'Two of the approvers must agree; whoever started the cutover cannot vote.',
    ],
  }),
];
