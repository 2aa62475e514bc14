import { beforeAll, describe, expect, it } from 'vitest';
import type { CutoverEvent } from '../../../shared/core/events.ts';
import type { Input } from '../../../shared/core/inputs.ts';
import type { Telemetry } from '../../../shared/engine/ports.ts';
import { engineOn, makeRecordingBus, NO_BINDINGS } from '../../support/engine-parts.ts';
import { makeMemoryTables } from '../../support/memory-tables.ts';
import { attempt, MANAGER, notYet } from '../../support/sample-inputs.ts';
import { planOf, step } from '../../support/sample-plan.ts';
import { BEGUN_AT, makeTestClock, MINUTE } from '../../support/test-world.ts';

const A = attempt('a');
const logged: Parameters<Telemetry['log']>[] = [];
const clock = makeTestClock(BEGUN_AT);
const engine = engineOn({
  tables: makeMemoryTables(),
  bus: makeRecordingBus(() => new Error('the bus is up')),
  clock,
  telemetry: { log: (...line) => logged.push(line) },
});

/** Every minute the watchdog comes round, and nobody else but whom a test lets do something. */
const minutes = async (
  count: number,
  each: () => Promise<unknown> = () => Promise.resolve(),
): Promise<void> => {
  for (let minute = 0; minute < count; minute += 1) {
    clock.advance(MINUTE);
    await each();
    // The function that was dispatched last looks, and finds nothing new.
    await happens('reads', A.isJudged(notYet()));
    await engine.sweep();
  }
};

type Alarm = Extract<CutoverEvent, { readonly type: 'silence-alarmed' }>;
const alarms = async (id: string): Promise<readonly Alarm[]> =>
  (await engine.store.events(id, 0, 1000)).flatMap((event) =>
    event.type === 'silence-alarmed' ? [event] : [],
  );
const lines = (id: string) =>
  logged.flatMap(([{ name, level }, fields]) =>
    name === 'silent' && fields.cutoverId === id ? [`${level}: ${String(fields.overdue)}`] : [],
  );
/** What people and functions do, where any still do something. */
const happens = (id: string, what: unknown): Promise<unknown> =>
  engine.advance(id, { id: `${id}-${clock.now()}`, ...(what as object) } as Input);

describe('when everything stands still but the watchdog', () => {
  beforeAll(async () => {
    for (const id of ['never-asked', 'reads', 'asks-a-person']) {
      const plan = planOf([step('a')]);
      await engine.start({ cutoverId: id, plan, bindings: NO_BINDINGS, by: MANAGER, key: id });
    }
    await happens('reads', A.asksWorld());
    await happens('asks-a-person', A.asksPerson());
    await minutes(15);
  });

  it('does what is due in place of those who should, without an alarm yet', async () => {
    expect(await alarms('reads')).toEqual([]);
    expect((await engine.store.readHead('reads'))?.state).toMatchObject({
      steps: { a: { dispatch: 6 } },
      silence: { since: BEGUN_AT + 2 * MINUTE, alarmedAt: null },
    });
  });

  it('raises the alarm after a quarter of an hour of that, naming the cutover and what is overdue', async () => {
    await minutes(3);
    const readAt = BEGUN_AT + 17 * MINUTE;
    const overdue = [{ what: 'read', stepId: 'a', at: readAt }];
    expect(await alarms('reads')).toMatchObject([{ silentSince: BEGUN_AT + 2 * MINUTE, overdue }]);
    expect(lines('reads')).toEqual([`error: read of a at ${readAt}`]);
  });

  it('names a function that has never answered, and since when', async () => {
    await minutes(4);
    const overdue = [{ what: 'answer', stepId: 'a', at: BEGUN_AT }];
    expect(await alarms('never-asked')).toMatchObject([{ silentSince: BEGUN_AT, overdue }]);
    expect(lines('never-asked')).toEqual([`error: answer of a at ${BEGUN_AT}`]);
  });

  it('says nothing of a cutover in which only a person has to answer, who still has time', async () => {
    await minutes(38);
    expect(await alarms('asks-a-person')).toEqual([]);
  });

  it('repeats itself every quarter of an hour as long as nothing changes', async () => {
    const at = (await engine.store.events('reads', 0, 1000)).flatMap(({ type, at: when }) =>
      type === 'silence-alarmed' ? [(when - BEGUN_AT) / MINUTE] : [],
    );
    expect(at).toEqual([18, 33, 48]);
  });

  it('goes quiet when things run again, and begins anew when they stop again', async () => {
    const before = (await alarms('reads')).length + (await alarms('never-asked')).length;
    await happens('never-asked', A.asksPerson());
    const wakes = () =>
      engine.wake({ type: 'wake', cutoverId: 'reads', dueAt: clock.now() }, `w${clock.now()}`);
    await minutes(30, wakes);
    expect((await alarms('reads')).length + (await alarms('never-asked')).length).toBe(before);
    expect((await engine.store.readHead('reads'))?.state).not.toHaveProperty('silence');
    await minutes(18);
    expect((await alarms('reads')).length + (await alarms('never-asked')).length).toBe(before + 1);
  });
});

describe('when even the watchdog was away', () => {
  it('raises the alarm as soon as it is back', async () => {
    const plan = planOf([step('a')]);
    await engine.start({ cutoverId: 'away', plan, bindings: NO_BINDINGS, by: MANAGER, key: 'away' });
    await happens('away', A.asksWorld());
    const begunAt = clock.now();
    clock.advance(17 * MINUTE);
    await engine.sweep();
    expect(await alarms('away')).toMatchObject([{ silentSince: begunAt + 2 * MINUTE }]);
  });
});
