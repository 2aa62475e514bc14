import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../shared/core/plan.ts';
import type { CutoverState } from '../../../shared/core/state.ts';
import { waitingFor } from '../../../shared/view/waiting-for.ts';
import type { What } from '../../support/sample-inputs.ts';
import {
  ANNA,
  APPROVERS,
  attempt,
  BERT,
  CARL,
  deadLetter,
  done,
  failed,
  giveUp,
  hold,
  MANAGER,
  notYet,
  resume,
  retry,
  rollback,
  skip,
  wake,
} from '../../support/sample-inputs.ts';
import { chain, HOUR, MINUTE, planOf, step } from '../../support/sample-plan.ts';
import { given, givenStarted, pass, startOf, T0, type Moment } from '../../support/specification.ts';

const A = attempt('a');
const REMOVAL = attempt('removal');
const CALL = 'POST /api/cutovers/go-live';
const STEP = `${CALL}/steps/a`;
const ONCE = { repeatable: false };
const AGAIN = { repeatable: true };
const GRACE = 10 * MINUTE;
/** Looked at when the approval asks no more but has not passed. */
const UNREADABLE = { code: 'C401', message: 'unreadable', who: 'platform engineer', next: 'wait' };
const cannotRead: What = A.isJudged({ verdict: 'not-yet', unmet: [UNREADABLE], again: false });

type Story = readonly Moment[];
/** What somebody reads in one line: who, what, since when after the start, and part of what to do. */
type Line = readonly [who: string, message: string, sinceMs: number, ...next: string[]];

const expectLines = (plan: Plan, state: CutoverState, lines: readonly Line[]): void => {
  const shown = waitingFor(plan, state);
  const told = shown.map(({ who, message, since }) => [who, message, Date.parse(since) - T0]);
  expect(told).toEqual(lines.map(([who, message, sinceMs]) => [who, message, sinceMs]));
  for (const [index, [, , , ...parts]] of lines.entries())
    for (const part of parts) expect(shown[index]?.next).toContain(part);
};

const last = (story: Story) => story.at(-1) as What;
const ofStep = (differs: Partial<Parameters<typeof step>[1]> = {}): Plan =>
  planOf([step('a', { instruction: 'Do it.', ...differs })]);

/** Nobody is asked, because what is in hand goes on by itself. */
const GOES_ON: readonly Line[] = [];
const heldAt = (sinceMs: number): Line => ['Mona', 'Held: a pause', sinceMs, `${CALL}/resume`];
const HELD = heldAt(0);
const DOUBT = 'It is not known whether the request of "Step a" arrived.';
const ANSWER = 'POST /api/cutovers/go-live/steps/a/attempts/1/report';
const CALLBACK = 'POST /api/callbacks/completions/go-live/a/1';
const VOTE = 'POST /api/cutovers/go-live/steps/a/attempts/1/vote';
const AUTOMATION = 'the automation, watched by dba';

