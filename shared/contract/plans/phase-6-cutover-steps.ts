import type { StepDocument } from '../plan.ts';
import { stepsOfPhase } from './step-builders.ts';

const { task, toolkit, approval, reading } = stepsOfPhase(6);

const lastTables = (): readonly StepDocument[] => [
  toolkit({
    id: 'publish-non-keyed-tables',
    title: 'Toolkit 7: Publish the tables without a primary key',
    after: ['replication-drained'],
    owner: 'dba',
    planned: '2h',
    deadline: '8h',
    entry: 7,
    expects: [{ is: 'publications', class: 'non-keyed', present: true }],
    instruction: [
      'Choose menu entry 7: it publishes the tables without a primary key and those that were locked during entry 5.',
      'Wait until the report rs shows DataReplicationStatus as completed.',
      'Read afterwards: the publication AX_PUB_NoPKTable exists; whether its data has arrived is the next gate.',
    ],
  }),
  task({
    id: 'start-special-snapshots',
    title: 'Start the snapshots of the special tables',
    after: ['replication-drained'],
    owner: 'dba',
    planned: '2h',
    deadline: '8h',
    required: false,
    confirm: [
      'The Distribution Agent of each publication of special tables reports "Delivered snapshot from …".',
    ],
    instruction: [
      'In Replication Monitor start the snapshot of each publication of special tables, one after the other.',
      'If SpecialTables.xml does not exist, skip this step and write that as the reason.',
    ],
  }),
  reading({
    kind: 'validate-counts',
    id: 'count-keyed-tables',
    title: 'Compare the tables with a primary key exactly',
    after: ['replication-drained'],
    owner: 'dba',
    planned: '1h 30min',
    deadline: '8h',
    params: { classes: ['keyed'] },
    instruction: [
      'Nothing to press: both sides are counted exactly while the last tables are copied.',
      'If tables differ they are named here: republish them with the toolkit (dv offers it), then retry this step to count again.',
    ],
  }),
  reading({
    kind: 'replication-gate',
    id: 'replication-drained-again',
    title: 'The last tables have arrived',
    after: ['publish-non-keyed-tables', 'start-special-snapshots'],
    owner: 'dba',
    planned: '15min',
    deadline: '8h',
    onDeadline: 'hold',
    params: {
      goal: 'drained',
      classes: ['keyed', 'non-keyed', 'locked', 'special'],
      polls: 2,
      tracer: false,
      after: 'tracer-posted',
    },
    instruction: [
      'Nothing to press: the gate opens when two looks in a row find every snapshot delivered and nothing pending.',
      'The last publications only deliver a snapshot, so no tracer token is posted.',
    ],
  }),
];

const proof = (): readonly StepDocument[] => [
  task({
    id: 'report-toolkit-counts',
    title: 'Run the toolkit report dv',
    after: ['replication-drained-again'],
    owner: 'dba',
    planned: '30min',
    deadline: '6h',
    confirm: [
      'The report dv was run after entry 7 and output/PostValidationInfo.csv is stored with the evidence.',
    ],
    instruction: [
      'Type dv at the prompt of the toolkit. It offers to publish mismatched tables again: say yes only after telling the cutover manager.',
      'It is the second witness: upload it as toolkit-counts while the exact counts wait or go on. A table that the two count differently keeps their gate shut.',
    ],
  }),
  reading({
    kind: 'validate-counts',
    id: 'validate-counts',
    title: 'Compare the last tables exactly',
    after: ['replication-drained-again'],
    owner: 'dba',
    planned: '30min',
    deadline: '8h',
    params: { classes: ['non-keyed', 'locked', 'special'] },
    instruction: [
      'Nothing to press: both sides are counted exactly.',
      'If tables differ they are named here: republish them with the toolkit (dv offers it), then retry this step to count again.',
    ],
  }),
  approval({
    id: 'approve-removal',
    title: 'Approve the removal of replication',
    after: [
      'count-keyed-tables',
      'validate-counts',
      'report-toolkit-counts',
      'baseline',
      'verify-backup',
      'record-finance-figures',
    ],
    owner: 'cutover-manager',
    planned: '30min',
    deadline: '4h',
    question: 'Is all data in the target, so that replication may be removed?',
    approvers: ['dba', 'functional-lead', 'business-owner'],
    quorum: 2,
    instruction: [
      'Read the exact counts, the baseline and the backup. Removing replication destroys its history, and starting it again costs days.',
      'Until here the way back is cheap: reset replication and start AX.',
    ],
  }),
];

const removal = (): readonly StepDocument[] => [
  toolkit({
    id: 'remove-replication',
    title: 'Toolkit 8: Remove the replication setup',
    after: ['approve-removal'],
    owner: 'dba',
    planned: '30min',
    deadline: '4h',
    marks: 'replication-removed',
    entry: 8,
    expects: [{ is: 'distribution-database', present: false }],
    instruction: [
      'Choose menu entry 8: it deletes the publications, the distribution database and the snapshots.',
      'An exception about xp_cmdshell while it deletes the snapshot folder may be ignored; delete the folder by hand.',
      'Read afterwards: the distribution database is gone.',
    ],
  }),
  toolkit({
    id: 'mark-replicated',
    title: 'Toolkit 9: Update the environment state to Replicated',
    after: ['remove-replication'],
    owner: 'dba',
    planned: '10min',
    deadline: '2h',
    entry: 9,
    expects: [{ is: 'lcs-state', state: 'Replication completed' }],
    instruction: [
      'Choose menu entry 9.',
      'Read afterwards: Lifecycle Services shows the sandbox as Replication completed.',
    ],
  }),
];

/** The toolkit's cutover entries between two proofs. */
export const cutoverSteps = (): readonly StepDocument[] => [...lastTables(), ...proof(), ...removal()];
