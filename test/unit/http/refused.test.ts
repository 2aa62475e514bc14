import { describe, expect, it } from 'vitest';
import { bookOfRefusals } from '../../../functions/http/refused.ts';
import { CutoverError } from '../../../shared/core/errors.ts';
import { letterOf } from '../../../shared/engine/letter.ts';
import { engineOn, makeRecordingBus, NO_BINDINGS } from '../../support/engine-parts.ts';
import { makeMemoryTables } from '../../support/memory-tables.ts';
import { DBA, MANAGER } from '../../support/sample-inputs.ts';
import { planOf, step } from '../../support/sample-plan.ts';
import { BEGUN_AT, makeTestClock } from '../../support/test-world.ts';

const ID = 'c1';
const down = () => new CutoverError('C401', 'the test');

/** A cutover with a dead letter of its step, and what its log says of refused requests. */
const cutover = async () => {
  const bus = makeRecordingBus(down);
  const engine = engineOn({ tables: makeMemoryTables(), bus, clock: makeTestClock(BEGUN_AT) });
  const plan = planOf([step('a')]);
  await engine.start({ cutoverId: ID, plan, bindings: NO_BINDINGS, by: MANAGER, key: 'k' });
  const letter = letterOf({
    queue: 'step-task',
    messageId: 'm',
    reason: 'MaxDeliveryCountExceeded',
    description: null,
    deliveries: 10,
    body: { v: 1, type: 'step', cutoverId: ID, stepId: 'a', attempt: 1, dispatch: 1 },
  });
  await engine.deadLetters.take(letter, 0);
  const refusals = async () =>
    (await engine.store.events(ID, 0, 1_000)).filter(({ type }) => type === 'request-refused');
  return { engine, letterId: letter.id ?? '', refusals };
};

describe('whoever is known and was refused', () => {
  it('is in the log of the cutover that the path names', async () => {
    const { engine, refusals } = await cutover();
    const params = { cutoverId: ID, stepId: 'a' };
    await bookOfRefusals(engine)({ what: 'retry-step', params, by: DBA, code: 'C202' });
    expect(await refusals()).toMatchObject([{ what: 'retry-step', stepId: 'a', by: DBA, code: 'C202' }]);
  });

  it('is in the log of the cutover that the dead letter of the path names', async () => {
    const { engine, letterId, refusals } = await cutover();
    const params = { deadLetterId: letterId };
    await bookOfRefusals(engine)({ what: 'redrive-dead-letter', params, by: DBA, code: 'C202' });
    expect(await refusals()).toMatchObject([
      { what: 'redrive-dead-letter', stepId: 'a', by: DBA, code: 'C202' },
    ]);
  });

  it.each([
    ['the letter is not there', { deadLetterId: '0'.repeat(32) }, DBA],
    ['the letter has no id at all', { deadLetterId: '../head' }, DBA],
    ['the cutover is not there', { cutoverId: 'c-0123456789ab' }, DBA],
    ['nobody is known', { cutoverId: ID }, null],
  ])('is in no log where %s', async (_, params, by) => {
    const { engine, refusals } = await cutover();
    await bookOfRefusals(engine)({ what: 'redrive-dead-letter', params, by, code: 'C202' });
    expect(await refusals()).toEqual([]);
  });

  it('is told so also while the letter cannot be read', async () => {
    const { engine, letterId, refusals } = await cutover();
    const lines: unknown[] = [];
    const log = { ...engine.log, refusalUnrecorded: (...line: unknown[]) => lines.push(line) };
    const deadLetters = { ...engine.deadLetters, get: () => Promise.reject(down()) };
    const params = { deadLetterId: letterId };
    await bookOfRefusals({ ...engine, log, deadLetters })({
      what: 'redrive-dead-letter',
      params,
      by: DBA,
      code: 'C202',
    });
    expect(lines).toMatchObject([[null, 'redrive-dead-letter', 'C202', { code: 'C401' }]]);
    expect(await refusals()).toEqual([]);
  });
});
