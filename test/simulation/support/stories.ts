import type { Plan, PlanStep, RollbackPlan } from '../../../shared/core/plan.ts';
import type { CutoverState, StepState } from '../../../shared/core/state.ts';
import type { Asked } from './meddlers.ts';
import { claimOf, voteOf } from './meddlers.ts';
import type { Deed } from './operators.ts';
import { planOf, stepOf } from './plan.ts';
import type { Profile } from './profile.ts';
import { CALM_PROFILE } from './profile.ts';
import { simulatedScenario, surroundWith } from './random-plan.ts';
import type { Scenario } from './scenario.ts';
import type { Temper } from './temper.ts';
import { CALM } from './temper.ts';

/** A small cutover in which nothing goes wrong but what the story is about. */
export type Story = {
  readonly name: string;
  readonly steps: readonly PlanStep[];
  readonly plan?: Partial<Plan>;
  /** Made anew for every play, because it may remember what was asked. */
  readonly temper?: () => Partial<Temper>;
  readonly profile?: Partial<Profile>;
  readonly deeds?: readonly Deed[];
};

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const OLGA = { id: 'o1', name: 'Olga' };
const OMAR = { id: 'o2', name: 'Omar' };
const ANNA = { id: 'p1', name: 'Approver p1' };
const REASON = 'the story wants it';

/** Steps of these kinds, each behind the one before it, called s0, s1, … */
const row = (...kinds: readonly (string | ({ readonly kind: string } & Partial<PlanStep>))[]): PlanStep[] =>
  kinds.map((given, index) =>
    stepOf({
      id: `s${index}`,
      after: index === 0 ? [] : [`s${index - 1}`],
      ...(typeof given === 'string' ? { kind: given } : given),
    }),
  );

/** Somebody does this once, as soon as the step is so. */
const onceStep = (
  stepId: string,
  when: (step: StepState) => boolean,
  ...does: readonly ((state: CutoverState, step: StepState) => Asked)[]
): Deed => ({
  when: ({ steps }) => when(steps[stepId]!),
  does: (state) => does.map((asked) => asked(state, state.steps[stepId]!)),
});

const is =
  (status: StepState['status']) =>
  (step: StepState): boolean =>
    step.status === status;
const isDoubted = ({ effect }: StepState): boolean => effect?.outcome === 'unknown';

/** The first of all times only. */
const first = <T>(then: T, otherwise: T): (() => T) => {
  let times = 0;
  return () => ((times += 1) === 1 ? then : otherwise);
};

const rollback = (id: string, differs: Partial<RollbackPlan> = {}): RollbackPlan => ({
  id,
  title: `The way back ${id}`,
  availableFrom: null,
  availableUntil: null,
  dataLossStatement: null,
  steps: [
    stepOf({ id: `rb.${id}.0`, kind: 'person', after: [] }),
    stepOf({ id: `rb.${id}.1`, kind: 'world', after: [`rb.${id}.0`] }),
  ],
  ...differs,
});

const goesBack = (stepId: string, rollbackId: string, statement: string | null = null): Deed =>
  onceStep(stepId, is('waiting'), () => ({
    type: 'rollback',
    rollbackId,
    by: OLGA,
    reason: REASON,
    statement,
  }));

/** The stories whose every crash point is played: each names what it is about. */
export const STORIES: readonly Story[] = [
  { name: 'world', steps: row('world', 'world'), plan: { concurrency: 1 } },
  {
    name: 'side-by-side',
    steps: [
      ...row('world'),
      stepOf({ id: 'a', kind: 'person', after: ['s0'] }),
      stepOf({ id: 'b', kind: 'world', after: ['s0'] }),
      stepOf({ id: 'c', kind: 'world', after: ['a', 'b'] }),
    ],
    profile: { processes: 3 },
  },
  { name: 'approval', steps: row('world', { kind: 'approval', params: { quorum: 2 } }) },
  {
    name: 'approval-void',
    steps: row({ kind: 'approval', params: { quorum: 2 } }, 'world'),
    temper: () => ({ changes: first(true, false), takesMs: () => MINUTE_MS }),
  },
  {
    name: 'approval-denied',
    steps: row('approval'),
    deeds: [
      onceStep('s0', is('waiting'), (_, { attempt, wait }) =>
        voteOf('s0', attempt, { decision: 'deny', by: ANNA, evidenceHash: wait?.evidenceHash ?? '' }),
      ),
    ],
  },
  { name: 'automation', steps: row('automation', 'world') },
  {
    name: 'automation-reply-lost',
    steps: row('automation'),
    temper: () => ({ loses: first<'reply' | null>('reply', null), callsBackAfterMs: () => [15 * MINUTE_MS] }),
  },
  {
    name: 'effect-in-doubt',
    steps: row('trigger'),
    temper: () => ({ loses: first<'reply' | null>('reply', null), knows: () => false }),
  },
  {
    name: 'effect-did-not-happen',
    steps: row('trigger', 'refresh'),
    temper: () => ({ loses: first<'request' | null>('request', null) }),
  },
  {
    name: 'effect-refused',
    steps: row('refresh', { kind: 'automation', maxAttempts: 1 }),
    temper: () => ({ refuses: ({ attempt }) => attempt === 1, fails: ({ attempt }) => attempt === 2 }),
  },
  {
    name: 'hold-and-resume',
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
    steps: row({ kind: 'world', deadlineMs: 2 * MINUTE_MS, onDeadline: 'hold', remindAfterMs: [MINUTE_MS] }),
    temper: () => ({ takesMs: () => 4 * MINUTE_MS }),
  },
  {
    name: 'retry-and-skip',
    steps: row(
      { kind: 'flaky', maxAttempts: 1 },
      { kind: 'flaky', maxAttempts: 2 },
      { kind: 'person', required: false, deadlineMs: MINUTE_MS, remindAfterMs: [30_000] },
    ),
    deeds: [
      onceStep('s0', is('failed'), () => ({ type: 'retry', stepId: 's0', by: OLGA, reason: REASON })),
      onceStep('s2', is('waiting'), () => ({ type: 'skip', stepId: 's2', by: OLGA, reason: REASON })),
    ],
  },
  {
    name: 'counting',
    steps: row('baseline', { kind: 'validate-counts', params: { classes: ['keyed', 'non-keyed'] } }),
    temper: () => ({ mismatches: (counting) => counting === 2 }),
    profile: { tables: 30 },
  },
  {
    name: 'skip-by-two',
    steps: row({ kind: 'validate-counts', required: false, maxAttempts: 1 }, 'world'),
    temper: () => ({ mismatches: () => true }),
    deeds: [
      onceStep(
        's0',
        is('failed'),
        () => ({ type: 'skip', stepId: 's0', by: OLGA, reason: REASON }),
        () => ({ type: 'skip', stepId: 's0', by: OMAR, reason: REASON }),
      ),
    ],
  },
  {
    name: 'gate-and-clock-change',
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
    steps: row('world', 'person'),
    temper: () => {
      let times = 0;
      return { isBug: () => (times += 1) <= 2 };
    },
    profile: { maxDeliveries: 2 },
  },
  {
    name: 'early-and-late',
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
    name: 'way-back',
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
    steps: row('trigger', 'world'),
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
    name: 'abort',
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

/** A story as it is played. */
export const storyScenario = ({ steps, plan = {}, temper, profile = {}, deeds = [] }: Story): Scenario =>
  simulatedScenario(
    { ...CALM_PROFILE, ...profile },
    {
      planOf: () => planOf({ ...plan, steps }),
      surround: surroundWith(() => ({ ...CALM, ...temper?.() }), deeds),
    },
  );
