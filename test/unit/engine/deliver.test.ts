import { describe, expect, it } from 'vitest';
import { CutoverError } from '../../../shared/core/errors.ts';
import type { Envelope, ReceiverReply, Tables } from '../../../shared/engine/ports.ts';
import { engineOn, makeRecordingBus, NO_BINDINGS } from '../../support/engine-parts.ts';
import { makeMemoryTables } from '../../support/memory-tables.ts';
import { abort, hold, MANAGER, resume, type What } from '../../support/sample-inputs.ts';
import { planOf, step } from '../../support/sample-plan.ts';
import { makeScriptedReceiver, replied } from '../../support/scripted-receiver.ts';
import { BEGUN_AT, makeTestClock, MINUTE } from '../../support/test-world.ts';

const ID = 'c1';
const HOUR = 60 * MINUTE;
const URL = 'https://receiver.example/events';
const down = () => new CutoverError('C401', 'the test');
const named = (all: readonly (readonly [string, unknown])[]) => all.map(([name]) => name);

const setup = async (wrap: (tables: Tables) => Tables = (tables) => tables) => {
  const tables = makeMemoryTables();
  const bus = makeRecordingBus(down);
  const clock = makeTestClock(BEGUN_AT);
  const { receiver, receivers } = makeScriptedReceiver();
  const lines: (readonly [string, unknown])[] = [];
  const parts = {
    bus,
    clock,
    eventsOut: { receivers, trueNow: clock.now, publicBaseUrl: 'https://cutover.example' },
    telemetry: {
      log: ({ name }: { readonly name: string }, fields: unknown) => {
        lines.push([name, fields]);
      },
    },
  };
  const engine = engineOn({ ...parts, tables: wrap(tables) });
  await engine.start({
    cutoverId: ID,
    plan: planOf([step('first'), step('second'), step('third'), step('fourth')]),
    bindings: NO_BINDINGS,
    by: MANAGER,
    key: 'k',
  });
  bus.sent.length = 0;
  const own = engine.subscriptions!;
  const managed = await own.create(
    { cutoverId: ID, key: 'k1', by: MANAGER },
    { url: URL, description: 'SIEM' },
  );
  const { id } = managed.subscription;
  const asking = { cutoverId: ID, id, by: MANAGER };
  const isRung = ({ queue, scheduledAt }: Envelope): boolean =>
    queue === 'deliver' && (scheduledAt ?? 0) <= clock.now();
  /** Answers every doorbell that rings by now. */
  const answerRings = async (): Promise<void> => {
    for (let at = bus.sent.findIndex(isRung); at >= 0; at = bus.sent.findIndex(isRung)) {
      for (const { body } of bus.sent.splice(at, 1)) if (body.type === 'deliver') await engine.deliver(body);
    }
  };
  let inputs = 0;
  const apply = async (what: What): Promise<void> => {
    await engine.advance(ID, { ...what, id: `i${(inputs += 1)}` });
  };
  const length = async () => (await engine.store.readHead(ID))!.state.events;
  const subscription = () => own.get(ID, id);
  const ledger = async () => (await own.ledger(ID, id, 200, null)).deliveries;
  return {
    ...{ tables, bus, clock, receiver, lines, parts, engine, own, id, asking, managed },
    ...{ answerRings, apply, length, subscription, ledger },
  };
};

