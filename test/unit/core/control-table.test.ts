import { describe, expect, it } from 'vitest';
import type { Answer } from '../../../shared/core/draft.ts';
import type { Plan, PlanStep } from '../../../shared/core/plan.ts';
import type { What } from '../../support/sample-inputs.ts';
import {
  abort,
  attempt,
  DBA,
  done,
  failed,
  giveUp,
  hold,
  MANAGER,
  passPointOfNoReturn,
  redrive,
  resume,
  retry,
  rollback,
  skip,
} from '../../support/sample-inputs.ts';
import { HOUR, planOf, step } from '../../support/sample-plan.ts';
import type { Moment } from '../../support/specification.ts';
import { givenStarted, startOf, T0 } from '../../support/specification.ts';

const STATUSES = [
  'pending',
  'ready',
  'running',
  'waiting',
  'failed',
  'succeeded',
  'skipped',
  'cancelled',
] as const;
type Status = (typeof STATUSES)[number];

/** The steps of a way, called by the status each is brought to; of its places to work in, two are taken. */
const stepsOf = (prefix: string, differs: Partial<PlanStep>): readonly PlanStep[] =>
  (['succeeded', 'skipped', 'failed', 'waiting', 'running', 'ready', 'pending'] as const).map((status) =>
    step(`${prefix}${status}`, {
      ...(status === 'skipped' ? {} : differs),
      after: status === 'pending' ? [`${prefix}ready`] : [],
    }),
  );

const way = (id: string, differs: Partial<PlanStep>) => ({
  id,
  title: id,
  availableFrom: null,
  availableUntil: null,
  dataLossStatement: null,
  steps: stepsOf(`rb.${id}.`, differs),
});

const planWith = (differs: Partial<PlanStep>, more: readonly PlanStep[] = []): Plan =>
  planOf([...stepsOf('', differs), ...more], {
    concurrency: 2,
    rollbacks: [way('back', differs), way('other', differs)],
  });

const propose = (plan: Plan, revision: number): What => ({
  type: 'propose-revision',
  asked: 'as sent',
  plan,
  ref: { hash: `plan-${revision}`, procedureHash: 'procedure-hash', revision },
  bindings: [],
  done: [],
  hash: `h${revision}`,
  by: MANAGER,
  reason: 'a step is not needed',
});
const approve = (plan: Plan, revision: number): What => ({
  type: 'decide-revision',
  bindings: [],
  hash: `h${revision}`,
  decision: 'approve',
  plan,
  by: DBA,
  comment: 'seen',
});

/** Ends three steps of a way in three ways and asks a fourth; of the others one is in hand, one ready, one pending. */
const works = (prefix: string): readonly Moment[] => {
  const of = (status: Status) => attempt(`${prefix}${status}`);
  return [
    of('succeeded').asksWorld(),
    (now) => of('succeeded').isJudged(done(now)),
    skip(`${prefix}skipped`),
    of('failed').asksWorld(),
    of('failed').isJudged(failed()),
    of('waiting').asksPerson(),
  ];
};
const OPEN = ['failed', 'waiting', 'running', 'ready', 'pending'] as const;
const skipsRest = (prefix: string): readonly Moment[] => OPEN.map((status) => skip(`${prefix}${status}`));

/** How a cutover stands, how it came to that, and the id of its step of each status that its steps can have then. */
type Standing = {
  readonly startAt?: number;
  readonly story: readonly Moment[];
  readonly steps: Partial<Readonly<Record<Status, string>>>;
};

const SAME = Object.fromEntries(STATUSES.map((status) => [status, status])) as Record<Status, string>;
const BACK = Object.fromEntries(
  // What was not done when the way back was taken is cancelled.
  STATUSES.map((status) => [status, status === 'cancelled' ? 'ready' : `rb.back.${status}`]),
) as Record<Status, string>;
const only = (steps: Record<Status, string>, ...statuses: readonly Status[]) =>
  Object.fromEntries(statuses.map((status) => [status, steps[status]]));
const ENDS = ['succeeded', 'skipped', 'cancelled'] as const;

