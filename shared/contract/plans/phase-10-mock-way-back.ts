import type { StepDocument } from '../plan.ts';
import type { Variant } from './step-builders.ts';
import { stepsOfPhase } from './step-builders.ts';

const { task, approval, reading } = stepsOfPhase(10);

const rehearsal = ({ source }: Variant): readonly StepDocument[] => [
  approval({
    id: 'approve-mock-result',
    title: 'Decide as if it were the go-live',
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
    question: 'Would the go-live be approved with what was found in this mock?',
    approvers: ['business-owner', 'finance-lead', 'functional-lead'],
    quorum: 2,
    instruction: [
      'Decide on the evidence as on the day itself. Deny if you would not open: the findings are then mended and the mock is repeated.',
      'Nobody is let in afterwards, whatever is decided.',
    ],
  }),
  task({
    id: 'rehearse-restore',
    title: 'Restore the backup on a spare server and time it',
    after: ['verify-backup'],
    owner: 'dba',
    planned: '3h',
    deadline: '1d',
    confirm: ['The backup of this mock was restored on a spare server and DBCC CHECKDB found no errors.'],
    instruction: [
      'Restore the business database and the model store from the backup made after the AOS stop; never over the source.',
      'The time this step takes decides the latest time to turn back on the day: answer right when the database is usable.',
    ],
  }),
  task({
    id: 'restart-ax',
    title: source === 'live-ax' ? 'Start AX again in place' : 'Start an AX on the restored copy',
    after: ['approve-mock-result'],
    owner: 'ax-admin',
    planned: '45min',
    deadline: '3h',
    confirm: [
      'Nothing was written to the business database between the stop and this start.',
      'All AOS services are set to their old start type and run.',
    ],
    instruction: [
      'Set the start type of every service back as it was, start one AOS, look at its log, then start the others and the services around them.',
      'The time this step takes is the rehearsed way back: answer right when a client opens.',
    ],
  }),
  task({
    id: 'restart-ax-integrations',
    title: 'Start the integrations and batch of AX again',
    after: ['restart-ax'],
    owner: 'integration-owner',
    planned: '1h',
    deadline: '4h',
    confirm: [
      'Every integration and scheduled job that was stopped runs again, and what waited has arrived once.',
      'Batch groups and jobs are as they were on the list.',
    ],
    instruction: ['Work from the lists written when they were stopped, senders last.'],
  }),
  task({
    id: 'check-ax',
    title: 'Check AX and let its users in',
    after: ['restart-ax', 'restart-ax-integrations'],
    owner: 'functional-lead',
    planned: '1h',
    deadline: '4h',
    confirm: [
      'One document of each core process was posted in AX.',
      'The figures recorded at the stop are unchanged but for these.',
      'New clients are accepted and users are told.',
    ],
    instruction: ['The downtime of the mock ends here. Write down what was missing on the way back.'],
  }),
];

const leaveSafe = (): readonly StepDocument[] => [
  task({
    id: 'leave-production-shut',
    title: 'Leave production shut',
    after: ['approve-mock-result'],
    owner: 'platform-engineer',
    planned: '20min',
    deadline: '4h',
    confirm: [
      'All users of production except administrators are disabled.',
      'All batch jobs of production are on Withhold.',
      'All integrations of production are off, and e-mail goes to a test mailbox only.',
    ],
    instruction: [
      'Production now holds real data as of the mock. Look at each line in production itself, then answer.',
    ],
  }),
  reading({
    kind: 'preflight',
    id: 'leave-sandbox-deployed',
    title: 'The sandbox is Deployed again',
    after: ['approve-mock-result'],
    owner: 'dba',
    planned: '10min',
    deadline: '1d',
    params: { checks: ['sandbox-deployed', 'production-deployed', 'target-is-not-production'] },
    instruction: [
      'Nothing to press: both environments must be Deployed, as the next replication begins from there.',
    ],
  }),
  task({
    id: 'leave-source-clean',
    title: 'Leave the source server clean',
    after: ['approve-mock-result'],
    owner: 'dba',
    planned: '30min',
    deadline: '1d',
    confirm: [
      'Neither distributor nor distribution database is left, and the snapshot folder is empty.',
      'The AX database is no longer published and its log is reused again.',
      'xp_cmdshell is switched off, and the toolkit is set back with Reset-all.',
    ],
    instruction: [
      'A forgotten publication lets the log grow until AX stops: look at log_reuse_wait_desc in sys.databases, it must not say REPLICATION.',
    ],
  }),
  task({
    id: 'close-mock',
    title: 'Close the mock',
    after: [
      'rehearse-restore',
      'check-ax',
      'leave-production-shut',
      'leave-sandbox-deployed',
      'leave-source-clean',
    ],
    owner: 'cutover-manager',
    planned: '2h',
    deadline: '5d',
    confirm: [
      'Times, findings and their owners are agreed, and the mock is signed off or its repetition is planned.',
      'The report and the evidence are exported and stored.',
    ],
    instruction: [
      'The times of this mock are the forecast of the go-live. From the sign-off on no code is changed.',
    ],
  }),
];

/** A mock opens nothing: it rehearses and times the way back, and leaves every system safe. */
export const mockWayBack = (variant: Variant): readonly StepDocument[] => [
  ...rehearsal(variant),
  ...leaveSafe(),
];
