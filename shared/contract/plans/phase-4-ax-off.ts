import type { StepDocument } from '../plan.ts';
import type { Variant } from './step-builders.ts';
import { stepsOfPhase } from './step-builders.ts';

const { task, approval, reading, watchedTask } = stepsOfPhase(4);

const decision = (): readonly StepDocument[] => [
  task({
    id: 'recheck-user-mapping',
    title: 'Map the users added since the checklist',
    after: ['replication-caught-up'],
    owner: 'ax-admin',
    planned: '1h',
    deadline: '14d',
    confirm: ['Every user created in AX since the mapping was imported is mapped.'],
    instruction: [
      'List the AX users created since the user mapping was imported and import the missing lines.',
      'A user who is not mapped cannot sign in after the go-live.',
    ],
  }),
  task({
    id: 'confirm-downtime-is-near',
    title: 'Say when the downtime begins within four hours',
    after: ['replication-caught-up', 'recheck-user-mapping'],
    owner: 'cutover-manager',
    planned: '5d',
    deadline: '14d',
    confirm: [
      'The downtime is to begin within the next four hours.',
      'Everybody who holds a role is on duty or has named a substitute.',
      'Access to the sandbox database was requested again in Lifecycle Services: it lapses after eight hours.',
    ],
    instruction: [
      'Between the weekend on which replication starts and the go-live weekend lie days: this step waits for the day.',
      'Answer "pass" a few hours before the downtime; the checks run again at once and are good for four hours.',
    ],
  }),
  reading({
    kind: 'preflight',
    id: 'preflight-before-downtime',
    title: 'Check again, right before the downtime',
    after: ['confirm-downtime-is-near'],
    owner: 'dba',
    planned: '10min',
    deadline: '4h',
    params: {
      checks: [
        'source-reachable',
        'sql-agent-running',
        'text-repl-size',
        'database-owner',
        'disk-space',
        'target-reachable',
        'production-deployed',
        'releases-equal',
        'target-is-not-production',
        'people-bound',
      ],
    },
    instruction: ['Nothing to press. A red item now is mended, or the downtime is moved: it is still cheap.'],
  }),
  approval({
    id: 'approve-downtime',
    title: 'Approve the downtime',
    after: ['preflight-before-downtime', 'replication-caught-up'],
    owner: 'cutover-manager',
    planned: '30min',
    deadline: '4h',
    question: 'May AX 2012 be switched off now?',
    approvers: ['business-owner', 'dba', 'functional-lead'],
    quorum: 2,
    instruction: [
      'Read what replication lacks, the amber items and the forecast, then approve or deny.',
      'The checks are good for four hours; after that they are run again. Until here nothing has been taken from anybody.',
    ],
  }),
];