const back = [...works(''), rollback('back'), ...works('rb.back.')];
const later = {
  startAt: T0 + HOUR,
  story: [skip('skipped')],
  steps: only(SAME, 'pending', 'ready', 'skipped', 'cancelled'),
};
const STANDINGS: Readonly<Record<string, Standing>> = {
  scheduled: later,
  'scheduled, held': { ...later, story: [...later.story, hold()] },
  running: { story: works(''), steps: SAME },
  'running, held': { story: [...works(''), hold()], steps: SAME },
  rollingBack: { story: back, steps: BACK },
  'rollingBack, held': { story: [...back, hold()], steps: BACK },
  completed: { story: [...works(''), ...skipsRest('')], steps: only(SAME, ...ENDS) },
  rolledBack: { story: [...back, ...skipsRest('rb.back.')], steps: only(BACK, ...ENDS) },
  aborted: { story: [...works(''), abort()], steps: only({ ...SAME, cancelled: 'ready' }, ...ENDS) },
};

/** A cutover that stands so; a step of its first plan has been removed by a revision. */
const standing = (name: string, differs: Partial<PlanStep> = {}) => {
  const { story, startAt } = STANDINGS[name]!;
  const first = planWith(differs, [step('cancelled', differs)]);
  const second = planWith(differs);
  const start = { ...startOf(first), startAt: startAt ?? null } as What;
  return givenStarted(start, first, propose(second, 2), approve(second, 2), ...story);
};

type Code = Answer['code'];

/** Only what is possible is done; a refusal says what to do, and nothing but the refusal follows from it. */
const expectAnswer = (outcome: ReturnType<ReturnType<typeof standing>['when']>, expected: Code): void => {
  expect(outcome.answer.code).toBe(expected);
  if (expected === 'applied') expect(outcome.events).not.toEqual([]);
  else if (expected === 'unchanged') outcome.thenNothing();
  else outcome.thenRefused(expected, outcome.answer.detail);
};

const yes = 'applied';

/** What is answered to each request about a step of each status while the cutover goes on. */
const OF_STEP: readonly (readonly [
  string,
  Partial<PlanStep>,
  (stepId: string) => What,
  Readonly<Record<Status, Code>>,
])[] = (
  [
    //                     pending ready   running waiting failed  succeeded skipped cancelled
    ['retry', {}, retry, ['C306', 'C306', 'C306', 'C306', yes, 'C308', 'C308', 'C308']],
    ['skip', {}, skip, [yes, yes, yes, yes, yes, 'C308', 'C308', 'C308']],
    [
      'skip of what is required',
      { required: true },
      skip,
      ['C307', 'C307', 'C307', 'C307', 'C307', 'C308', 'C308', 'C308'],
    ],
    [
      'skip of a data gate, by the first of two',
      { dataGate: true },
      skip,
      [yes, yes, yes, yes, yes, 'C308', 'C308', 'C308'],
    ],
    ['give up', {}, giveUp, ['C313', 'C313', yes, yes, 'C313', 'C313', 'C313', 'C313']],
    ['redrive', {}, redrive, ['C313', 'C313', yes, yes, 'C313', 'C313', 'C313', 'C313']],
    [
      'answer about an effect nobody announced',
      {},
      (id: string) => attempt(id).happened(true),
      ['C315', 'C315', 'C315', 'C315', 'C315', 'C315', 'C315', 'C315'],
    ],
  ] as const
).map(([name, differs, make, codes]) => [
  name,
  differs,
  make,
  Object.fromEntries(STATUSES.map((status, index) => [status, codes[index]])) as Record<Status, Code>,
]);

const isOver = (name: string): boolean => /^(completed|rolledBack|aborted)$/.test(name);
const isHeld = (name: string): boolean => name.endsWith('held');

/** After the end nothing is possible any more, and nothing is dispatched during a hold. */
const expectedOf = (control: string, code: Code, name: string): Code => {
  if (isOver(name)) return 'C303';
  return control === 'redrive' && code === 'applied' && isHeld(name) ? 'C304' : code;
};