const upTo = (last: number, first = 1): readonly number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe('delivering events', () => {
  it('sends all of them in order, each in its own request, from the first one on', async () => {
    const { receiver, answerRings, apply, length, subscription, ledger } = await setup();
    await apply(hold());
    await apply(resume());
    await answerRings();
    const last = await length();
    expect(last).toBeGreaterThan(3);
    expect(receiver.numbers()).toEqual(upTo(last));
    expect(await subscription()).toMatchObject({ cursor: last, failures: 0, busyUntil: 0, attempts: last });
    expect((await ledger()).map(({ n, result, status }) => [n, result, status])).toEqual(
      upTo(last)
        .map((n) => [n, 'delivered', 204])
        .reverse(),
    );
  });

  it('tells each as a CloudEvent with the entry of the log as it was written and the hash before it', async () => {
    const { engine, receiver, answerRings } = await setup();
    await answerRings();
    const log = await engine.store.log(ID, 0, 100);
    expect(receiver.posts.map(({ event }) => event)).toEqual(
      log.map((entry, index) => ({
        specversion: '1.0',
        id: `${ID}_${entry.n}`,
        source: `https://cutover.example/api/cutovers/${ID}`,
        type: `ax-cutover.${String(entry.type)}`,
        ...(entry.stepId === undefined ? {} : { subject: entry.stepId }),
        time: new Date(entry.at).toISOString(),
        datacontenttype: 'application/json',
        sequence: String(entry.n).padStart(12, '0'),
        ...(index === 0 ? {} : { previoushash: log[index - 1]!.hash }),
        data: entry,
      })),
    );
    expect(receiver.posts.map(({ id }) => id)).toEqual(receiver.posts.map(({ event }) => event.id));
    expect(log.some(({ stepId }) => stepId !== undefined)).toBe(true);
  });

  it('rings after each commit, and sends what was committed then', async () => {
    const { receiver, answerRings, apply, length } = await setup();
    await answerRings();
    const before = await length();
    await apply(hold());
    await answerRings();
    expect(receiver.numbers().slice(before)).toEqual(upTo(await length(), before + 1));
    expect(await length()).toBeGreaterThan(before);
  });

  it('sends nothing twice for a doorbell that rings twice', async () => {
    const { engine, id, receiver, answerRings, length } = await setup();
    await answerRings();
    await engine.deliver({ type: 'deliver', cutoverId: ID, subscriptionId: id });
    expect(receiver.posts).toHaveLength(await length());
  });

  it.each<[string, number | ReceiverReply, string | null]>([
    ['500', 500, '500'],
    ['404', 404, '404'],
    ['302, which is followed nowhere', 302, '302: a redirect is not followed'],
    ['no answer', replied(null), 'ECONNREFUSED: nobody listens'],
    ['429', 429, '429'],
  ])('stops at %s, and tries the same event again after the wait', async (_, answer, reason) => {
    const { clock, receiver, answerRings, subscription, ledger, length } = await setup();
    receiver.answers.push(204, answer);
    await answerRings();
    expect(receiver.numbers()).toEqual([1, 2]);
    const after = await subscription();
    expect(after).toMatchObject({ status: 'active', cursor: 1, failures: 1, busyUntil: 0 });
    expect(after.nextAt - clock.now()).toBeGreaterThanOrEqual(5_000);
    expect(after.nextAt - clock.now()).toBeLessThanOrEqual(6_000);
    expect((await ledger())[0]).toMatchObject({ n: 2, result: 'failed', reason, retryAt: after.nextAt });
    clock.set(after.nextAt - 1);
    await answerRings();
    expect(receiver.posts).toHaveLength(2);
    clock.set(after.nextAt);
    await answerRings();
    expect(receiver.numbers()).toEqual([1, 2, ...upTo(await length(), 2)]);
    expect(await subscription()).toMatchObject({ failures: 0, nextAt: 0, cursor: await length() });
  });

  it.each([200, 201, 202, 204, 299])('takes %i for success', async (status) => {
    const { receiver, answerRings, subscription } = await setup();
    receiver.answers.push(status);
    await answerRings();
    expect(await subscription()).toMatchObject({ failures: 0, cursor: receiver.posts.length });
  });

  it('waits as long as the receiver asks when that is longer than the schedule', async () => {
    const { clock, receiver, answerRings, subscription } = await setup();
    receiver.answers.push(replied(429, { retryAfter: '3600' }));
    await answerRings();
    expect((await subscription()).nextAt).toBe(clock.now() + HOUR);
  });

  it('waits as long as the schedule says when the receiver asks for less', async () => {
    const { clock, receiver, answerRings, subscription } = await setup();
    receiver.answers.push(replied(503, { retryAfter: '1' }));
    await answerRings();
    expect((await subscription()).nextAt).toBeGreaterThanOrEqual(clock.now() + 5_000);
  });

  it('rings at no commit while it waits for the next try', async () => {
    const { bus, receiver, answerRings, apply } = await setup();
    receiver.answers.push(500);
    await answerRings();
    const rings = () => bus.sent.filter(({ queue }) => queue === 'deliver').length;
    expect(rings()).toBe(1);
    await apply(hold());
    expect(rings()).toBe(1);
  });

  it('disables the subscription at 410 and keeps its cursor', async () => {
    const { engine, lines, receiver, answerRings, subscription, ledger, apply } = await setup();
    receiver.answers.push(204, 410);
    await answerRings();
    expect(await subscription()).toMatchObject({
      status: 'disabled',
      cursor: 1,
      reason: 'it answered 410: it wants no more events',
    });
    expect((await ledger())[0]).toMatchObject({ n: 2, result: 'gone', status: 410 });
    expect(named(lines)).toContain('subscription-disabled');
    await apply(hold());
    await engine.sweep();
    await answerRings();
    expect(receiver.posts).toHaveLength(2);
  });

  it('gives up after ten failures of one event, and goes on with it once it is resumed', async () => {
    const { clock, receiver, answerRings, subscription, ledger, own, asking, length } = await setup();
    receiver.answers.push(...Array.from({ length: 10 }, () => 500));
    for (let failures = 1; failures <= 10; failures += 1) {
      await answerRings();
      expect((await subscription()).failures).toBe(Math.min(failures, 9));
      clock.set(Math.max(clock.now(), (await subscription()).nextAt));
    }
    expect(await subscription()).toMatchObject({
      status: 'disabled',
      cursor: 0,
      reason: 'event 1 failed 10 times, at last: 500',
    });
    expect((await ledger())[0]).toMatchObject({ attempt: 10, n: 1, result: 'given-up', retryAt: null });
    expect(clock.now() - BEGUN_AT).toBeGreaterThan(75 * HOUR);
    await own.resume(asking);
    await answerRings();
    expect(receiver.numbers().slice(10)).toEqual(upTo(await length()));
  });

  it('signs with the secret before as well, until a day after the rotation', async () => {
    const { clock, receiver, answerRings, apply, own, asking } = await setup();
    await answerRings();
    await own.rotate(asking, 'r1');
    await apply(hold());
    await answerRings();
    clock.advance(24 * HOUR);
    await apply(resume());
    await answerRings();
    const all = receiver.posts.map(({ generations }) => generations.join());
    expect([all[0], [...new Set(all)]]).toEqual(['1', ['1', '2,1', '2']]);
  });
});