const drain = ({ mode, source }: Variant): readonly StepDocument[] => [
  task({
    id: 'announce-downtime',
    title: 'Announce the downtime and let nobody new in',
    after: ['approve-downtime'],
    owner: 'cutover-manager',
    planned: '15min',
    deadline: '1h',
    marks: 'downtime-started',
    confirm: ['Users, partners and the service desk are told.', 'No new session can be opened in AX.'],
    instruction: [
      'Send the announcement. The AX administrator opens System administration > Common > Users > Online users > Server instances and chooses Reject new clients.',
      'Keep that client open: without it only a restart of the AOS lets clients in again.',
      'From here the downtime is counted.',
    ],
  }),
  task({
    id: 'drain-users',
    title: 'Drain the users',
    after: ['announce-downtime'],
    owner: 'ax-admin',
    planned: '30min',
    deadline: '2h',
    confirm: ['Online users shows nobody but administrators.'],
    instruction: [
      'After five minutes users get a message; idle sessions end after two minutes. Sessions of administrators never end by themselves.',
      'End what is left in Online users and write down whose work was cut off.',
    ],
  }),
  task({
    id: 'stop-batch',
    title: 'Stop batch processing in AX',
    after: ['announce-downtime'],
    owner: 'ax-admin',
    planned: '30min',
    deadline: '2h',
    confirm: ['No batch job is executing.', 'All batch jobs and their status were written to a list.'],
    instruction: [
      'Let running jobs end or cancel them, then set the batch groups of every server to none.',
      'The list of jobs and their status is needed again when batch is started in the new system or, on the way back, in AX.',
    ],
  }),
  task({
    id: 'stop-integrations',
    title: 'Stop inbound integrations and empty the queues',
    after: ['announce-downtime'],
    owner: 'integration-owner',
    planned: '45min',
    deadline: '2h',
    confirm: [
      'Every inbound integration is stopped at its sender.',
      'The inbound and outbound queues of AX are empty, or what is left is listed.',
      'Scheduled SQL and SSIS jobs that write to the AX database are disabled.',
    ],
    instruction: [
      'Stop the senders first, let AX work off what has arrived, then stop the rest: AIF, web services, DIXF, retail, SSIS, SQL Agent jobs.',
      'A forgotten writer makes the row counts drift and costs a repeat of them.',
    ],
  }),
  watchedTask({
    kind: 'stop-aos',
    id: 'stop-aos',
    title: 'Stop every AOS',
    after: ['drain-users', 'stop-batch', 'stop-integrations'],
    owner: 'ax-admin',
    planned: '20min',
    deadline: '2h',
    onDeadline: 'hold',
    marks: 'aos-stopped',
    params: { automation: mode === 'mock' ? 'stop-aos' : null },
    instruction: [
      ...(mode === 'mock'
        ? [
            'The automation stop-aos is called once; if it does not answer, do by hand what follows and report it.',
          ]
        : []),
      source === 'live-ax'
        ? 'On every host stop all services AOS60$*, batch servers too, and set their start type to Disabled so that no reboot revives one.'
        : 'The source is a restored copy: make sure that no AOS is configured to use it.',
      'Stop the services of Management Reporter, Enterprise Portal and DIXF as well.',
      'Read afterwards: no session of Microsoft Dynamics AX is left on the business database; a forgotten host is named here.',
    ],
  }),
];

const wayBack = (): readonly StepDocument[] => [
  watchedTask({
    kind: 'backup-source',
    id: 'backup-source',
    title: 'Back up the AX database',
    after: ['stop-aos'],
    owner: 'dba',
    planned: '1h 30min',
    deadline: '6h',
    params: { automation: null },
    instruction: [
      'Make a full backup of the business database WITH CHECKSUM and COPY_ONLY; back up the model store the same way.',
      'It must begin after the AOS stop: an earlier one does not count, however close.',
      'Read afterwards: the backup stands in msdb, started after the stop, finished, with checksums and not damaged.',
    ],
  }),
  task({
    id: 'verify-backup',
    title: 'Verify the backup',
    after: ['backup-source'],
    owner: 'dba',
    planned: '30min',
    deadline: '4h',
    marks: 'backup-proven',
    confirm: [
      'RESTORE VERIFYONLY WITH CHECKSUM succeeded on the backup of the business database and of the model store.',
      'A copy of both lies on another machine.',
    ],
    instruction: [
      'SQL Server keeps no record of a verification, so your name stands for it.',
      'Without a proven backup there is no way back: replication is not removed before this step.',
    ],
  }),
  task({
    id: 'record-finance-figures',
    title: 'Record the closing figures of finance',
    after: ['stop-aos'],
    owner: 'finance-lead',
    planned: '1h',
    deadline: '6h',
    confirm: [
      'Trial balance per company, inventory value, open receivables and payables, bank balances and fixed assets are stored with date and currency.',
    ],
    instruction: [
      'Take the reports prepared before the downtime, or have the DBA run the agreed queries on the still database.',
      'They are what the new system is compared with before anybody is let in.',
    ],
  }),
];

/** From the last checks to a stopped AX with a proven backup. */
export const axOff = (variant: Variant): readonly StepDocument[] => [
  ...decision(),
  ...drain(variant),
  ...wayBack(),
];