const stepCells = Object.entries(STANDINGS).flatMap(([name, { steps }]) =>
  OF_STEP.flatMap(([control, differs, make, codes]) =>
    (Object.entries(steps) as [Status, string][])
      // What is required is never skipped, so no way to an end by skipping.
      .filter(() => !isOver(name) || name === 'aborted' || Object.keys(differs).length === 0)
      .map(([status, stepId]) => ({
        control,
        status,
        name,
        differs,
        what: make(stepId),
        stepId,
        expected: expectedOf(control, codes[status], name),
      })),
  ),
);

describe('a request about a step', () => {
  it.each(stepCells)('$control, of a step that is $status in a cutover that is $name: $expected', (cell) => {
    const { name, differs, what, stepId, status, expected } = cell;
    const outcome = standing(name, differs).when(what);
    const other = standing(name, differs).when(hold('to look', DBA));
    expect(other.after?.steps[stepId]?.status, 'the step is what the table says it is').toBe(status);
    expectAnswer(outcome, expected);
  });

  it.each(Object.keys(STANDINGS))('of no step of the cutover is refused in one that is %s', (name) => {
    for (const [, , make] of OF_STEP) expectAnswer(standing(name).when(make('nowhere')), 'C206');
  });
});

const withoutPending: Plan = {
  ...planWith({}),
  steps: planWith({}).steps.filter(({ id }) => id !== 'pending'),
};

/** What is answered to each request about the cutover itself: scheduled, running, rolling back, each free and held. */
const OF_CUTOVER: readonly (readonly [string, What, readonly Code[]])[] = [
  //                                                   scheduled  s., held   running rung., held rolling rolling, held
  ['hold', hold('again', DBA), [yes, 'unchanged', yes, 'unchanged', yes, 'unchanged']],
  ['resume', resume(), ['C305', yes, 'C305', yes, 'C305', yes]],
  ['abort', abort(), [yes, yes, yes, yes, yes, yes]],
  ['redrive of all that is due', redrive(null), [yes, yes, yes, yes, yes, yes]],
  ['way back', rollback('back'), ['C320', 'C320', yes, yes, 'C320', 'C320']],
  ['another way back', rollback('other'), ['C320', 'C320', yes, yes, yes, yes]],
  ['way back that there is not', rollback('none'), ['C320', 'C320', 'C320', 'C320', 'C320', 'C320']],
  ['point of no return', passPointOfNoReturn(T0), [yes, yes, yes, yes, yes, yes]],
  [
    'point of no return to come',
    passPointOfNoReturn(T0 + HOUR),
    ['C325', 'C325', 'C325', 'C325', 'C325', 'C325'],
  ],
  [
    'proposal that changes what has begun, if anything has',
    propose(planWith({ title: 'X' }), 3),
    [yes, yes, 'C323', 'C323', 'C323', 'C323'],
  ],
  [
    'proposal without a step that has not begun',
    propose(withoutPending, 3),
    [yes, yes, yes, yes, 'C323', 'C323'],
  ],
  [
    'proposal of what it is',
    propose(planWith({}), 3),
    ['unchanged', 'unchanged', 'unchanged', 'unchanged', 'C323', 'C323'],
  ],
  ['proposal on an old revision', propose(planWith({}), 2), ['C323', 'C323', 'C323', 'C323', 'C323', 'C323']],
  ['decision on no proposal', approve(planWith({}), 3), ['C324', 'C324', 'C324', 'C324', 'C324', 'C324']],
];

const cutoverCells = OF_CUTOVER.flatMap(([control, what, codes]) =>
  Object.keys(STANDINGS).map((name, index) => ({
    control,
    name,
    what,
    expected: codes[index] ?? ('C303' as const),
  })),
);

describe('a request about a cutover', () => {
  it.each(cutoverCells)('$control, in one that is $name: $expected', ({ name, what, expected }) => {
    const outcome = standing(name).when(what);
    expectAnswer(outcome, expected);
  });

  it.each(Object.keys(STANDINGS))('is asked of one that is %s, as the table says', (name) => {
    const { after } = standing(name).when(passPointOfNoReturn(T0));
    const [status, held] = name.split(', ');
    expect([after?.status, after?.held != null]).toEqual([status, held === 'held']);
  });
});
