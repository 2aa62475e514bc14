import { describe, it } from 'vitest';
import {
  abort,
  ANNA,
  attempt,
  DBA,
  hold,
  MANAGER,
  rollback,
  resume,
  skip,
} from '../../support/sample-inputs.ts';
import { chain, planOf, step } from '../../support/sample-plan.ts';
import type { What } from '../../support/sample-inputs.ts';
import type { Moment } from '../../support/specification.ts';
import { given, givenNothing, startOf } from '../../support/specification.ts';

const A = attempt('a');
const plan = planOf(chain(step('a'), step('b')));

describe('a refusal is recorded with who asked, for what, and why not', () => {
  const table: readonly (readonly [string, readonly Moment[], What, object])[] = [
    ['the manager resumes', [], resume(), { what: 'resume', stepId: null, by: MANAGER, code: 'C305' }],
    ['a start', [], startOf(plan), { what: 'start', stepId: null, by: MANAGER, code: 'C302' }],
    [
      'an answer nobody asked for',
      [A.asksWorld()],
      A.isReported(),
      { what: 'complete', stepId: 'a', by: DBA, code: 'C215' },
    ],
    [
      'a vote on other evidence',
      [A.asksApproval()],
      A.isVoted('approve', ANNA, 'old'),
      { what: 'vote', stepId: 'a', by: ANNA, code: 'C213' },
    ],
    [
      'a word about an effect',
      [A.asksPerson()],
      A.happened(true),
      { what: 'answer-effect', stepId: 'a', by: DBA, code: 'C315' },
    ],
    ['after the end', [abort()], hold(), { what: 'hold', stepId: null, by: MANAGER, code: 'C303' }],
    ['a way back', [abort()], rollback('any'), { what: 'rollback', stepId: null, code: 'C303' }],
    ['a step nobody knows', [], skip('zz'), { what: 'skip', stepId: null, by: MANAGER, code: 'C206' }],
  ];

  it.each(table)('%s', (_, moments, what, expected) => {
    given(plan, ...moments)
      .when(what)
      .then([{ type: 'request-refused', ...expected }], (expected as { code: 'C206' }).code);
  });

  it.each([
    ['of a step', 'a', []],
    ['of the cutover', null, []],
    ['after the end', 'a', [abort()]],
  ])('whatever the product found out before it asked the core: %s', (_, stepId, moments) => {
    given(plan, ...moments)
      .when({ type: 'refuse', what: 'complete', stepId, by: DBA, code: 'C203' })
      .then([{ type: 'request-refused', what: 'complete', stepId, by: DBA, code: 'C203' }], 'C203');
  });

  it('in the words in which it was answered, where they are known', () => {
    given(plan)
      .when({ type: 'refuse', what: 'skip', stepId: 'a', by: DBA, code: 'C307', message: 'not that one' })
      .then([{ type: 'request-refused', message: 'not that one' }], {
        code: 'C307',
        message: 'not that one',
      });
  });
});

describe('a refusal is not recorded', () => {
  it('for what the product asks itself', () => {
    given(plan, hold()).when(A.asksPerson()).then([], 'C304');
  });

  it('beside the record that an answer came late', () => {
    given(plan, abort())
      .when(A.isReported())
      .then([{ type: 'result-late', stepId: 'a', by: DBA }], 'C211');
  });

  it('where there is no cutover', () => {
    givenNothing(plan).when(hold()).then([], 'C206');
  });

  it('where nothing is refused', () => {
    given(plan, hold()).when(hold()).thenNothing();
  });
});
