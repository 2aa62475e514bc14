import { describe, expect, it } from 'vitest';
import type { Vote } from '../../../shared/core/state.ts';
import {
  abort,
  ANNA,
  attempt,
  BERT,
  CARL,
  DBA,
  done,
  MANAGER,
  notYet,
  POLL_MS,
  retry,
  wake,
} from '../../support/sample-inputs.ts';
import { chain, HOUR, MINUTE, planOf, step } from '../../support/sample-plan.ts';
import type { Moment } from '../../support/specification.ts';
import { given, pass, playOut, T0 } from '../../support/specification.ts';

const A = attempt('a');
const plan = planOf(chain(step('a'), step('b')));
const approve = (by = ANNA, evidenceHash = 'seen') => A.isVoted('approve', by, evidenceHash);
const deny = (by = ANNA) => A.isVoted('deny', by);
const asked = A.asksApproval(2, 1);

describe('a vote', () => {
  it('counts for the evidence it saw and is told how far the approval is', () => {
    given(plan, asked, pass(MINUTE))
      .when(approve())
      .then(
        [
          {
            type: 'vote-counted',
            vote: { decision: 'approve', by: ANNA, at: T0 + MINUTE, comment: 'looked', evidenceHash: 'seen' },
          },
        ],
        { code: 'applied', detail: { approvals: 1, quorum: 2 } },
      )
      .saying('counted 1 of 2');
  });

  it('that completes the quorum has the evidence read once more, then the gate opens', () => {
    given(plan, asked, approve(ANNA))
      .when(approve(BERT))
      .then([
        { type: 'vote-counted' },
        { type: 'step-dispatched', reason: 'votes', dispatch: 2, nextReadAt: T0 + POLL_MS },
      ])
      .saying('counted 2 of 2')
      .step('b', { status: 'pending' });
  });

  it('the same again changes nothing', () => {
    given(plan, asked, approve(), pass(MINUTE))
      .when(approve())
      .thenNothing('Anna decided so already')
      .then([], { code: 'unchanged', detail: { decision: 'approve', by: 'Anna', at: T0 } });
    given(plan, asked, approve()).when(attempt('a', 2).isVoted('approve', ANNA)).thenRefused('C216');
  });

  it('of one person never counts twice', () => {
    given(plan, asked, approve(ANNA))
      .when({ ...approve(ANNA), vote: { ...vote(approve(ANNA)), comment: 'again' } } as never)
      .thenNothing('decided so already');
  });

  it('may be changed until the gate closes', () => {
    given(plan, A.asksApproval(2, 2), deny(ANNA), pass(MINUTE))
      .when(approve(ANNA))
      .then([{ type: 'vote-counted' }], { code: 'applied', detail: { approvals: 1, quorum: 2 } })
      .step('a', {
        wait: expect.objectContaining({ votes: [expect.objectContaining({ decision: 'approve' })] }),
      });
  });

  it('turned into a denial stops the gate even after the quorum was complete', () => {
    given(plan, asked, approve(ANNA), approve(BERT))
      .when(deny(BERT))
      .then([{ type: 'vote-counted' }, { type: 'step-failed' }]);
  });

  it('that denies ends the approval when it is one denial too many', () => {
    given(plan, asked)
      .when(A.isVoted('deny', ANNA, 'seen', 'no backup'))
      .then([
        { type: 'vote-counted' },
        {
          type: 'step-failed',
          error: expect.objectContaining({
            code: 'C311',
            message: 'The approval was denied: a by Anna: no backup',
          }),
        },
      ])
      .saying('denied: the gate stays shut');
    given(plan, A.asksApproval(2, 2))
      .when(deny(ANNA))
      .then([{ type: 'vote-counted' }])
      .saying('counted 0 of 2');
  });

  it.each([
    [
      'the one who started the cutover, even if named',
      A.asksApproval(1, 1, [MANAGER]),
      approve(MANAGER),
      /Mona started/,
    ],
    ['one who is not named', asked, approve(DBA), /Dirk/],
  ])('is refused from %s', (_, asks, what, words) => {
    given(plan, asks).when(what).thenRefused('C214').saying(words);
  });

  it('is refused when it saw other evidence, and is told which stands now', () => {
    given(plan, asked).when(approve(ANNA, 'older')).thenRefused('C213', { evidenceHash: 'seen' });
  });

  it('is refused before the evidence exists', () => {
    given(plan).when(approve()).thenRefused('C212', { status: 'running' });
    given(plan).when(attempt('b').isVoted('approve', ANNA)).thenRefused('C212', { status: 'pending' });
  });

  it('is refused where nobody is asked to approve', () => {
    given(plan, A.asksPerson()).when(approve()).thenRefused('C215');
  });

  it('is refused for an attempt that is not there', () => {
    given(plan, asked)
      .when(attempt('a', 2).isVoted('approve', ANNA))
      .thenRefused('C216')
      .saying('a is waiting, at attempt 1');
  });
});

/** The vote an input carries. */
const vote = (what: object): object => (what as { vote: object }).vote;

