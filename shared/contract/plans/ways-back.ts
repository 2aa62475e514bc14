import type { Milestone } from '../../core/plan.ts';
import type { RollbackDocument } from '../plan.ts';
import type { Variant } from './step-builders.ts';
import { stepsOfPhase } from './step-builders.ts';
import { afterOpening, restartInPlace, restore } from './ways-back-to-ax.ts';

const upgrade = stepsOfPhase(7);
const refresh = stepsOfPhase(8);
const configuration = stepsOfPhase(9);
const { approval } = stepsOfPhase(10);

const undoUpgrade = (): RollbackDocument => ({
  id: 'undo-upgrade',
  title: 'Undo the data upgrade in the sandbox',
  availableFrom: 'upgrade-triggered',
  availableUntil: 'refresh-done',
  availableWhileFailed: 'data-upgrade',
  steps: [
    upgrade.approval({
      id: 'rb.approve-undo',
      title: 'Approve the undoing of the data upgrade',
      after: [],
      owner: 'cutover-manager',
      planned: '20min',
      deadline: '4h',
      question: 'Shall the data upgrade be undone instead of resumed?',
      approvers: ['dba', 'business-owner', 'functional-lead'],
      quorum: 2,
      instruction: [
        'Resume is the usual answer to a failed upgrade; undo it when its cause lies in the data before it.',
      ],
    }),
    upgrade.toolkit({
      id: 'rb.undo-upgrade',
      title: 'Toolkit 11: Trigger the rollback',
      after: ['rb.approve-undo'],
      owner: 'dba',
      planned: '1h',
      deadline: '8h',
      entry: 11,
      expects: [{ is: 'lcs-state', state: 'Replicated' }],
      instruction: [
        'Choose menu entry 11 and watch it with rbs: the data goes back to where it was before the trigger.',
        'Read afterwards: Lifecycle Services shows the sandbox as Replicated.',
      ],
    }),
    upgrade.task({
      id: 'rb.decide-after-undo',
      title: 'Decide how to go on',
      after: ['rb.undo-upgrade'],
      owner: 'cutover-manager',
      planned: '30min',
      deadline: '8h',
      confirm: [
        'It is decided, and written in the note: a new cutover from the upgrade on, or back to AX 2012.',
      ],
      instruction: [
        'The replicated data is untouched: a new cutover can take over what has been done up to the upgrade.',
      ],
    }),
  ],
});

const repeatRefresh = (availableUntil: Milestone | null): RollbackDocument => ({
  id: 'repeat-refresh',
  title: 'Repeat the refresh of production',
  availableFrom: 'refresh-done',
  availableUntil,
  steps: [
    refresh.approval({
      id: 'rb.approve-repeat',
      title: 'Approve the repetition of the refresh',
      after: [],
      owner: 'cutover-manager',
      planned: '20min',
      deadline: '4h',
      question: 'Shall production be overwritten from the sandbox once more?',
      approvers: ['business-owner', 'finance-lead', 'functional-lead'],
      quorum: 2,
      instruction: [
        'A successful refresh cannot be undone, only repeated: the sandbox must be as it was after the upgrade. All configuration in production is lost.',
      ],
    }),
    refresh.watchedTask({
      kind: 'refresh-database',
      id: 'rb.refresh-database',
      title: 'Refresh production from the sandbox again',
      after: ['rb.approve-repeat'],
      owner: 'platform-engineer',
      planned: '6h',
      deadline: '1d 4h',
      params: { via: 'person', target: 'production' },
      instruction: [
        'In Lifecycle Services open the details of PRODUCTION > Maintain > Move database > Refresh database, with the sandbox as source.',
        'Read afterwards: the environment history shows a refresh that began after this step was opened, and its end.',
      ],
    }),
    configuration.task({
      id: 'rb.repeat-configuration',
      title: 'Sign off and configure production again',
      after: ['rb.refresh-database'],
      owner: 'functional-lead',
      planned: '6h',
      deadline: '1d',
      confirm: [
        'The refresh is signed off.',
        'Every step of phase 9 was done again and its result stored with the evidence.',
      ],
      instruction: [
        'Use the list of phase 9 from the top; everything entered in production since the first refresh is gone.',
      ],
    }),
    approval({
      id: 'rb.decide-after-repeat',
      title: 'Decide about the opening',
      after: ['rb.repeat-configuration'],
      owner: 'cutover-manager',
      planned: '1h',
      deadline: '8h',
      question: 'Is production in order, so that a new cutover may take over at the opening?',
      approvers: ['business-owner', 'finance-lead', 'functional-lead'],
      quorum: 2,
      instruction: [
        'This way back ends here; the opening is done by a new cutover that takes over what has been done.',
      ],
    }),
  ],
});

/** The ways back and between which milestones each is offered; a mock never passes the point of no return. */
export const waysBack = ({ mode }: Variant): readonly RollbackDocument[] => {
  const until = mode === 'production' ? 'point-of-no-return' : null;
  return [
    undoUpgrade(),
    repeatRefresh(until),
    restartInPlace(until),
    restore(until),
    ...(mode === 'production' ? [afterOpening()] : []),
  ];
};