describe.each<[string, readonly (readonly [string, Story, readonly Line[]])[]]>([
  [
    'a step that was dispatched',
    [
      ['goes on by itself', [wake], GOES_ON],
      ['names the hold while held', [hold()], [HELD]],
      [
        'names what keeps it from asking, and since when',
        [pass(MINUTE), cannotRead],
        [['platform engineer', 'unreadable', MINUTE, 'wait']],
      ],
      [
        'names its dead letter',
        [deadLetter('a', { attempt: 1, dispatch: 1 })],
        [['cutover-manager', 'Stuck: its message could not be handled (delivered ten times)', 0, '/redrive']],
      ],
    ],
  ],
  [
    'a step that asks the world',
    [
      ['goes on by itself before its first reading', [A.asksWorld()], GOES_ON],
      [
        'names what it lacks, since when, and who can clear it',
        [A.asksWorld(), pass(MINUTE), A.isJudged(notYet('pending 7'))],
        [['DBA', 'pending 7', MINUTE, 'wait']],
      ],
      [
        'names the hold beside what it lacks',
        [A.asksWorld(), A.isJudged(notYet('pending 7')), hold()],
        [HELD, ['DBA', 'pending 7', 0]],
      ],
    ],
  ],
  [
    'a step that asks a person',
    [
      ['names its owner', [A.asksPerson()], [['dba', 'Do it.', 0, ANSWER]]],
      [
        'names its owner while held, because the answer is recorded',
        [A.asksPerson(), pass(HOUR), hold()],
        [heldAt(HOUR), ['dba', 'Do it.', 0, ANSWER]],
      ],
      ['goes on by itself once it is answered', [A.asksPerson(), A.isReported()], GOES_ON],
      ['names the hold once it is answered while held', [A.asksPerson(), hold(), A.isReported()], [HELD]],
      [
        'names what the answer did not bring about',
        [A.asksPerson(), A.isReported(), pass(MINUTE), A.isJudged(notYet('sessions 2'))],
        [['DBA', 'sessions 2', MINUTE]],
      ],
      [
        'still takes the answer of whoever tests what was not tested',
        [A.asksPerson(), A.isReported('not-tested'), pass(MINUTE), A.isJudged(notYet('not-tested'))],
        [
          ['dba', 'Do it.', 0, ANSWER],
          ['DBA', 'not-tested', MINUTE],
        ],
      ],
    ],
  ],
  [
    'a step that asks an automation',
    [
      ['names it with its owner', [A.asksAutomation()], [[AUTOMATION, 'Do it.', 0, CALLBACK]]],
      [
        'names it once the request was accepted',
        [A.asksAutomation(), A.settles('accepted')],
        [[AUTOMATION, 'Do it.', 0, CALLBACK]],
      ],
      [
        'names it while held, once the request was accepted',
        [A.asksAutomation(), A.settles('accepted'), hold()],
        [HELD, [AUTOMATION, 'Do it.', 0, CALLBACK]],
      ],
      [
        'asks its owner whether the request arrived, when the outside cannot tell',
        [A.asksAutomation(), pass(GRACE), A.settles('unknown')],
        [['dba', DOUBT, 0, `${STEP}/effect`]],
      ],
      ['goes on by itself once it has reported', [A.asksAutomation(), A.callsBack()], GOES_ON],
    ],
  ],
  [
    'a step that has asked the outside for something',
    [
      ['goes on by itself while the answer may come', [A.asksWorld(ONCE)], GOES_ON],
      [
        'asks its owner while held, because nobody looks',
        [A.asksWorld(ONCE), hold()],
        [HELD, ['dba', DOUBT, 0, `${STEP}/effect`, `${CALL}/resume`]],
      ],
      [
        'says that the request was sent again, and when it is sent once more',
        [A.asksWorld(AGAIN), pass(GRACE), wake, A.firesAgain()],
        [
          [
            'dba',
            'It is not known whether the request of "Step a" arrived, although it was sent again.',
            0,
            'sent again by itself at 2026-11-20T22:20:00.000Z',
          ],
        ],
      ],
      ['goes on by itself once it was accepted', [A.asksWorld(ONCE), A.settles('accepted')], GOES_ON],
    ],
  ],
  [
    'an approval',
    [
      [
        'names all who can approve',
        [A.asksApproval()],
        [['anna, bert, carl', 'Step a (0 of 2 approvals)', 0, VOTE]],
      ],
      [
        'names no more who has approved, but who has denied',
        [A.asksApproval(2, 2), A.isVoted('approve', ANNA), A.isVoted('deny', BERT)],
        [['bert, carl', 'Step a (1 of 2 approvals)', 0, VOTE]],
      ],
      [
        'does not name who started the cutover, whose vote counts for nothing',
        [A.asksApproval(2, 1, [MANAGER, ...APPROVERS])],
        [['anna, bert, carl', 'Step a (0 of 2 approvals)', 0, VOTE]],
      ],
      [
        'names its owner when nobody is left to approve',
        [A.asksApproval(2, 1, [MANAGER, ANNA]), A.isVoted('approve', ANNA)],
        [['dba', 'Step a (1 of 2 approvals)', 0, `${STEP}/give-up`]],
      ],
      [
        'names them while held, because votes are recorded',
        [A.asksApproval(), hold()],
        [HELD, ['anna, bert, carl', 'Step a (0 of 2 approvals)', 0, VOTE]],
      ],
      [
        'goes on by itself once enough approve',
        [A.asksApproval(), A.isVoted('approve', ANNA), A.isVoted('approve', BERT)],
        GOES_ON,
      ],
      [
        'names what keeps its evidence from being read once more',
        [A.asksApproval(), A.isVoted('approve', ANNA), A.isVoted('approve', BERT), cannotRead],
        [['platform engineer', 'unreadable', 0]],
      ],
      [
        'names the approvers again when one of them thinks better of it',
        [
          A.asksApproval(2, 2),
          A.isVoted('approve', ANNA),
          A.isVoted('approve', BERT),
          cannotRead,
          A.isVoted('deny', BERT),
        ],
        [['bert, carl', 'Step a (1 of 2 approvals)', 0, VOTE]],
      ],
      [
        'asks all of them again when its evidence has changed',
        [A.asksApproval(), A.isVoted('approve', CARL), A.isVoided()],
        [['anna, bert, carl', 'Step a (0 of 2 approvals)', 0, VOTE]],
      ],
    ],
  ],
  [
    'a step that failed',
    [
      [
        'asks for a decision',
        [A.asksWorld(), pass(MINUTE), A.isJudged(failed())],
        [['cutover-manager', 'it runs', MINUTE, 'stop it', `${STEP}/retry or /skip`]],
      ],
      [
        'asks for it while held as well',
        [A.asksWorld(), A.isJudged(failed()), hold()],
        [HELD, ['cutover-manager', 'it runs', 0, `${STEP}/retry`]],
      ],
      [
        'asks for a decision when its attempt is given up',
        [A.asksPerson(), giveUp('a')],
        [['cutover-manager', 'Given up: a attempt 1 by Mona: nobody answers', 0, '/retry']],
      ],
      [
        'asks for a decision when it was denied',
        [A.asksApproval(), A.isVoted('deny', ANNA)],
        [['cutover-manager', 'The approval was denied: a by Anna: looked', 0, '/retry']],
      ],
      [
        'asks for a decision when its deadline passed',
        [A.asksPerson(), pass(2 * HOUR), wake],
        [['cutover-manager', 'The step passed its deadline: a attempt 1, asked of dba', 2 * HOUR, '/retry']],
      ],
      ['goes on by itself once it is retried', [A.asksWorld(), A.isJudged(failed()), retry('a')], GOES_ON],
    ],
  ],
])('%s', (_, cases) => {
  it.each(cases)('%s', (_name, story, lines) => {
    const { after } = given(ofStep(), ...story.slice(0, -1)).when(last(story));
    expectLines(ofStep(), after!, lines);
  });
});

