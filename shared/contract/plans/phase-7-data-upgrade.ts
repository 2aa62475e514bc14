import type { StepDocument } from '../plan.ts';
import { reconciliationPairs } from './reconciliation-pairs.ts';
import { stepsOfPhase } from './step-builders.ts';

const { task, toolkit, approval, reading } = stepsOfPhase(7);

const upgrade = (): readonly StepDocument[] => [
  task({
    id: 'set-upgrade-parameters',
    title: 'Set the upgrade parameters as in the mock',
    after: ['mark-replicated'],
    owner: 'dba',
    planned: '15min',
    deadline: '2h',
    confirm: ['Every parameter tuned in the last successful upgrade is set in the sandbox database.'],
    instruction: [
      'Request access to the sandbox database in Lifecycle Services if it has lapsed: it lasts eight hours and ends with any database movement.',
      'Set the values written down in the mock, for example SHADOWCOPYSIZE in SQLSYSTEMVARIABLES. They count only before entry 10.',
    ],
  }),
  toolkit({
    id: 'trigger-upgrade',
    title: 'Toolkit 10: Trigger the data upgrade',
    after: ['set-upgrade-parameters'],
    owner: 'dba',
    planned: '10min',
    deadline: '2h',
    marks: 'upgrade-triggered',
    entry: 10,
    expects: [{ is: 'stated' }],
    instruction: [
      'Choose menu entry 10. It only triggers: the work happens in the sandbox. After a failure the same entry is called Resume.',
      'Row counts can no longer be compared from here, because the upgrade changes the tables.',
      'Whether it began is read by the next step.',
    ],
  }),
  reading({
    kind: 'data-upgrade',
    id: 'data-upgrade',
    title: 'The data upgrade ends',
    after: ['trigger-upgrade'],
    owner: 'dba',
    planned: '12h',
    deadline: '1d 6h',
    onDeadline: 'hold',
    params: {},
    instruction: [
      'Watch it with ds in the toolkit. It has ended when Lifecycle Services shows Deployed and the last step is Completed; Deployed alone proves nothing.',
      'When it fails: read the log of the step named, mend the cause, press Resume (entry 10), then retry this step.',
      'No activity for 30 minutes: presume that it stands still and call Microsoft support with the DBSyncActivityId.',
    ],
  }),
];

const acceptance = (): readonly StepDocument[] => [
  reading({
    kind: 'reconcile',
    id: 'reconcile',
    title: 'Reconcile the figures of finance',
    after: ['data-upgrade', 'record-finance-figures'],
    owner: 'finance-lead',
    planned: '30min',
    deadline: '8h',
    params: { pairs: reconciliationPairs() },
    instruction: [
      'Nothing to press: each figure is read in AX 2012 and in the upgraded database and compared.',
      'The pairs are examples that assume standard names: replace them with the figures your finance team agreed on, and try them in the mock.',
      'A difference is explained by its owner or mended, then this step is retried.',
    ],
  }),
  task({
    id: 'check-sandbox-functionally',
    title: 'Check the upgraded sandbox, looking only',
    after: ['data-upgrade'],
    owner: 'functional-lead',
    planned: '2h',
    deadline: '8h',
    confirm: [
      'Companies, customers, vendors, products, open orders and projects are there.',
      'The main forms of every process open without errors.',
      'Nothing was posted or changed.',
    ],
    instruction: [
      'Enquiries only: whatever is posted here travels to production with the refresh.',
      'Work through the prepared list, process by process, and note what deviates as blocking or not blocking.',
    ],
  }),
  task({
    id: 'check-sandbox-finance',
    title: 'Compare trial balance and subledgers in the sandbox',
    after: ['reconcile'],
    owner: 'finance-lead',
    planned: '2h',
    deadline: '8h',
    confirm: [
      'Each figure of the reconciliation was seen and is confirmed by its owner.',
      'The trial balance of every company equals the recorded one.',
      'Inventory value, receivables, payables, bank and fixed assets equal the recorded figures, or each difference is explained in writing.',
    ],
    instruction: [
      'The evidence of the reconciliation shows each pair with both figures, its currency and its owner: ask each of them.',
      'Run the same reports as before the downtime, with the same dates, and lay them side by side.',
    ],
  }),
  approval({
    id: 'approve-refresh',
    title: 'Approve the refresh of production',
    after: ['reconcile', 'check-sandbox-functionally', 'check-sandbox-finance'],
    owner: 'cutover-manager',
    planned: '30min',
    deadline: '4h',
    question: 'May the upgraded database overwrite production?',
    approvers: ['business-owner', 'finance-lead', 'functional-lead'],
    quorum: 2,
    instruction: [
      'First go or no-go: read the reconciliation and the findings, the blocking ones above all.',
      'The refresh cannot be cancelled and can take up to a day; compare its forecast with the latest time to turn back.',
    ],
  }),
];

/** The upgrade in the sandbox, and whether its result may go to production. */
export const dataUpgrade = (): readonly StepDocument[] => [...upgrade(), ...acceptance()];
