import { claimOf, voteOf } from './meddlers.ts';
import { stepOf } from './plan.ts';
import type { Story } from './story.ts';
import {
  decide,
  first,
  firstOfEach,
  goesBack,
  is,
  isDoubted,
  OLGA,
  OMAR,
  onceStep,
  proposes,
  REASON,
  rollback,
  row,
  skips,
  stepIs,
} from './story.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const ANNA = { id: 'p1', name: 'Approver p1' };

/** The stories whose every crash point is played: each names what it is about. */
export const STORIES: readonly Story[] = [
  { name: 'world', shows: ['step-succeeded'], steps: row('world', 'world'), plan: { concurrency: 1 } },
  {
    name: 'side-by-side',
    shows: ['completion-received'],
    steps: [
      ...row('world'),
      stepOf({ id: 'a', kind: 'person', after: ['s0'] }),
      stepOf({ id: 'b', kind: 'world', after: ['s0'] }),
      stepOf({ id: 'c', kind: 'world', after: ['a', 'b'] }),
    ],
    profile: { processes: 3 },
  },
  {
    name: 'approval',
    shows: ['vote-counted', 'step-succeeded'],
    steps: row('world', { kind: 'approval', params: { quorum: 2 } }),
  },
  {
    name: 'approval-void',
    shows: ['approval-voided'],
    steps: row({ kind: 'approval', params: { quorum: 2 } }, 'world'),
    temper: () => ({ changes: first(true, false), takesMs: () => MINUTE_MS }),
  },
  {
    name: 'approval-denied',
    shows: ['vote-counted', 'step-failed'],
    steps: row('approval'),
    deeds: [
      onceStep('s0', is('waiting'), (_, { attempt, wait }) =>
        voteOf('s0', attempt, { decision: 'deny', by: ANNA, evidenceHash: wait?.evidenceHash ?? '' }),
      ),
    ],
  },
  { name: 'automation', shows: ['effect-settled', 'completion-received'], steps: row('automation', 'world') },
  {
    name: 'automation-reply-lost',
    shows: ['effect-settled', 'completion-received'],
    steps: row('automation'),
    temper: () => ({ loses: first<'reply' | null>('reply', null), callsBackAfterMs: () => [15 * MINUTE_MS] }),
  },
  {
    name: 'effect-in-doubt',
    shows: ['effect-settled', 'effect-answered'],
    steps: row('trigger'),
    temper: () => ({ loses: first<'reply' | null>('reply', null), knows: () => false }),
  },
  {
    name: 'effect-did-not-happen',
    shows: ['step-failed', 'effect-repeated'],
    steps: row('trigger', 'refresh'),
    temper: () => ({ loses: firstOfEach<'request' | null>('request', null) }),
  },
  {
    name: 'effect-refused',
    shows: ['step-failed'],
    steps: row('refresh', { kind: 'automation', maxAttempts: 1 }),
    temper: () => ({ refuses: ({ attempt }) => attempt === 1, fails: ({ attempt }) => attempt === 2 }),
  },
  {
    name: 'hold-and-resume',
    shows: ['cutover-held', 'cutover-resumed'],
    steps: row('person', 'world', 'automation'),
    deeds: [
      onceStep('s0', is('waiting'), () => ({ type: 'hold', by: OLGA, reason: REASON })),
      onceStep(
        's0',
        is('waiting'),
        (_, { attempt }) => claimOf('s0', attempt, 'pass', OMAR),
        () => ({ type: 'resume', by: OLGA }),
      ),
      onceStep('s2', is('waiting'), () => ({ type: 'hold', by: OMAR, reason: REASON })),
    ],
  },
  {
    name: 'deadline-holds',
    shows: ['deadline-renewed', 'cutover-held'],
    steps: row({ kind: 'world', deadlineMs: 2 * MINUTE_MS, onDeadline: 'hold', remindAfterMs: [MINUTE_MS] }),
    temper: () => ({ takesMs: () => 4 * MINUTE_MS }),
  },
  {
    name: 'retry-and-skip',
    endsByChance: true,
    shows: ['step-failed', 'step-skipped'],
    steps: row(
      { kind: 'flaky', maxAttempts: 1 },
      { kind: 'flaky', maxAttempts: 2 },
      { kind: 'person', required: false, deadlineMs: MINUTE_MS, remindAfterMs: [30_000] },
    ),
    deeds: [
      onceStep('s0', is('failed'), () => ({ type: 'retry', stepId: 's0', by: OLGA, reason: REASON })),
      onceStep('s2', is('waiting'), () => skips('s2', OLGA)),
    ],
  },
  {
    name: 'counting',
    shows: ['step-checked', 'step-failed'],
    steps: row('baseline', { kind: 'validate-counts', params: { classes: ['keyed', 'non-keyed'] } }),
    temper: () => ({ mismatches: (counting) => counting === 2 }),
    profile: { tables: 30 },
  },
  {
    name: 'skip-by-two',
    shows: ['skip-proposed', 'request-refused', 'step-skipped'],
    steps: row({ kind: 'validate-counts', required: false, maxAttempts: 1 }, 'world'),
    temper: () => ({ mismatches: () => true }),
    deeds: [
      onceStep(
        's0',
        is('failed'),
        () => skips('s0', OLGA),
        () => skips('s0', OLGA),
      ),
      onceStep(
        's0',
        ({ skipProposal }) => skipProposal !== null,
        () => skips('s0', OMAR),
      ),
    ],
  },
  {
    // A wish that nobody joined in was void after its hour, and nobody was told of either.
    name: 'skip-by-nobody',
    shows: ['skip-proposed', 'reminder-due', 'statement-voided'],
    steps: row({
      kind: 'world',
      dataGate: true,
      required: false,
      deadlineMs: 4 * HOUR_MS,
      remindAfterMs: [3 * HOUR_MS],
    }),
    temper: () => ({ takesMs: () => 70 * MINUTE_MS }),
    deeds: [
      onceStep(
        's0',
        ({ unmet }) => unmet.length > 0,
        () => skips('s0', OLGA),
      ),
    ],
  },
  {
    name: 'gate-and-clock-change',
    shows: ['replication-changed', 'step-checked'],
    steps: row(
      { kind: 'world', marks: 'replication-set-up' },
      {
        kind: 'replication-gate',
        params: { goal: 'drained', classes: ['keyed', 'non-keyed'], polls: 2, tracer: true, after: null },
      },
    ),
    profile: { clockChangeAfterMs: 3 * MINUTE_MS, clockChangeHours: -1, tables: 3 },
  },
  {
    name: 'dead-letter',
    shows: ['message-dead-lettered'],
    steps: row('world', 'person'),
    temper: () => {
      let times = 0;
      return { isBug: () => (times += 1) <= 2 };
    },
    profile: { maxDeliveries: 2 },
  },
  {
    name: 'early-and-late',
    shows: ['completion-kept', 'result-late', 'attempt-given-up'],
    steps: row('world', 'person', { kind: 'person', deadlineMs: HOUR_MS }),
    deeds: [
      onceStep('s0', is('waiting'), () => claimOf('s1', 1, 'pass', OMAR)),
      onceStep('s1', is('succeeded'), () => claimOf('s1', 1, 'fail', OLGA)),
      onceStep(
        's2',
        is('waiting'),
        () => claimOf('s2', 1, 'not-tested', OMAR),
        () => ({ type: 'give-up', stepId: 's2', by: OLGA, reason: REASON }),
        () => ({ type: 'redrive', stepId: 's2', deadLetterId: null, by: OLGA }),
      ),
    ],
  },
  {
    // Whoever answered the second attempt, which never began, was told that there is no such attempt.
    name: 'late-for-the-next',
    shows: ['cutover-held', 'step-ready', 'step-skipped', 'result-late', 'cutover-resumed'],
    steps: row({ kind: 'person', required: false, maxAttempts: 1 }, 'world'),
    deeds: [
      onceStep(
        's0',
        is('waiting'),
        () => ({ type: 'hold', by: OLGA, reason: REASON }),
        (_, { attempt }) => claimOf('s0', attempt, 'fail', OMAR),
      ),
      onceStep('s0', is('failed'), () => ({ type: 'retry', stepId: 's0', by: OLGA, reason: REASON })),
      onceStep('s0', is('ready'), () => skips('s0', OLGA)),
      onceStep(
        's0',
        is('skipped'),
        (_, { attempt }) => claimOf('s0', attempt + 1, 'pass', OMAR),
        () => ({ type: 'resume', by: OLGA }),
      ),
    ],
  },
  {
    name: 'document-seen-by-two',
    shows: ['document-uploaded', 'document-confirmed'],
    steps: row('person', 'world'),
    deeds: [
      onceStep('s0', is('waiting'), ({ lastCommitAt: takenAt }) => ({
        type: 'upload',
        document: { kind: 'statement', stepId: 's1', takenAt, text: REASON, waives: [], reading: null },
        by: OLGA,
      })),
      {
        when: ({ uploads = [] }) => uploads.length > 0,
        does: ({ uploads = [] }) =>
          uploads.map(({ hash }) => ({ type: 'confirm-upload', hash, by: OMAR, comment: REASON })),
      },
    ],
  },
  {
    name: 'missing-row',
    shows: ['table-drilled'],
    steps: row(
      { kind: 'world', marks: 'replication-set-up' },
      {
        kind: 'replication-gate',
        params: { goal: 'drained', classes: ['keyed', 'non-keyed'], polls: 2, tracer: true, after: null },
      },
      'person',
    ),
    profile: { tables: 3 },
    deeds: [onceStep('s2', is('waiting'), () => ({ type: 'drill-down', table: 'dbo.TABLE1', by: OLGA }))],
  },
  {
    name: 'way-back',
    endsByChance: true,
    ends: 'rolledBack',
    shows: ['point-of-no-return-passed', 'rollback-started', 'cutover-rolled-back'],
    steps: row('world', 'person', 'world'),
    plan: { rollbacks: [rollback('early'), rollback('late', { dataLossStatement: 'All is lost.' })] },
    deeds: [
      onceStep('s1', is('waiting'), ({ lastCommitAt }) => ({
        type: 'pass-point-of-no-return',
        happenedAt: lastCommitAt,
        by: OLGA,
        reason: REASON,
      })),
      goesBack('s1', 'early'),
      goesBack('s1', 'late', 'All is lost.'),
    ],
  },
  {
    name: 'way-back-in-doubt',
    ends: 'rolledBack',
    shows: ['effect-answered', 'rollback-started'],
    steps: row('trigger', 'person'),
    temper: () => ({ loses: first<'reply' | null>('reply', null), knows: () => false }),
    plan: { rollbacks: [rollback('early')] },
    deeds: [
      {
        ...onceStep('s0', isDoubted, () => ({
          type: 'rollback',
          rollbackId: 'early',
          by: OLGA,
          reason: REASON,
          statement: null,
        })),
      },
      goesBack('s1', 'early'),
    ],
  },
  {
    // An attempt that was given up, or passed its limit, was no doubt any more: it could be passed, and turned back from.
    name: 'failed-in-doubt',
    ends: 'rolledBack',
    endsByChance: true,
    shows: ['attempt-given-up', 'request-refused', 'effect-answered', 'rollback-started'],
    steps: row({ kind: 'trigger', required: false, maxAttempts: 1 }, 'person'),
    temper: () => ({ loses: first<'reply' | null>('reply', null), knows: () => false }),
    plan: { rollbacks: [rollback('early')] },
    deeds: [
      onceStep(
        's0',
        ({ effect }) => effect?.outcome === 'open',
        () => ({ type: 'give-up', stepId: 's0', by: OLGA, reason: REASON }),
      ),
      onceStep(
        's0',
        is('failed'),
        () => skips('s0', OLGA),
        () => ({ type: 'retry', stepId: 's0', by: OMAR, reason: REASON }),
        () => ({ type: 'rollback', rollbackId: 'early', by: OLGA, reason: REASON, statement: null }),
      ),
      goesBack('s1', 'early'),
    ],
  },
  {
    name: 'nobody-answers',
    endsByChance: true,
    shows: ['reminder-due', 'step-failed'],
    steps: row({
      kind: 'person',
      deadlineMs: 2_000,
      remindAfterMs: [1_000],
      maxAttempts: 1,
      required: false,
    }),
  },
  {
    // The token of a gate counts as older than the gate once the server's clock goes forward: the DBA posts another.
    name: 'gate-in-spring',
    shows: ['replication-changed', 'step-checked'],
    steps: row(
      { kind: 'world', marks: 'replication-set-up' },
      {
        kind: 'replication-gate',
        params: { goal: 'drained', classes: ['keyed', 'non-keyed'], polls: 2, tracer: true, after: null },
      },
    ),
    temper: () => ({ takesMs: () => 5 * MINUTE_MS }),
    profile: { clockChangeAfterMs: 7 * MINUTE_MS, clockChangeHours: 1, tables: 3 },
  },
  {
    // Wakes of a machine that was behind came back at once without end, and their ids grew longer than the broker takes.
    name: 'clock-behind',
    shows: ['step-checked'],
    steps: row('flaky', 'world'),
    temper: () => ({ takesMs: () => 3 * MINUTE_MS }),
    profile: { processes: 1, skewMs: 2_000 },
  },
  {
    // One commit of a machine hours ahead failed what it found waiting, and the right ones then served nothing for hours.
    name: 'clock-ahead',
    shows: ['step-succeeded'],
    steps: row('person', 'world', { kind: 'person', deadlineMs: 4 * HOUR_MS, remindAfterMs: [HOUR_MS] }),
    profile: { wrongByHours: [6, 0] },
  },
  {
    name: 'revision',
    endsByChance: true,
    shows: ['revision-proposed', 'revision-rejected', 'revision-adopted', 'request-refused'],
    steps: row('person', 'person', 'world'),
    deeds: [
      proposes('fewer', stepIs('s0', is('waiting')), (steps) => steps.slice(0, 2)),
      decide('fewer', OMAR, 'reject'),
      proposes('more', stepIs('s1', is('waiting')), (steps) => [
        ...steps.slice(0, 2),
        stepOf({ id: 's3', kind: 'world', after: ['s1'] }),
      ]),
      // Her own word does not count: somebody else decides.
      decide('more', OLGA, 'approve'),
      decide('more', OMAR, 'approve'),
      // An id never comes back, whatever its step would be now.
      proposes('again', stepIs('s2', is('cancelled')), (steps) => [
        ...steps,
        stepOf({ id: 's2', kind: 'person', after: ['s1'] }),
      ]),
      // Whoever skipped what a revision had removed was told that an invariant is broken.
      onceStep('s2', is('cancelled'), () => skips('s2', OMAR)),
    ],
  },
  {
    // A proposal nobody decided was void after its day, and nobody was told of it before: everybody leaves just then.
    name: 'revision-left-open',
    endsByChance: true,
    shows: ['revision-proposed', 'revision-reminded'],
    steps: row({ kind: 'person', deadlineMs: 6 * HOUR_MS, remindAfterMs: [5 * HOUR_MS] }),
    deeds: [
      proposes('more', stepIs('s0', is('waiting')), (steps) => [
        ...steps,
        stepOf({ id: 's1', kind: 'world', after: ['s0'] }),
      ]),
    ],
    profile: {
      lull: { of: 'people', afterMs: 10_000, forMs: 2 * HOUR_MS },
      quietAfterMs: 2 * HOUR_MS + MINUTE_MS,
    },
  },
  {
    // What was said of a step before it was asked does not stand for another task.
    name: 'voided',
    shows: ['completion-received', 'statement-voided', 'revision-adopted'],
    steps: row('world', 'person'),
    temper: () => ({ takesMs: () => 5 * MINUTE_MS }),
    deeds: [
      onceStep('s1', is('pending'), () => claimOf('s1', 1, 'pass', OMAR)),
      proposes(
        'another task',
        stepIs('s1', ({ earlyClaim }) => earlyClaim !== null),
        (steps) => steps.map((step) => (step.id === 's1' ? { ...step, title: 'Another task' } : step)),
      ),
      decide('another task', OMAR, 'approve'),
    ],
  },
  {
    name: 'join-late',
    shows: ['cutover-held', 'revision-adopted', 'step-recorded', 'cutover-resumed'],
    steps: row('person', { kind: 'validate-counts', params: { classes: ['keyed'] } }, 'world'),
    deeds: [
      proposes('joined', stepIs('s0', is('ready')), (steps) => steps, ['s0', 's1']),
      decide('joined', OMAR, 'approve'),
      {
        when: ({ held, steps }) => held !== null && steps.s1?.status === 'succeeded',
        does: () => [{ type: 'resume', by: OLGA }],
      },
    ],
    profile: { startsHeld: true, tables: 2 },
  },
  {
    name: 'abort',
    ends: 'aborted',
    shows: ['cutover-aborted'],
    steps: row('person', 'world'),
    deeds: [onceStep('s0', is('waiting'), () => ({ type: 'abort', by: OLGA, reason: REASON }))],
  },
];

/** The story of a name. */
export const storyNamed = (name: string): Story => {
  const story = STORIES.find((candidate) => candidate.name === name);
  if (story === undefined)
    throw new Error(`no story is called ${name}; there are ${STORIES.map((one) => one.name).join(', ')}`);
  return story;
};