describe('a data gate that one of two people wants to pass', () => {
  const plan = ofStep({ dataGate: true });
  const WISH: Line = [
    'anybody but Mona',
    'Mona asks to skip "Step a" without its proof: not needed',
    MINUTE,
    `${STEP}/skip by 2026-11-20T23:01:00.000Z`,
  ];

  it.each<[string, Story, readonly Line[]]>([
    ['while it reads', [A.asksWorld(), pass(MINUTE), skip('a')], [WISH]],
    [
      'when it has failed',
      [A.asksWorld(), A.isJudged(failed()), pass(MINUTE), skip('a')],
      [['cutover-manager', 'it runs', 0, '/skip, which takes two people'], WISH],
    ],
    [
      'until an hour has passed',
      [A.asksWorld(), pass(MINUTE), skip('a'), pass(HOUR + MINUTE), hold()],
      [heldAt(HOUR + 2 * MINUTE)],
    ],
    [
      'until it lacks something else',
      [A.asksWorld(), skip('a'), A.isJudged(notYet('pending 7'))],
      [['DBA', 'pending 7', 0]],
    ],
  ])('asks anybody else %s', (_, story, lines) => {
    const { after } = given(plan, ...story.slice(0, -1)).when(last(story));
    expectLines(plan, after!, lines);
  });

  it('tells until when, and that it is void once nobody joined in', () => {
    const wishes = (...story: Story) =>
      waitingFor(plan, given(plan, ...story.slice(0, -1)).when(last(story)).after!)
        .filter(({ who }) => who === 'anybody but Mona')
        .map(({ deadlineAt }) => Date.parse(deadlineAt ?? '') - T0);
    expect(wishes(A.asksWorld(), pass(MINUTE), skip('a'))).toEqual([HOUR + MINUTE]);
    expect(wishes(A.asksPerson(), skip('a'), pass(HOUR), wake)).toEqual([]);
  });
});