describe('a doorbell', () => {
  it('that is lost is rung again by the watchdog', async () => {
    const { engine, bus, receiver, answerRings, apply, length } = await setup();
    await apply(hold());
    bus.sent.length = 0;
    await engine.sweep();
    await answerRings();
    expect(receiver.numbers()).toEqual(upTo(await length()));
  });

  it('is not rung by the watchdog when there is nothing to send', async () => {
    const { engine, bus, answerRings } = await setup();
    await answerRings();
    bus.sent.length = 0;
    await engine.sweep();
    expect(bus.sent).toEqual([]);
  });

  it('that cannot be rung disturbs no commit', async () => {
    const { engine, bus, lines } = await setup();
    bus.isDown = true;
    const answer = await engine.advance(ID, { ...hold(), id: 'h' });
    expect(answer.code).toBe('applied');
    expect(named(lines)).toContain('ring-failed');
  });

  it('whose subscriptions cannot be read disturbs no commit', async () => {
    let isBroken = false;
    const { engine, lines } = await setup((tables) => ({
      ...tables,
      range: (table, partition, from, to) =>
        isBroken && from.startsWith('subscription-')
          ? Promise.reject(down())
          : tables.range(table, partition, from, to),
    }));
    isBroken = true;
    expect((await engine.advance(ID, { ...hold(), id: 'h' })).code).toBe('applied');
    expect(named(lines)).toContain('ring-failed');
  });

  it('is answered on after the end of the cutover, until everything was sent', async () => {
    const { engine, bus, clock, receiver, answerRings, apply, length } = await setup();
    receiver.answers.push(500, 500);
    await answerRings();
    await apply(abort());
    clock.advance(HOUR);
    bus.sent.length = 0;
    const watched = async () => (await engine.directory.active()).length;
    await engine.sweep();
    expect(await watched()).toBe(1);
    await answerRings();
    clock.advance(HOUR);
    bus.sent.length = 0;
    await engine.sweep();
    await answerRings();
    expect(receiver.numbers().slice(2)).toEqual(upTo(await length()));
    await engine.sweep();
    expect(await watched()).toBe(0);
  });
});