describe('a vote that comes too late', () => {
  const closed: readonly (readonly [string, readonly Moment[], string])[] = [
    ['denied', [deny(ANNA)], 'failed'],
    ['past its limit', [pass(2 * HOUR), wake], 'failed'],
    ['asked anew', [deny(ANNA), retry('a')], 'running'],
    ['aborted with the cutover', [abort()], 'cancelled'],
  ];

  it.each(closed)('is recorded and refused when the approval is %s', (_, moments, status) => {
    given(plan, asked, ...moments)
      .when(approve(CARL))
      .then([{ type: 'result-late', stepId: 'a', attempt: 1, what: 'approve', by: CARL }], {
        code: 'C211',
        detail: expect.objectContaining({ status }),
      });
  });

  it('and contradicts the earlier one of the same person is late as well', () => {
    given(plan, asked, deny(ANNA))
      .when(approve(ANNA))
      .then([{ type: 'result-late' }], 'C211');
  });

  it('but says what stands gets the same answer as before the end', () => {
    given(plan, asked, deny(ANNA)).when(deny(ANNA)).thenNothing('Anna decided so already');
  });
});

describe('the gate of an approval', () => {
  it('opens for evidence with the hash that was voted on', () => {
    given(plan, asked, approve(ANNA), approve(BERT), pass(MINUTE))
      .when((now) => A.isJudged(done(now, 'seen')))
      .then([{ type: 'step-succeeded' }, { type: 'step-dispatched', stepId: 'b' }]);
  });

  it('stays shut for other evidence', () => {
    given(plan, asked, approve(ANNA), approve(BERT))
      .when((now) => A.isJudged(done(now, 'other')))
      .thenRefused('C213');
  });

  it('stays shut without the quorum', () => {
    given(plan, asked, approve(ANNA))
      .when((now) => A.isJudged(done(now, 'seen')))
      .thenRefused('C213');
  });
});

describe('evidence that changed after the vote', () => {
  const approved = [asked, approve(ANNA), approve(BERT)] as const;

  it('voids the votes, asks again with the new evidence, and is not read until there are votes', () => {
    given(plan, ...approved)
      .when(A.isVoided('new'))
      .then([{ type: 'approval-voided', stepId: 'a', evidenceHash: 'new' }])
      .step('a', {
        nextReadAt: null,
        unmet: [],
        wait: expect.objectContaining({ votes: [], evidenceHash: 'new' }),
      })
      .due({ at: T0 + 2 * HOUR, what: 'deadline', stepId: 'a' });
  });

  it('lets the same people vote on the new evidence only', () => {
    given(plan, ...approved, A.isVoided('new'))
      .when(approve(ANNA, 'seen'))
      .thenRefused('C213', { evidenceHash: 'new' });
    given(plan, ...approved, A.isVoided('new'))
      .when(approve(ANNA, 'new'))
      .then([{ type: 'vote-counted' }])
      .saying('counted 1 of 2');
  });

  it.each([
    ['stands already', approved, A.isVoided('seen')],
    ['belongs to an older attempt', [asked, deny(ANNA), retry('a')], A.isVoided('new')],
    ['belongs to a closed approval', [asked, deny(ANNA)], A.isVoided('new')],
    ['belongs to no approval', [A.asksPerson()], A.isVoided('new')],
    ['belongs to a step that has not asked', [], A.isVoided('new')],
    ['belongs to a later attempt', [asked], attempt('a', 2).isVoided('new')],
  ])('voids nothing when it %s', (_, moments, what) => {
    given(plan, ...moments)
      .when(what)
      .thenNothing(/asks about this evidence or not at all/);
  });

  it('while unmet is shown with its reason and read again at the pace of the kind', () => {
    given(plan, ...approved)
      .when(A.isJudged(notYet('blind')))
      .then([{ type: 'step-checked', nextReadAt: T0 + POLL_MS }]);
  });
});

describe('every sequence of four decisions of three people', () => {
  type Word = readonly [Vote['decision'], typeof ANNA];
  const words: readonly Word[] = [ANNA, BERT, CARL].flatMap((by): Word[] => [
    ['approve', by],
    ['deny', by],
  ]);
  const sequences = (length: number): readonly (readonly Word[])[] =>
    length === 0 ? [[]] : sequences(length - 1).flatMap((rest) => words.map((word) => [...rest, word]));

  it.each([
    [1, 1],
    [2, 1],
    [2, 2],
    [3, 2],
  ])(
    'opens by %i standing approvals and ends by %i standing denials, whichever comes first',
    (quorum, denials) => {
      for (const sequence of sequences(4)) {
        const { state } = playOut(plan, [
          [A.asksApproval(quorum, denials)],
          ...sequence.map(([decision, by]) => [A.isVoted(decision, by)]),
        ]);
        const standing = new Map<string, Vote['decision']>();
        let denied = false;
        for (const [decision, by] of sequence) {
          if (denied) break;
          standing.set(by.id, decision);
          denied = [...standing.values()].filter((one) => one === 'deny').length >= denials;
        }
        const approvals = [...standing.values()].filter((one) => one === 'approve').length;
        const { status, wait, nextReadAt } = state.steps.a!;
        expect(status).toBe(denied ? 'failed' : 'waiting');
        expect(wait!.votes.length).toBe(standing.size);
        if (!denied && approvals >= quorum) expect(nextReadAt).toBe(T0 + POLL_MS);
      }
    },
  );
});