describe('a watch of replication', () => {
  const WATCH = attempt('watch');
  const watch = step('watch', { kind: 'replication-watch', dataGate: true });
  const removal = step('removal', { marks: 'replication-removed' });
  const planned = planOf([watch, removal]);
  const SEES: readonly Moment[] = [WATCH.asksWorld(), WATCH.isJudged(notYet('pending 7'))];
  const LONE = 'Step watch: it ends at the milestone "replication-removed", which no step will mark any more';
  const skipCall = `${CALL}/steps/watch/skip, which takes two people`;

  it.each<[string, Story, readonly Line[]]>([
    [
      'holds nobody up while some step will end it',
      [...SEES, REMOVAL.asksPerson()],
      [['dba', 'Step removal', 0]],
    ],
    [
      'holds nobody up once its end is marked',
      [...SEES, REMOVAL.asksWorld(), (now) => REMOVAL.isJudged(done(now))],
      GOES_ON,
    ],
    [
      'says what keeps it from looking',
      [pass(MINUTE), WATCH.isJudged({ verdict: 'not-yet', unmet: [UNREADABLE], again: false })],
      [['platform engineer', 'unreadable', MINUTE]],
    ],
    [
      'asks for a decision once nobody will end it, because that was skipped',
      [...SEES, pass(MINUTE), skip('removal')],
      [['cutover-manager', LONE, MINUTE, `${CALL}/revisions`, skipCall, `${CALL}/rollback`]],
    ],
  ])('%s', (_, story, lines) => {
    const { after } = given(planned, ...story.slice(0, -1)).when(last(story));
    expectLines(planned, after!, lines);
  });

  it('asks for a decision in a way back that has nothing to end it, where no plan can change', () => {
    const back = { id: 'back', title: 'Back', availableFrom: null, availableUntil: null };
    const alone = step('rb.watch', { kind: 'replication-watch', required: true });
    const of = planOf([removal], { rollbacks: [{ ...back, dataLossStatement: null, steps: [alone] }] });
    const { after } = given(of).when(rollback('back'));
    const message =
      'Step rb.watch: it ends at the milestone "replication-removed", which no step will mark any more';
    expectLines(of, after!, [['cutover-manager', message, 0, `${CALL}/rollback or /abort`]]);
    expect(waitingFor(of, after!)[0]?.next).not.toMatch(/revisions|skip/);
  });
});

describe('a cutover', () => {
  const plan = planOf(chain(step('a'), step('b')));
  const START = Date.parse('2026-11-21T00:00:00Z');
  const startAt = new Date(START).toISOString();
  const scheduled = givenStarted({ ...startOf(plan), startAt: START } as What, plan);

  it('says when it begins', () => {
    const { after } = scheduled.when(wake);
    expectLines(plan, after!, [
      ['nobody', `Scheduled: it begins by itself at ${startAt}`, 0, `${CALL}/hold keeps it`],
    ]);
  });

  it('says that it does not begin while it is held', () => {
    expectLines(plan, scheduled.when(hold()).after!, [
      ['nobody', `Scheduled: it begins, once it is resumed, at ${startAt}`, 0, `${CALL}/resume`],
      HELD,
    ]);
  });

  it('asks its manager to resume what the clock holds, because nobody can ask the clock', () => {
    const of = ofStep({ onDeadline: 'hold' });
    const { after } = given(of, A.asksPerson(), pass(2 * HOUR)).when(wake);
    expectLines(of, after!, [
      ['cutover-manager', 'Held by the clock: a passed its deadline', 2 * HOUR, `${CALL}/resume`],
      ['dba', 'Do it.', 0, ANSWER],
    ]);
  });

  it('waits for nobody while what comes next waits for what goes on', () => {
    const { after } = given(plan, A.asksWorld(), hold()).when(resume());
    expectLines(plan, after!, GOES_ON);
  });

  it('waits for nobody once it has ended', () => {
    const { after } = given(plan, skip('a')).when(skip('b'));
    expect(after?.status).toBe('completed');
    expectLines(plan, after!, []);
  });
});
