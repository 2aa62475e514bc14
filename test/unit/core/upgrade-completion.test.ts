import { describe, expect, it } from 'vitest';
import type {
  ReportedState,
  UpgradeCompletion,
  UpgradeStep,
} from '../../../shared/core/upgrade-completion.ts';
import { completionOf } from '../../../shared/core/upgrade-completion.ts';

const BY = 'Lifecycle Services';
const LAST = 'FinalDbSync-SyncSchema';
const PRE: UpgradeStep = { name: 'PreSync', status: 'Completed' };

/** What is said, by its word in Lifecycle Services. */
const SAID: Readonly<Record<string, ReportedState | null>> = {
  Deployed: { state: 'deployed', words: 'Deployed', by: BY },
  Failed: { state: 'failed', words: 'Failed', by: BY },
  'Data upgrade in progress': { state: 'upgrading', words: 'Data upgrade in progress', by: BY },
  'Replication completed': { state: 'replicated', words: 'Replication completed', by: BY },
  Servicing: { state: 'other', words: 'Servicing', by: BY },
  nothing: null,
};

/** The steps so far, by the status of the last. */
const stepsUpTo = (status: string): readonly UpgradeStep[] => {
  if (status === 'none') return [];
  return status === 'only PreSync' ? [PRE] : [PRE, { name: LAST, status }];
};

/** The outcome in one line. */
const inWords = (completion: UpgradeCompletion): string => {
  switch (completion.is) {
    case 'finished':
      return `finished: ${completion.summary}`;
    case 'failed':
      return `failed: ${completion.detail}`;
    case 'unfinished':
      return `${completion.unmet.code}: ${completion.unmet.message}`;
  }
};

describe("the four cases of Microsoft's page", () => {
  it.each([
    {
      said: 'Failed',
      last: 'Failed',
      expected: `failed: ${LAST}, and ${BY} says Failed`,
    },
    {
      said: 'Failed',
      last: 'Completed',
      expected: `failed: ${BY} says Failed, although the last step, ${LAST}, is completed`,
    },
    {
      said: 'Deployed',
      last: 'Completed',
      expected: `finished: 2 upgrade step(s) completed; ${BY} says Deployed`,
    },
    {
      said: 'Deployed',
      last: 'In Progress',
      expected: `upgrade-running: The data upgrade is at ${LAST} (In Progress), although ${BY} says Deployed, as does the toolkit`,
    },
  ])('$said with the last step $last', ({ said, last, expected }) => {
    expect(inWords(completionOf(SAID[said] ?? null, stepsUpTo(last)))).toBe(expected);
  });
});

describe('what the page does not have', () => {
  it.each([
    ['Failed', 'In Progress', `upgrade-contradicted: ${BY} says Failed, while ${LAST} says "In Progress"`],
    ['Failed', 'none', `failed: before its first step, as ${BY} says`],
    ['Deployed', 'Failed', `failed: ${LAST}, although ${BY} says Deployed`],
    [
      'Deployed',
      'only PreSync',
      `upgrade-running: The data upgrade is between two steps, although ${BY} says Deployed, as does the toolkit`,
    ],
    ['Deployed', 'none', `upgrade-unseen: ${BY} says Deployed, but no step of the upgrade has been seen`],
    [
      'Data upgrade in progress',
      'In Progress',
      `upgrade-running: The data upgrade is at ${LAST} (In Progress)`,
    ],
    ['Data upgrade in progress', 'Completed', 'upgrade-running: The data upgrade is between two steps'],
    ['Data upgrade in progress', 'none', 'upgrade-running: The data upgrade is between two steps'],
    [
      'Data upgrade in progress',
      'Failed',
      `upgrade-step-failed: ${LAST} has failed, and ${BY} does not say so yet`,
    ],
    [
      'Replication completed',
      'none',
      `upgrade-not-started: ${BY} says that replication is completed: the upgrade has not begun`,
    ],
    ['Servicing', 'Completed', `lcs-state-unknown: ${BY} shows a state nobody expects here: "Servicing"`],
  ])('%s with %s is undecided or a failure', (said, last, expected) => {
    expect(inWords(completionOf(SAID[said] ?? null, stepsUpTo(last)))).toBe(expected);
  });
});

describe('a state that nobody reports', () => {
  it.each([
    ['Completed', 'finished: 2 upgrade step(s) completed; the state in Lifecycle Services was not readable'],
    ['In Progress', `upgrade-running: The data upgrade is at ${LAST} (In Progress)`],
    ['a word nobody knows', `upgrade-running: The data upgrade is at ${LAST} (a word nobody knows)`],
    ['only PreSync', 'upgrade-running: The data upgrade is between two steps'],
    ['Failed', `failed: ${LAST}`],
    [
      'none',
      'upgrade-unseen: No step of the upgrade has been seen, and nobody says how the environment stands',
    ],
  ])('with %s', (last, expected) => {
    expect(inWords(completionOf(null, stepsUpTo(last)))).toBe(expected);
  });
});

it('goes by the last step that has begun, and ends with none to come', () => {
  const coming = { name: LAST, status: 'Not Started' };
  const failing = [{ name: 'PostSync', status: 'Failed' }, coming];
  expect(inWords(completionOf(SAID.Failed ?? null, failing))).toBe(`failed: PostSync, and ${BY} says Failed`);
  expect(completionOf(SAID.Deployed ?? null, [PRE, coming]).is).toBe('unfinished');
  expect(inWords(completionOf(null, [coming]))).toContain('No step of the upgrade has been seen');
});

it('reads a status however it is written, and says what to do about whatever is not finished', () => {
  const written = [{ name: LAST, status: 'COMPLETED' }];
  expect(completionOf(null, written).is).toBe('finished');
  const all = Object.values(SAID).flatMap((said) =>
    ['none', 'In Progress', 'Failed', 'Completed'].map((last) => completionOf(said, stepsUpTo(last))),
  );
  const silent = all.filter((one) => one.is === 'unfinished' && !one.unmet.next.endsWith('.'));
  expect(silent).toEqual([]);
  const who = new Set(all.flatMap((one) => (one.is === 'unfinished' ? [one.unmet.who] : [])));
  expect([...who].toSorted()).toEqual(['DBA', 'nobody: it passes']);
});
