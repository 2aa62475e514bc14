import type { StepDocument } from '../plan.ts';
import { stepsOfPhase } from './step-builders.ts';

const { task, toolkit, reading } = stepsOfPhase(3);

/** As many keyed publications as `NumberOfPublishers` of the toolkit says. */
const PUBLISHERS = 4;

const snapshotId = (number: number): string => `start-snapshot-${number}`;

const startSnapshot = (number: number): StepDocument =>
  task({
    id: snapshotId(number),
    title: `Start the snapshot of keyed publication ${number}`,
    after: [number === 1 ? 'publish-keyed-tables' : snapshotId(number - 1)],
    owner: 'dba',
    planned: '4h',
    deadline: '1d',
    confirm: [`The Distribution Agent of AX_PUB_PkTable_[${number}] reports "Delivered snapshot from …".`],
    instruction: [
      `In Replication Monitor choose publication AX_PUB_PkTable_[${number}] > Agents > Snapshot Agent > Start agent.`,
      'One snapshot at a time: start the next only after this one is delivered.',
      '"A snapshot of n article(s) was generated" is not the end, it only lies on the share; wait for "Delivered snapshot from …".',
      'If "Waiting for snapshot to complete" stands for more than two hours, choose Reinitialize Subscription.',
    ],
  });

const setUp = (): readonly StepDocument[] => [
  toolkit({
    id: 'prepare-target',
    title: 'Toolkit 2: Prepare the target environment',
    after: ['set-up-environment'],
    owner: 'dba',
    planned: '30min',
    deadline: '1d',
    entry: 2,
    expects: [{ is: 'lcs-state', state: 'Ready for replication' }],
    instruction: [
      'Choose menu entry 2 and wait until the tool says it is completed.',
      'Read afterwards: Lifecycle Services shows the sandbox as Ready for replication.',
    ],
  }),
  toolkit({
    id: 'clean-target',
    title: 'Toolkit 3: Clean up the target database',
    after: ['prepare-target'],
    owner: 'dba',
    planned: '30min',
    deadline: '1d',
    entry: 3,
    expects: [{ is: 'lcs-state', state: 'Replication in progress' }, { is: 'target-empty' }],
    instruction: [
      'Choose menu entry 3: it drops all product tables, views, procedures and functions in the sandbox database.',
      'Check the environment id on the screen once more before you confirm: what it drops cannot be brought back.',
      'Read afterwards: the target holds no AX tables, and Lifecycle Services shows Replication in progress.',
    ],
  }),
  toolkit({
    id: 'set-up-distributor',
    title: 'Toolkit 4: Set up the distributor',
    after: ['clean-target'],
    owner: 'dba',
    planned: '30min',
    deadline: '1d',
    entry: 4,
    expects: [{ is: 'distribution-database', present: true }],
    instruction: [
      'Choose menu entry 4: it creates the distribution database on the source server.',
      'Read afterwards: the distribution database exists.',
    ],
  }),
  task({
    id: 'grant-monitor-rights',
    title: 'Grant the monitoring login its rights in the distribution database',
    after: ['set-up-distributor'],
    owner: 'dba',
    planned: '15min',
    deadline: '1d',
    marks: 'replication-set-up',
    confirm: [
      'The monitoring login may read the distribution database (db_datareader and replmonitor).',
      'The monitoring login may post tracer tokens in the source database, or the plan was changed to do without.',
    ],
    instruction: [
      'The distribution database exists only since entry 4, so the rights can be granted only now.',
      'Use the grants printed in the documentation; the login never needs sysadmin.',
      'From this step on replication is watched.',
    ],
  }),
];

const publications = (): readonly StepDocument[] => [
  reading({
    kind: 'replication-watch',
    id: 'watch-replication',
    title: 'Watch replication until it is removed',
    after: ['grant-monitor-rights'],
    owner: 'dba',
    planned: '9d',
    deadline: '28d',
    onDeadline: 'hold',
    params: {},
    instruction: [
      'Nothing to press: replication is looked at every 15 minutes, and every minute once AX is off.',
      'Patches, failovers, an AX database synchronisation or a full log can break it unseen in the days before the downtime; what it lacks is shown here.',
    ],
  }),
  toolkit({
    id: 'publish-keyed-tables',
    title: 'Toolkit 5: Publish the tables with a primary key',
    after: ['grant-monitor-rights'],
    owner: 'dba',
    planned: '1h',
    deadline: '1d',
    entry: 5,
    expects: [{ is: 'publications', class: 'keyed', present: true }],
    instruction: [
      'Off-peak only: the source must have room to spare. Choose menu entry 5.',
      'Write down every table the tool reports as locked; they are published in the downtime.',
      'Read afterwards: the publications AX_PUB_PkTable_[*] exist.',
    ],
  }),
  ...Array.from({ length: PUBLISHERS }, (_, index) => startSnapshot(index + 1)),
  toolkit({
    id: 'publish-other-objects',
    title: 'Toolkit 6: Publish the other objects',
    after: [snapshotId(PUBLISHERS)],
    owner: 'dba',
    planned: '30min',
    deadline: '1d',
    required: false,
    entry: 6,
    expects: [{ is: 'publications', class: 'other-objects', present: true }],
    instruction: [
      'Choose menu entry 6 and wait until the report rs shows DataReplicationStatus as completed.',
      'Read afterwards: the publication AX_PUB_OtherObjects exists.',
      'If the tool says there are no functions to publish, skip this step and write that as the reason.',
    ],
  }),
  reading({
    kind: 'replication-gate',
    id: 'replication-caught-up',
    title: 'Replication has caught up',
    after: ['publish-other-objects'],
    owner: 'dba',
    planned: '2h',
    deadline: '7d',
    params: {
      goal: 'caught-up',
      classes: ['keyed', 'other-objects'],
      polls: 2,
      tracer: false,
      after: 'replication-set-up',
    },
    instruction: [
      'Nothing to press: the gate opens when two looks in a row find all snapshots delivered, all subscriptions active, all agents healthy and hardly any commands pending.',
      'What is still lacking is listed with the step.',
    ],
  }),
];

/** Replication from the first entry to the point where it only has to be watched. */
export const replication = (): readonly StepDocument[] => [...setUp(), ...publications()];
