import { describe, expect, it } from 'vitest';
import type { Answer } from '../../../shared/core/draft.ts';
import type { What } from '../../support/sample-inputs.ts';
import {
  abort,
  attempt,
  DBA,
  giveUp,
  hold,
  passPointOfNoReturn,
  redrive,
  retry,
  rollback,
  skip,
} from '../../support/sample-inputs.ts';
import { HOUR, MINUTE, planOf, step } from '../../support/sample-plan.ts';
import type { Moment } from '../../support/specification.ts';
import { given, pass, T0 } from '../../support/specification.ts';

const A = attempt('a');
const asked = A.asksWorld({ repeatable: false });
const overdue = pass(10 * MINUTE);

/** How a step with an effect that must not happen twice came to stand: in hand or failed, the effect known or not. */
const STANDINGS: Readonly<Record<string, readonly Moment[]>> = {
  'waiting, announced': [asked],
  'waiting, overdue': [asked, overdue],
  'waiting, unknown': [asked, A.settles('unknown')],
  'waiting, accepted': [asked, A.settles('accepted')],
  'failed, announced': [asked, giveUp('a')],
  'failed, overdue': [asked, giveUp('a'), overdue],
  'failed, unknown': [asked, A.settles('unknown'), giveUp('a')],
  'failed, accepted': [asked, A.settles('accepted'), giveUp('a')],
  'failed, answered': [asked, A.settles('unknown'), giveUp('a'), A.happened(true)],
  'failed, refused': [asked, A.settles('refused')],
};

type Code = Answer['code'];
const yes = 'applied';
const same = 'unchanged';

/** What is answered; two codes where a held cutover answers something else. */
type Cell = Code | readonly [free: Code, held: Code];
type Row = readonly [string, What, readonly Cell[], dataGate?: boolean];

/** While the cutover goes on its function looks; from its grace on people are asked when nobody does. */
const heldOnly: Cell = ['C315', yes];
const freeOnly: Cell = [yes, 'C304'];
const failed = (code: Code): readonly Cell[] => [code, code, code, code, code, code];
const ROWS: readonly Row[] = [
  //         waiting: announced overdue  unknown accepted     failed: announced overdue unknown accepted answered refused
  ['retry', retry('a'), ['C306', 'C306', 'C306', 'C306', 'C322', 'C322', 'C322', yes, yes, yes]],
  ['skip', skip('a'), ['C322', 'C322', 'C322', yes, 'C322', 'C322', 'C322', yes, yes, yes]],
  [
    'skip of a data gate, by the first of two',
    skip('a'),
    ['C322', 'C322', 'C322', yes, 'C322', 'C322', 'C322', yes, yes, yes],
    true,
  ],
  ['give up', giveUp('a'), [yes, yes, yes, yes, ...failed('C313')]],
  ['redrive', redrive('a'), [freeOnly, freeOnly, freeOnly, freeOnly, ...failed('C313')]],
  [
    'answer that it happened',
    A.happened(true),
    ['C315', heldOnly, yes, same, 'C315', yes, yes, same, same, 'C210'],
  ],
  [
    'answer that it did not happen',
    A.happened(false),
    ['C315', heldOnly, yes, 'C210', 'C315', yes, yes, 'C210', 'C210', same],
  ],
  ['way back', rollback('back'), ['C322', 'C322', 'C322', yes, 'C322', 'C322', 'C322', yes, yes, yes]],
  ['abort', abort(), [yes, yes, yes, yes, ...failed(yes)]],
];

const planWith = (dataGate: boolean) =>
  planOf(
    [step('a', { deadlineMs: 8 * HOUR, maxAttempts: 1, dataGate }), step('b', { deadlineMs: 8 * HOUR })],
    {
      rollbacks: [
        {
          id: 'back',
          title: 'Back',
          availableFrom: null,
          availableUntil: null,
          dataLossStatement: null,
          steps: [step('rb.a')],
        },
      ],
    },
  );

const cells = ROWS.flatMap(([request, what, codes, dataGate = false]) =>
  Object.entries(STANDINGS).flatMap(([standing, story], index) => {
    const cell = codes[index]!;
    const [free, held] = typeof cell === 'string' ? [cell, cell] : cell;
    const shared = { request, what, standing, story, dataGate };
    return [
      { ...shared, cutover: 'goes on', isHeld: false, expected: free },
      { ...shared, cutover: 'is held', isHeld: true, expected: held },
    ];
  }),
);

describe('a request about a step with an effect (I10)', () => {
  it.each(cells)('$request, of one that is $standing in a cutover that $cutover: $expected', (cell) => {
    const { what, story, standing, dataGate, isHeld, expected } = cell;
    const begun = given(planWith(dataGate), ...story, ...(isHeld ? [hold('to look', DBA)] : []));
    const outcome = begun.when(what);
    expect(outcome.answer.code).toBe(expected);
    const { after } = begun.when(passPointOfNoReturn(T0));
    expect(after!.steps.a!.status, 'the step is what the table says it is').toBe(standing.split(', ')[0]);
    if (expected === yes) expect(outcome.events).not.toEqual([]);
    else if (expected === same) outcome.thenNothing();
    else outcome.thenRefused(expected, outcome.answer.detail);
  });
});
