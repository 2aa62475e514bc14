import type { Milestone } from '../../core/plan.ts';
import type { RollbackDocument, StepDocument } from '../plan.ts';
import { stepsOfPhase } from './step-builders.ts';

const { task, approval } = stepsOfPhase(10);

const shutProduction = (id: string, after: string): StepDocument =>
  task({
    id,
    title: 'Shut production',
    after: [after],
    owner: 'platform-engineer',
    planned: '30min',
    deadline: '2h',
    confirm: ['Users of production are disabled, batch jobs are on Withhold, integrations are off.'],
    instruction: [
      'Two systems must never be open at once. If the refresh has not begun, production is empty: say so in the note.',
    ],
  });

const startAx = (prefix: string, after: string): readonly StepDocument[] => [
  task({
    id: `${prefix}-start-ax`,
    title: 'Start AX',
    after: [after],
    owner: 'ax-admin',
    planned: '45min',
    deadline: '3h',
    confirm: ['All AOS services have their old start type and run, and a client opens.'],
    instruction: [
      'Start one AOS, look at its log, then the others and the services around them. Let no user in yet.',
    ],
  }),
  task({
    id: `${prefix}-start-integrations`,
    title: 'Start the integrations and batch of AX',
    after: [`${prefix}-start-ax`],
    owner: 'integration-owner',
    planned: '1h',
    deadline: '4h',
    confirm: [
      'Integrations, scheduled jobs and batch run as before the stop, and what waited has arrived once.',
    ],
    instruction: ['Work from the lists written when they were stopped, senders last.'],
  }),
  task({
    id: `${prefix}-check-ax`,
    title: 'Check AX and let its users in',
    after: [`${prefix}-start-integrations`],
    owner: 'functional-lead',
    planned: '1h',
    deadline: '4h',
    confirm: [
      'The figures recorded at the stop are unchanged.',
      'New clients are accepted and everybody is told.',
    ],
    instruction: ['Check one document of each core process, then open AX to all users and announce it.'],
  }),
];

const backToAx = (
  prefix: string,
  decision: Pick<RollbackDocument, 'title'> & { readonly question: string; readonly quorum: number },
): StepDocument =>
  approval({
    id: `${prefix}-approve`,
    title: `Approve: ${decision.title}`,
    after: [],
    owner: 'cutover-manager',
    planned: '20min',
    deadline: '2h',
    question: decision.question,
    approvers: ['business-owner', 'finance-lead', 'dba'],
    quorum: decision.quorum,
    instruction: [
      'Compare the time this way takes with the time the business can wait; the longer you talk, the less of it is left.',
    ],
  });

/** AX 2012 on its own database, which nothing has written to since the stop. */
export const restartInPlace = (availableUntil: Milestone | null): RollbackDocument => ({
  id: 'restart-ax-in-place',
  title: 'Back to AX 2012 by starting it in place',
  availableFrom: 'downtime-started',
  availableUntil,
  steps: [
    backToAx('rb.restart', {
      title: 'start AX in place',
      question: 'Shall AX 2012 be started again on its untouched database?',
      quorum: 2,
    }),
    shutProduction('rb.restart-shut-production', 'rb.restart-approve'),
    task({
      id: 'rb.restart-prove-still',
      title: 'Prove that the source is as it was',
      after: ['rb.restart-approve'],
      owner: 'dba',
      planned: '30min',
      deadline: '3h',
      confirm: [
        'No table of AX was written after the stop (last_user_update in sys.dm_db_index_usage_stats).',
        'The row counts of the baseline, where it was taken, still hold.',
      ],
      instruction: [
        'Look at sys.dm_db_index_usage_stats of the business database: only the tracer tokens and the toolkit may have written.',
        'If anything else was written, answer "fail" and take the way back by restore; without a proven backup there is none.',
      ],
    }),
    task({
      id: 'rb.restart-reset-replication',
      title: 'Take replication off the source',
      after: ['rb.restart-prove-still', 'rb.restart-shut-production'],
      owner: 'dba',
      planned: '30min',
      deadline: '3h',
      confirm: ['No publication and no distribution database is left on the source server.'],
      instruction: [
        'Type Reset-rep in the toolkit, or look that entry 8 has removed it already.',
        'While tables are published the log cannot be reused and AX will stop when it is full.',
      ],
    }),
    ...startAx('rb.restart', 'rb.restart-reset-replication'),
  ],
});

/** AX 2012 on the backup made after the stop, once that is proven: before, there is nothing to restore from. */
export const restore = (availableUntil: Milestone | null): RollbackDocument => ({
  id: 'restore-ax',
  title: 'Back to AX 2012 by restoring its backup',
  availableFrom: 'backup-proven',
  availableUntil,
  steps: [
    backToAx('rb.restore', {
      title: 'restore AX from its backup',
      question: 'Shall AX 2012 be restored from the backup made after its stop?',
      quorum: 2,
    }),
    shutProduction('rb.restore-shut-production', 'rb.restore-approve'),
    task({
      id: 'rb.restore-database',
      title: 'Restore the AX databases',
      after: ['rb.restore-approve'],
      owner: 'dba',
      planned: '4h',
      deadline: '12h',
      confirm: [
        'Business database and model store are restored from the verified backup and DBCC CHECKDB found no errors.',
      ],
      instruction: [
        'Remove replication first (Reset-rep), keep the present files aside, then restore under the old names.',
        'Only the backup made after the stop holds everything users entered.',
      ],
    }),
    ...startAx('rb.restore', 'rb.restore-database'),
  ],
});

/** AX 2012 although business was done in the new system: only with the loss confirmed. */
export const afterOpening = (): RollbackDocument => ({
  id: 'back-after-opening',
  title: 'Back to AX 2012 after production was opened',
  availableFrom: 'point-of-no-return',
  dataLossStatement:
    'Everything entered in or sent from Dynamics 365 since the point of no return is lost to AX 2012 unless it is entered there again by hand.',
  steps: [
    backToAx('rb.late', {
      title: 'go back although data is lost',
      question: 'Shall everything done in production since its opening be given up?',
      quorum: 3,
    }),
    shutProduction('rb.late-shut-production', 'rb.late-approve'),
    task({
      id: 'rb.late-export-new-business',
      title: 'Export what was done in production',
      after: ['rb.late-shut-production'],
      owner: 'finance-lead',
      planned: '3h',
      deadline: '12h',
      confirm: ['Every document entered and every message sent since the opening is listed and exported.'],
      instruction: [
        'Export by company and process; messages sent to partners are called back or entered again by hand.',
      ],
    }),
    ...startAx('rb.late', 'rb.late-export-new-business'),
    task({
      id: 'rb.late-enter-again',
      title: 'Enter in AX what was lost',
      after: ['rb.late-check-ax'],
      owner: 'functional-lead',
      planned: '8h',
      deadline: '3d',
      confirm: ['Every line of the export is entered in AX or given up in writing by its owner.'],
      instruction: ['Begin with what has left the house: deliveries, invoices, payments.'],
    }),
  ],
});
