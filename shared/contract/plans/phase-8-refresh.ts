import type { StepDocument } from '../plan.ts';
import { stepsOfPhase } from './step-builders.ts';

const { task, reading, watchedTask } = stepsOfPhase(8);

/** From a production made ready to a signed-off refresh. */
export const refresh = (): readonly StepDocument[] => [
  task({
    id: 'make-production-ready',
    title: 'Make production ready for the refresh',
    after: ['data-upgrade'],
    owner: 'platform-engineer',
    planned: '45min',
    deadline: '8h',
    confirm: [
      'Recurring import and export jobs in production are stopped and have ended.',
      'Service updates of both environments are paused; that is possible until about four hours before.',
      'The allocated size of the sandbox database is below the maximum of production.',
      'Financial Reporting in production is at least of the release of the sandbox.',
      'The environment administrator named in Lifecycle Services can sign in to production.',
    ],
    instruction: [
      'The administrator account is reset to the environment administrator of Lifecycle Services: whoever that is must be at hand.',
      'Sandbox and production must be of the same application release; it is read next.',
    ],
  }),
  reading({
    kind: 'preflight',
    id: 'preflight-before-refresh',
    title: 'Check both environments before the refresh',
    after: ['make-production-ready'],
    owner: 'platform-engineer',
    planned: '10min',
    deadline: '8h',
    params: {
      checks: ['sandbox-deployed', 'production-deployed', 'releases-equal', 'target-is-not-production'],
    },
    instruction: ['Nothing to press: state and release of both environments are read until no item is red.'],
  }),
  watchedTask({
    kind: 'refresh-database',
    id: 'refresh-database',
    title: 'Refresh production from the sandbox',
    after: ['approve-refresh', 'preflight-before-refresh'],
    owner: 'platform-engineer',
    planned: '6h',
    deadline: '1d 4h',
    onDeadline: 'hold',
    marks: 'refresh-done',
    params: { via: 'person', target: 'production' },
    instruction: [
      'In Lifecycle Services open the details of PRODUCTION > Maintain > Move database > Refresh database, choose the sandbox as source and tick the confirmation. There is no interface for this, so a person does it.',
      'It starts at once, cannot be cancelled, and takes production off line at a time of its own.',
      'Answer "pass" as soon as it has started. Read afterwards: the environment history shows a refresh that began after this step was opened, and its end.',
    ],
  }),
  task({
    id: 'sign-off-refresh',
    title: 'Sign off the refresh',
    after: ['refresh-database'],
    owner: 'platform-engineer',
    planned: '15min',
    deadline: '2h',
    confirm: [
      'Production opens in the browser for the environment administrator.',
      'Sign off was pressed in Lifecycle Services.',
    ],
    instruction: [
      'Open production once before you sign off: a refresh that failed is rolled back by Lifecycle Services, a signed-off one is not.',
      'The sandbox still holds the upgraded database, so the refresh can be repeated; leave the sandbox alone.',
    ],
  }),
];
