import type { Unmet } from './replication-agents.ts';
import { DBA, NOBODY } from './replication-agents.ts';

/** A step of the data upgrade with its sub-step, and the status word of `DBUPGRADE.DATAUPGRADESTATUS`. */
export type UpgradeStep = { readonly name: string; readonly status: string };

/** What is said of the environment that is upgraded, and who says it. */
export type ReportedState = {
  readonly state: 'deployed' | 'failed' | 'upgrading' | 'replicated' | 'other';
  /** The state word for word. */
  readonly words: string;
  /** "Lifecycle Services", or whose report it is. */
  readonly by: string;
};

/** Whether the data upgrade has ended, in words. */
export type UpgradeCompletion =
  | { readonly is: 'finished'; readonly summary: string }
  | { readonly is: 'failed'; readonly detail: string }
  | { readonly is: 'unfinished'; readonly unmet: Unmet };

/** The last step that the page "Monitor data upgrade" names: as long as it has not begun, nothing has ended. */
const LAST_STEP = /^FinalDbSync/i;

const bare = (status: string): string => status.toLowerCase().replaceAll(/[\s_-]/g, '');

/** Whether a step says that it has ended well. */
export const isCompleted = ({ status }: UpgradeStep): boolean => bare(status) === 'completed';
const hasFailed = ({ status }: UpgradeStep): boolean => bare(status) === 'failed';

/** The last step that has begun: a report may list those to come as well. */
const lastBegun = (steps: readonly UpgradeStep[]): UpgradeStep | undefined =>
  steps.findLast(({ status }) => bare(status) !== 'notstarted');

const unfinished = (code: string, message: string, next: string, who = DBA): UpgradeCompletion => ({
  is: 'unfinished',
  unmet: { code, message, who, next },
});

const running = (steps: readonly UpgradeStep[], besides = ''): UpgradeCompletion => {
  const open = steps.find((step) => !isCompleted(step));
  const at = open === undefined ? 'between two steps' : `at ${open.name} (${open.status})`;
  return unfinished(
    'upgrade-running',
    `The data upgrade is ${at}${besides}`,
    'Wait; follow it with the report ds of the toolkit.',
    NOBODY,
  );
};

const isComplete = (steps: readonly UpgradeStep[]): boolean =>
  steps.every(isCompleted) && steps.some(({ name }) => LAST_STEP.test(name));

const saidDeployed = (by: string, steps: readonly UpgradeStep[]): UpgradeCompletion => {
  const last = lastBegun(steps);
  if (last === undefined) {
    return unfinished(
      'upgrade-unseen',
      `${by} says Deployed, but no step of the upgrade has been seen`,
      'Check that toolkit entry 10 was run.',
    );
  }
  if (hasFailed(last)) return { is: 'failed', detail: `${last.name}, although ${by} says Deployed` };
  if (!isComplete(steps)) return running(steps, `, although ${by} says Deployed, as does the toolkit`);
  return { is: 'finished', summary: `${steps.length} upgrade step(s) completed; ${by} says Deployed` };
};

const saidFailed = (by: string, steps: readonly UpgradeStep[]): UpgradeCompletion => {
  const last = lastBegun(steps);
  if (last === undefined) return { is: 'failed', detail: `before its first step, as ${by} says` };
  if (hasFailed(last)) return { is: 'failed', detail: `${last.name}, and ${by} says Failed` };
  if (isCompleted(last)) {
    return { is: 'failed', detail: `${by} says Failed, although the last step, ${last.name}, is completed` };
  }
  return unfinished(
    'upgrade-contradicted',
    `${by} says Failed, while ${last.name} says "${last.status}"`,
    'Run the report ds of the toolkit and press nothing while a step runs. If it stays so, have Microsoft support look, then give the attempt up.',
  );
};

const saidNothing = (steps: readonly UpgradeStep[]): UpgradeCompletion => {
  const last = lastBegun(steps);
  if (last === undefined) {
    return unfinished(
      'upgrade-unseen',
      'No step of the upgrade has been seen, and nobody says how the environment stands',
      'Check that toolkit entry 10 was run, and look with the report ds of the toolkit.',
    );
  }
  if (hasFailed(last)) return { is: 'failed', detail: last.name };
  if (!isComplete(steps)) return running(steps);
  return {
    is: 'finished',
    summary: `${steps.length} upgrade step(s) completed; the state in Lifecycle Services was not readable`,
  };
};

/**
 * Whether the data upgrade has ended, by two readings that know nothing of each other: what is said of the environment
 * (null where nobody says anything) and its steps in their order. Microsoft's page "Troubleshoot data upgrade in
 * self-service environments" has four cases: Failed with the last step Failed or Completed is resumed, Deployed with
 * Completed is successful, and Deployed with In Progress the toolkit calls successful although the job still runs. Here
 * the last goes on, and so does whatever the page does not have.
 */
export const completionOf = (
  reported: ReportedState | null,
  steps: readonly UpgradeStep[],
): UpgradeCompletion => {
  if (reported === null) return saidNothing(steps);
  const { by, state, words } = reported;
  switch (state) {
    case 'deployed':
      return saidDeployed(by, steps);
    case 'failed':
      return saidFailed(by, steps);
    case 'upgrading': {
      const last = lastBegun(steps);
      if (last === undefined || !hasFailed(last)) return running(steps);
      return unfinished(
        'upgrade-step-failed',
        `${last.name} has failed, and ${by} does not say so yet`,
        'Run the report ds of the toolkit; press Resume (entry 10) once it offers it.',
      );
    }
    case 'replicated':
      return unfinished(
        'upgrade-not-started',
        `${by} says that replication is completed: the upgrade has not begun`,
        'Run toolkit entry 10.',
      );
    case 'other':
      return unfinished(
        'lcs-state-unknown',
        `${by} shows a state nobody expects here: "${words}"`,
        'Look at the environment in Lifecycle Services and run the report ds of the toolkit.',
      );
  }
};