describe('two processes that answer doorbells of one subscription', () => {
  it('send nothing at the same time, and what is committed meanwhile is not forgotten', async () => {
    const { tables, parts, id, receiver, answerRings, apply, length } = await setup();
    const other = engineOn({ ...parts, tables });
    let inFlight = 0;
    let most = 0;
    let committed = false;
    receiver.meanwhile = async () => {
      most = Math.max(most, (inFlight += 1));
      if (!committed && receiver.posts.length > 2) {
        committed = true;
        await apply(hold());
      }
      if (inFlight < 3) await other.deliver({ type: 'deliver', cutoverId: ID, subscriptionId: id });
      inFlight -= 1;
    };
    await answerRings();
    expect(most).toBe(1);
    expect(receiver.numbers()).toEqual(upTo(await length()));
  });

  it('of which one died in the middle: the other goes on from the cursor a minute later', async () => {
    let isDead = false;
    const { tables, parts, engine, clock, id, receiver, length, subscription } = await setup((memory) => ({
      ...memory,
      transact: (...write) => (isDead ? Promise.reject(down()) : memory.transact(...write)),
    }));
    receiver.meanwhile = () => {
      isDead = receiver.posts.length === 2;
      return Promise.resolve();
    };
    const ring = { type: 'deliver', cutoverId: ID, subscriptionId: id } as const;
    await expect(engine.deliver(ring)).rejects.toMatchObject({ code: 'C401' });
    receiver.meanwhile = () => Promise.resolve();
    expect(await subscription()).toMatchObject({ cursor: 1 });
    const other = engineOn({ ...parts, tables });
    await other.deliver(ring);
    expect(receiver.numbers()).toEqual([1, 2]);
    clock.advance(MINUTE);
    await other.deliver(ring);
    expect(receiver.numbers()).toEqual([1, 2, ...upTo(await length(), 2)]);
  });
});

describe('somebody who changes a subscription while an event is on its way', () => {
  it.each<[string, (own: Awaited<ReturnType<typeof setup>>) => Promise<unknown>, readonly number[]]>([
    ['pauses it: nothing more is sent', ({ own, asking }) => own.pause(asking), [1, 2]],
    ['deletes it: nothing more is sent', ({ own, asking }) => own.remove(asking), [1, 2]],
  ])('%s', async (_, change, expected) => {
    const all = await setup();
    const { receiver, answerRings, subscription } = all;
    receiver.meanwhile = async () => {
      if (receiver.posts.length === 2) await change(all);
    };
    await answerRings();
    expect(receiver.numbers()).toEqual(expected);
    expect(await subscription()).toMatchObject({ cursor: 2, busyUntil: 0 });
  });

  it('replays it: what follows the lowered cursor is sent again at once', async () => {
    const { receiver, answerRings, own, asking, length, subscription } = await setup();
    receiver.meanwhile = async () => {
      if (receiver.posts.length === 3) await own.replay(asking, 0);
    };
    await answerRings();
    expect(receiver.numbers()).toEqual([1, 2, 3, ...upTo(await length())]);
    expect((await subscription()).cursor).toBe(await length());
  });

  it('replays it while the event fails: the failure delays nothing', async () => {
    const { receiver, answerRings, own, asking, length } = await setup();
    receiver.answers.push(204, 204, 500);
    receiver.meanwhile = async () => {
      if (receiver.posts.length === 3) await own.replay(asking, 1);
    };
    await answerRings();
    expect(receiver.numbers()).toEqual([1, 2, 3, ...upTo(await length(), 2)]);
  });
});

describe('the ledger', () => {
  it('is read by pages, newest first, and keeps a bounded number of attempts', async () => {
    const { tables, receiver, answerRings, own, asking, id, length } = await setup();
    await answerRings();
    const last = await length();
    for (let round = 0; round * last < 2_300; round += 1) {
      await own.replay(asking, 0);
      await answerRings();
    }
    const rows = await tables.range('readings', ID, 'delivery-', 'delivery-~');
    expect(receiver.posts.length).toBeGreaterThan(2_200);
    expect(rows.length).toBeGreaterThanOrEqual(2_000);
    expect(rows.length).toBeLessThan(2_060);
    const first = await own.ledger(ID, id, 3, null);
    const second = await own.ledger(ID, id, 3, first.next);
    const attempts = [...first.deliveries, ...second.deliveries].map(({ attempt }) => attempt);
    const { attempts: newest } = await own.get(ID, id);
    expect(attempts).toEqual([0, 1, 2, 3, 4, 5].map((age) => newest - age));
  });
});

describe('a subscription that cannot be read', () => {
  it('is told in the log, and makes no dead letter that would ring again', async () => {
    const { engine, tables, id, lines } = await setup();
    const row = (await tables.get('readings', ID, `subscription-${id}`))!;
    await tables.transact('readings', ID, [
      { op: 'replace', row: row.row, etag: '*', properties: { ...row.properties, json: '{' } },
    ]);
    await engine.deliver({ type: 'deliver', cutoverId: ID, subscriptionId: id });
    expect(lines).toContainEqual(['delivery-broken', expect.objectContaining({ code: 'C404' })]);
  });
});
