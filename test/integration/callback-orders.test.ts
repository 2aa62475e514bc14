import { describe, expect, it } from 'vitest';
import { callbackHandlers } from '../../functions/callbacks/callbacks.ts';
import type { Input } from '../../shared/core/inputs.ts';
import { engineOn, makeRecordingBus, NO_BINDINGS } from '../support/engine-parts.ts';
import { makeMemoryTables } from '../support/memory-tables.ts';
import { ANNA, attempt, DBA, MANAGER } from '../support/sample-inputs.ts';
import { HOUR, planOf, step } from '../support/sample-plan.ts';
import { BEGUN_AT, makeTestClock } from '../support/test-world.ts';

/**
 * Every order in which a step asks, is reported as passed twice by one person and as failed once by another, and comes
 * to its limit; behind it what the three reports are answered. `200`: taken, or kept until the step asks. `again`: 200
 * with what stands already. `409`: somebody else has said otherwise, told with who and when. `410`: the attempt is over;
 * the report is recorded as late.
 */
const TABLE = `
  open  pass  pass  fail  limit | 200   again 409
  open  pass  pass  limit fail  | 200   again 410
  open  pass  fail  pass  limit | 200   409   again
  open  pass  fail  limit pass  | 200   409   again
  open  pass  limit pass  fail  | 200   again 410
  open  pass  limit fail  pass  | 200   410   again
  open  fail  pass  pass  limit | 200   410   410
  open  fail  pass  limit pass  | 200   410   410
  open  fail  limit pass  pass  | 200   410   410
  open  limit pass  pass  fail  | 410   410   410
  open  limit pass  fail  pass  | 410   410   410
  open  limit fail  pass  pass  | 410   410   410
  pass  open  pass  fail  limit | 200   again 409
  pass  open  pass  limit fail  | 200   again 410
  pass  open  fail  pass  limit | 200   409   again
  pass  open  fail  limit pass  | 200   409   again
  pass  open  limit pass  fail  | 200   again 410
  pass  open  limit fail  pass  | 200   410   again
  pass  pass  open  fail  limit | 200   again 409
  pass  pass  open  limit fail  | 200   again 410
  pass  pass  fail  open  limit | 200   again 409
  pass  pass  fail  limit open  | 200   again 409
  pass  pass  limit open  fail  | 200   again 410
  pass  pass  limit fail  open  | 200   again 410
  pass  fail  open  pass  limit | 200   409   again
  pass  fail  open  limit pass  | 200   409   again
  pass  fail  pass  open  limit | 200   409   again
  pass  fail  pass  limit open  | 200   409   again
  pass  fail  limit open  pass  | 200   409   410
  pass  fail  limit pass  open  | 200   409   410
  pass  limit open  pass  fail  | 200   410   410
  pass  limit open  fail  pass  | 200   410   410
  pass  limit pass  open  fail  | 200   410   410
  pass  limit pass  fail  open  | 200   410   410
  pass  limit fail  open  pass  | 200   410   410
  pass  limit fail  pass  open  | 200   410   410
  fail  open  pass  pass  limit | 200   410   410
  fail  open  pass  limit pass  | 200   410   410
  fail  open  limit pass  pass  | 200   410   410
  fail  pass  open  pass  limit | 200   409   410
  fail  pass  open  limit pass  | 200   409   410
  fail  pass  pass  open  limit | 200   409   409
  fail  pass  pass  limit open  | 200   409   409
  fail  pass  limit open  pass  | 200   409   410
  fail  pass  limit pass  open  | 200   409   410
  fail  limit open  pass  pass  | 200   410   410
  fail  limit pass  open  pass  | 200   410   410
  fail  limit pass  pass  open  | 200   410   410
  limit open  pass  pass  fail  | 410   410   410
  limit open  pass  fail  pass  | 410   410   410
  limit open  fail  pass  pass  | 410   410   410
  limit pass  open  pass  fail  | 410   410   410
  limit pass  open  fail  pass  | 410   410   410
  limit pass  pass  open  fail  | 410   410   410
  limit pass  pass  fail  open  | 410   410   410
  limit pass  fail  open  pass  | 410   410   410
  limit pass  fail  pass  open  | 410   410   410
  limit fail  open  pass  pass  | 410   410   410
  limit fail  pass  open  pass  | 410   410   410
  limit fail  pass  pass  open  | 410   410   410
`;

type Moment = 'open' | 'limit' | 'pass' | 'fail';
const ROWS = TABLE.trim()
  .split('\n')
  .map((line) => line.split('|').map((half) => half.trim().split(/ +/)) as [Moment[], string[]]);

const setup = async () => {
  const clock = makeTestClock(BEGUN_AT);
  const bus = makeRecordingBus(() => new Error('the bus is up'));
  const engine = engineOn({ tables: makeMemoryTables(), bus, clock });
  const plan = planOf([step('a')]);
  await engine.start({ cutoverId: 'c', plan, bindings: NO_BINDINGS, by: MANAGER, key: 'c' });
  const { 'complete-step': complete } = callbackHandlers(engine);
  const params = { cutoverId: 'c', stepId: 'a', attempt: 1 };
  let requests = 0;
  const happens = (input: object) => engine.advance('c', { id: `i${(requests += 1)}`, ...input } as Input);
  const moments: Record<Moment, () => Promise<unknown>> = {
    open: () => happens(attempt('a').asksPerson()),
    limit: () => {
      clock.advance(2 * HOUR);
      return happens({ type: 'wake' });
    },
    pass: () => report('pass'),
    fail: () => report('fail'),
  };
  const report = async (result: 'pass' | 'fail') => {
    clock.advance(1);
    const by = result === 'pass' ? DBA : ANNA;
    const body = { result, by, note: '', token: null };
    const key = `k${(requests += 1)}`;
    const { status, jsonBody, body: problem } = await complete({ params, body, by, key } as never);
    return { status, text: typeof problem === 'string' ? problem : JSON.stringify(jsonBody) };
  };
  return { engine, clock, moments };
};

const named = ({ status, text }: { status: number; text: string }): string =>
  text.includes('"unchanged"') ? 'again' : String(status);

describe('whenever a step is reported done', () => {
  it('the table tells every order once', () => {
    const orders = ROWS.map(([order]) => order.join(' '));
    expect(new Set(orders).size).toBe(60);
    const same = ['fail', 'limit', 'open', 'pass', 'pass'];
    expect(ROWS.filter(([order]) => order.toSorted().join() !== same.join())).toEqual([]);
  });

  it.each(ROWS.map(([order, answers]) => [order.join(', '), order, answers] as const))(
    '%s',
    async (_, order, expected) => {
      const { engine, moments } = await setup();
      const answers: { status: number; text: string }[] = [];
      for (const moment of order) {
        const answer = await moments[moment]();
        if (moment === 'pass' || moment === 'fail') answers.push(answer as never);
      }
      expect(answers.map(named)).toEqual(expected);
      const late = (await engine.store.events('c', 0, 100)).filter(({ type }) => type === 'result-late');
      expect(late).toHaveLength(expected.filter((one) => one === '410').length);
      const first = order.find((moment) => moment === 'pass' || moment === 'fail');
      for (const { status, text } of answers) {
        if (status !== 409) continue;
        expect(text).toContain(first === 'pass' ? DBA.name : ANNA.name);
        expect(text).toMatch(/at: \\"2026-11-20T/);
      }
    },
  );
});
