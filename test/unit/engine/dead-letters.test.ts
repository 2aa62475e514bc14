import { describe, expect, it } from 'vitest';
import { deferredLetterSchema } from '../../../shared/contract/messages.ts';
import { CutoverError } from '../../../shared/core/errors.ts';
import type { DeadLetter } from '../../../shared/engine/dead-letters.ts';
import type { Delivery } from '../../../shared/engine/handle-message.ts';
import type { Found } from '../../../shared/engine/letter.ts';
import { letterOf } from '../../../shared/engine/letter.ts';
import type { Tables } from '../../../shared/engine/ports.ts';
import { engineOn, makeRecordingBus, NO_BINDINGS } from '../../support/engine-parts.ts';
import { makeMemoryTables } from '../../support/memory-tables.ts';
import { DBA, hold, MANAGER } from '../../support/sample-inputs.ts';
import { planOf, step } from '../../support/sample-plan.ts';
import { BEGUN_AT, makeTestClock, MINUTE } from '../../support/test-world.ts';

const down = () => new CutoverError('C401', 'the test');
const BODY = { v: 1, type: 'step', cutoverId: 'c1', stepId: 'first', attempt: 1, dispatch: 1 };
const FOUND: Found = {
  queue: 'step-task',
  messageId: 'c1:1:0',
  reason: 'MaxDeliveryCountExceeded',
  description: 'Message could not be consumed after 10 delivery attempts.',
  deliveries: null,
  body: BODY,
};
const letter = letterOf(FOUND);
const letterWith = (differs: Partial<Found>) => letterOf({ ...FOUND, ...differs });

const setup = async () => {
  const memory = makeMemoryTables();
  const storage: { fails: null | (() => Error); afterWriting: boolean } = {
    fails: null,
    afterWriting: false,
  };
  const tables: Tables = {
    ...memory,
    transact: async (...write) => {
      if (storage.fails === null || storage.afterWriting) await memory.transact(...write);
      if (storage.fails !== null) throw storage.fails();
    },
  };
  const bus = makeRecordingBus(down);
  const clock = makeTestClock(BEGUN_AT);
  const engine = engineOn({ tables, bus, clock });
  const plan = planOf([step('first')]);
  for (const cutoverId of ['c1', 'c2']) {
    await engine.start({ cutoverId, plan, bindings: NO_BINDINGS, by: MANAGER, key: 'k' });
  }
  bus.sent.length = 0;
  const list = async (cutoverId: string | null = null) =>
    (await engine.deadLetters.list({ cutoverId, limit: 100, token: null })).letters;
  const eventsOf = async (type: string) =>
    (await engine.store.events('c1', 0, 100)).filter((event) => event.type === type);
  const stepOf = async () => (await engine.store.readHead('c1'))!.state.steps.first!;
  const kept = async (differs: Partial<Found> = {}): Promise<DeadLetter> => {
    await engine.deadLetters.take(letterWith(differs), 0);
    return (await list())[0]!;
  };
  const told = () => eventsOf('message-dead-lettered');
  return { engine, memory, bus, clock, storage, list, told, eventsOf, stepOf, kept };
};

describe('what is kept of a message', () => {
  it('is what it names, why it was given up and how often it was delivered', () => {
    expect(letter).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      queue: 'step-task',
      messageId: 'c1:1:0',
      reason: 'MaxDeliveryCountExceeded',
      description: 'Message could not be consumed after 10 delivery attempts.',
      deliveries: 10,
      cutoverId: 'c1',
      stepId: 'first',
      dispatched: { attempt: 1, dispatch: 1 },
      body: JSON.stringify(BODY),
    });
    expect(letterWith({ description: null }).deliveries).toBeNull();
    expect(letterWith({ deliveries: 3 }).deliveries).toBe(3);
  });

  it.each<[string, unknown]>([
    ['text', 'hello'],
    ['nothing', null],
    ['a list', [1]],
    ['ids that cannot be one', { cutoverId: 'a/b', stepId: { $ne: 1 }, attempt: 0, dispatch: 1 }],
    ['numbers that are none', { cutoverId: 7, attempt: '1', dispatch: 1.5 }],
  ])('names nobody when the body is %s', (_, body) => {
    expect(letterWith({ body })).toMatchObject({ cutoverId: null, stepId: null, dispatched: null });
  });

  it('is found in bytes as well, so that its cutover is told', () => {
    const bytes = Buffer.from(JSON.stringify(BODY));
    expect(letterWith({ body: bytes })).toEqual(letter);
    expect(letterWith({ body: Buffer.from([0, 159, 146, 150]) }).body).toBe('[4 bytes]');
  });

  it('has no secret in any of its names, and two of which only the secret differs stay two', () => {
    const [one, two] = ['ghp_hunter2hunter2', 'ghp_hunter3hunter3'].map((secret) =>
      letterWith({ queue: secret, messageId: secret, body: { cutoverId: secret, stepId: secret } }),
    );
    expect(JSON.stringify([one, two])).not.toContain('hunter');
    expect(one).toMatchObject({ queue: '[removed]', messageId: '[removed]', cutoverId: null, stepId: null });
    expect(one!.id).not.toBe(two!.id);
  });

  it.each([
    'c-0123456789ab:12:0~3',
    '63e9cbb0-4f0e-4b52-9d0e-3a2d1c0b9a87',
    '63e9cbb04f0e4b529d0e3a2d1c0b9a87',
  ])('keeps the id %s', (messageId) => {
    expect(letterWith({ messageId }).messageId).toBe(messageId);
  });

  it('has no secrets and no more than its measure, so that it can be sent and stored', () => {
    const long = 'x'.repeat(100_000);
    const big = letterWith({ queue: long, messageId: long, reason: long, description: long, body: long });
    expect(deferredLetterSchema.safeParse({ v: 1, type: 'dead-letter', letter: big }).success).toBe(true);
    const secret = letterWith({
      reason: 'it said Password=hunter2',
      description: 'Bearer hunter2.hunter2',
      body: { token: 'hunter2', url: `${'x'.repeat(7_990)} https://u:hunter2@host/` },
    });
    expect(JSON.stringify(secret)).not.toContain('hunter2');
  });
});

describe('a dead letter', () => {
  it('is kept, and its cutover told once, however often it comes', async () => {
    const { engine, clock, list, told } = await setup();
    await engine.deadLetters.take(letter, 0);
    clock.advance(MINUTE);
    await engine.deadLetters.take(letter, 0);
    expect(await list()).toEqual([{ ...letter, at: BEGUN_AT, redriven: null }]);
    expect(await told()).toMatchObject([
      { stepId: 'first', dispatched: { attempt: 1, dispatch: 1 }, queue: 'step-task', reason: letter.reason },
    ]);
  });

  it('is one row and one event even if the app dies between the two, or does not learn that it wrote them', async () => {
    const { engine, bus, clock, storage, list, told } = await setup();
    Object.assign(storage, { fails: down, afterWriting: true });
    await engine.deadLetters.take(letter, 0);
    storage.fails = null;
    expect(await told()).toEqual([]);
    clock.advance(MINUTE);
    await engine.deadLetters.take(letter, bus.sent.at(-1)!.hop);
    expect(await list()).toMatchObject([{ at: BEGUN_AT }]);
    expect(await told()).toHaveLength(1);
  });

  it.each<[string, unknown, unknown]>([
    ['messages of the app', BODY, { ...BODY, stepId: 'second' }],
    ['texts', 'one', 'another'],
    ['bodies of which only the secret differs', { password: 'hunter2' }, { password: 'hunter3' }],
    ['bytes that are no text', Buffer.from([0, 159, 146, 150]), Buffer.from([0, 159, 146, 151])],
  ])(
    'is not another one that died of the same on the same queue under the same message id (%s)',
    async (...of) => {
      const [, one, another] = of;
      const { engine, clock, list } = await setup();
      for (const body of [one, another, one, another]) {
        await engine.deadLetters.take(letterWith({ messageId: '', body }), 0);
        clock.advance(60 * MINUTE);
      }
      expect((await list()).map(({ at }) => at)).toEqual([BEGUN_AT + 60 * MINUTE, BEGUN_AT]);
    },
  );

  it('tells its cutover and leaves its step stuck, also when one of the same message id came before', async () => {
    const { engine, clock, list, told, stepOf } = await setup();
    for (const body of [{ ...BODY, stepId: 'gone' }, BODY, BODY]) {
      await engine.deadLetters.take(letterWith({ messageId: '', body }), 0);
      clock.advance(60 * MINUTE);
    }
    expect((await list()).map(({ stepId }) => stepId)).toEqual(['first', 'gone']);
    expect(await told()).toMatchObject([{ stepId: null }, { stepId: 'first' }]);
    expect((await stepOf()).stuck).toMatchObject({ at: BEGUN_AT + 60 * MINUTE });
  });

  it('that is nested deeper than JSON can be written is kept all the same', () => {
    const levels = 100_000;
    const body = JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown;
    expect(letterWith({ body }).id).toBe(letterWith({ body }).id);
    expect(letterWith({ body }).id).not.toBe(letterWith({ body: [] }).id);
  });

  it('leaves the step of its dispatch stuck', async () => {
    const { stepOf, kept } = await setup();
    const { id } = await kept();
    expect((await stepOf()).stuck).toEqual({ deadLetterId: id, reason: letter.reason, at: BEGUN_AT });
  });

  it('of a step the plan does not know still leaves its trace on the cutover', async () => {
    const { told, kept } = await setup();
    await kept({ body: { ...BODY, stepId: 'nobody' } });
    expect(await told()).toMatchObject([{ stepId: null }]);
  });

  it('that names no cutover, or one that is not there, is kept all the same', async () => {
    const { list, told, kept } = await setup();
    await kept({ body: {} });
    await kept({ messageId: 'm2', body: { ...BODY, cutoverId: 'gone' } });
    expect(await list()).toHaveLength(2);
    expect(await told()).toEqual([]);
  });

  it('whose cutover cannot be read is kept, and makes no dead letter of itself', async () => {
    const { engine, memory, list } = await setup();
    const head = (await memory.get('cutovers', 'c1', 'head'))!;
    const broken = { ...head.properties, json: '{' };
    await memory.transact('cutovers', 'c1', [{ op: 'upsert', row: 'head', properties: broken }]);
    await engine.deadLetters.take(letter, 0);
    expect(await list()).toHaveLength(1);
  });

  it('is sent to its own queue again, later each time, while the storage does not answer', async () => {
    const { engine, bus, storage, list, told } = await setup();
    storage.fails = down;
    await engine.deadLetters.take(letter, 0);
    const [first] = bus.sent;
    expect(first).toMatchObject({ queue: 'dead-letters', hop: 1, scheduledAt: BEGUN_AT + 1_000 });
    const body = deferredLetterSchema.parse({ v: 1, ...first?.body });
    await engine.deadLetters.take(body.letter, first?.hop ?? 0);
    expect(bus.sent.at(-1)).toMatchObject({ hop: 2, scheduledAt: BEGUN_AT + 2_000 });
    expect(bus.sent.at(-1)?.id).not.toBe(first?.id);
    storage.fails = null;
    await engine.deadLetters.take(body.letter, 2);
    expect(await list()).toMatchObject([letter]);
    expect(await told()).toHaveLength(1);
  });
});

describe('the list of dead letters', () => {
  const filled = async () => {
    const world = await setup();
    for (const [index, cutoverId] of ['c1', 'c2', 'c1', 'c1-a', null, 'c1'].entries()) {
      await world.kept({ messageId: `m${index}`, body: { ...BODY, cutoverId } });
      world.clock.advance(MINUTE);
    }
    return world;
  };
  const names = (letters: readonly DeadLetter[]) => letters.map(({ messageId }) => messageId);

  it('is newest first', async () => {
    const { list } = await filled();
    expect(names(await list())).toEqual(['m5', 'm4', 'm3', 'm2', 'm1', 'm0']);
  });

  it('may be of one cutover, and of no other whose id begins alike', async () => {
    const { list } = await filled();
    expect(names(await list('c1'))).toEqual(['m5', 'm2', 'm0']);
    expect(names(await list('c1-a'))).toEqual(['m3']);
    expect(await list('c')).toEqual([]);
  });

  it.each([null, 'c1'])('comes in pages that each cost one operation (of cutover %s)', async (cutoverId) => {
    const { engine, memory, list } = await filled();
    const all = await list(cutoverId);
    const found: DeadLetter[] = [];
    let token: string | null = null;
    do {
      const before = memory.operations();
      const page = await engine.deadLetters.list({ cutoverId, limit: 2, token });
      expect(memory.operations()).toBe(before + 1);
      expect(page.letters.length).toBeLessThanOrEqual(2);
      found.push(...page.letters);
      token = page.next;
    } while (token !== null);
    expect(found).toEqual(all);
  });

  it('ends with what version 1 kept, which stood under its id alone', async () => {
    const { engine, memory, list } = await filled();
    for (const id of ['0123456789abcdef'.repeat(2), 'fedcba9876543210'.repeat(2)]) {
      const old = { ...letter, messageId: id, id, at: 1, redriven: null };
      const properties = { stamp: id, rows: 1, json: JSON.stringify(old) };
      await memory.transact('lists', 'dead-letter', [{ op: 'insert', row: id, properties }]);
      expect(await engine.deadLetters.get(id)).toEqual(old);
      await engine.deadLetters.mark(id, { at: 2, by: DBA, inputId: 'i' });
      expect(await engine.deadLetters.get(id)).toMatchObject({ redriven: { by: DBA } });
    }
    expect(names(await list()).slice(-3)).toEqual([
      'm0',
      '0123456789abcdef'.repeat(2),
      'fedcba9876543210'.repeat(2),
    ]);
  });
});

describe('driving a dead letter again', () => {
  it('dispatches the present attempt of its step once more, and says by whom and for which letter', async () => {
    const { engine, bus, eventsOf, stepOf, list, kept } = await setup();
    const { id } = await kept();
    const answer = await engine.redriveLetter(id, DBA, 'http:k1');
    expect(answer).toMatchObject({ code: 'applied', detail: { dispatch: 2 } });
    expect(await eventsOf('message-redriven')).toMatchObject([
      { stepId: 'first', deadLetterId: id, by: DBA },
    ]);
    expect(bus.sent).toMatchObject([{ queue: 'step-task', body: { stepId: 'first', dispatch: 2 } }]);
    expect(await stepOf()).toMatchObject({ dispatch: 2, stuck: null });
    const redriven = { at: BEGUN_AT, by: DBA, inputId: 'http:k1' };
    expect(await engine.deadLetters.get(id)).toMatchObject({ redriven });
    expect(await list()).toMatchObject([{ redriven }]);
    expect(await list('c1')).toMatchObject([{ redriven }]);
  });

  it('gives the same answer to the same request, and says so to another one', async () => {
    const { engine, clock, bus, kept } = await setup();
    const { id } = await kept();
    const first = await engine.redriveLetter(id, DBA, 'http:k1');
    clock.advance(MINUTE);
    expect(await engine.redriveLetter(id, DBA, 'http:k1')).toEqual(first);
    expect(await engine.redriveLetter(id, MANAGER, 'http:k2')).toMatchObject({
      code: 'unchanged',
      message: expect.stringContaining('by Dirk') as string,
      detail: { redrivenAt: BEGUN_AT, redrivenBy: 'Dirk' },
    });
    expect(bus.sent).toHaveLength(1);
  });

  it('does nothing by a copy of a request that was told so', async () => {
    const { engine, bus, kept } = await setup();
    const { id } = await kept();
    await engine.redriveLetter(id, DBA, 'http:k1');
    const told = await engine.redriveLetter(id, MANAGER, 'http:k2');
    const copy = { id: 'http:k2', type: 'redrive', stepId: 'first', deadLetterId: id, by: MANAGER } as const;
    expect(await engine.advance('c1', copy)).toEqual(told);
    expect(bus.sent).toHaveLength(1);
  });

  it('is done by exactly one of two people who ask at once, in one process or in two', async () => {
    for (const processes of [1, 2]) {
      const { engine, memory, bus, clock, eventsOf, kept } = await setup();
      const other = processes === 1 ? engine : engineOn({ tables: memory, bus, clock });
      const { id } = await kept();
      const answers = await Promise.all([
        engine.redriveLetter(id, DBA, 'http:k1'),
        other.redriveLetter(id, MANAGER, 'http:k2'),
      ]);
      const [driven, ...again] = await eventsOf('message-redriven');
      expect(again).toEqual([]);
      expect(bus.sent).toMatchObject([{ queue: 'step-task', body: { dispatch: 2 } }]);
      const by = driven?.type === 'message-redriven' ? driven.by : null;
      expect((await engine.deadLetters.get(id))!.redriven).toMatchObject({ by });
      const detail = { redrivenAt: BEGUN_AT, redrivenBy: by?.name };
      const told = { code: 'unchanged', message: `${id} was driven again already by ${by?.name}`, detail };
      const expected = [{ code: 'applied', detail: { dispatch: 2 } }, told];
      expect(answers).toMatchObject(by?.id === DBA.id ? expected : expected.toReversed());
    }
  });

  it.each(['before its dispatch', 'after it'])(
    'is done once, in the name of who asked first, even if the app died %s',
    async (when) => {
      for (const [again, by] of [
        ['http:k1', DBA],
        ['http:k2', MANAGER],
      ] as const) {
        const { engine, bus, eventsOf, kept } = await setup();
        const { id } = await kept();
        const inputId = 'http:k1';
        await engine.deadLetters.claim(id, { at: 1, by: DBA, inputId }, null);
        const input = { id: inputId, type: 'redrive', stepId: 'first', deadLetterId: id, by: DBA } as const;
        if (when === 'after it') await engine.advance('c1', input);
        const code = again === inputId ? 'applied' : 'unchanged';
        expect(await engine.redriveLetter(id, by, again)).toMatchObject({ code });
        expect(bus.sent).toHaveLength(1);
        expect(await engine.redriveLetter(id, DBA, inputId)).toMatchObject({ code: 'applied' });
        expect(await eventsOf('message-redriven')).toMatchObject([{ by: DBA }]);
        expect((await engine.deadLetters.get(id))!.redriven).toEqual({ at: BEGUN_AT, by: DBA, inputId });
        expect(bus.sent).toHaveLength(1);
      }
    },
  );

  it('is open to the next one when the first was refused', async () => {
    const { engine, bus, kept } = await setup();
    const { id } = await kept();
    await engine.advance('c1', { id: 'h', ...hold() });
    const refusal = await engine.redriveLetter(id, DBA, 'http:k1');
    expect(refusal).toMatchObject({ code: 'C304' });
    await engine.advance('c1', { id: 'r', type: 'resume', by: MANAGER });
    bus.sent.length = 0;
    const answers = await Promise.all([2, 3].map((n) => engine.redriveLetter(id, MANAGER, `http:k${n}`)));
    expect(answers.map(({ code }) => code).toSorted()).toEqual(['applied', 'unchanged']);
    expect(await engine.redriveLetter(id, DBA, 'http:k1')).toEqual(refusal);
    expect(bus.sent).toHaveLength(1);
    expect((await engine.deadLetters.get(id))!.redriven).toMatchObject({ by: MANAGER });
  });

  it('keeps the note of who did it first', async () => {
    const { engine, kept } = await setup();
    const { id } = await kept();
    await Promise.all([
      engine.deadLetters.mark(id, { at: 1, by: DBA, inputId: 'a' }),
      engine.deadLetters.mark(id, { at: 2, by: MANAGER, inputId: 'b' }),
    ]);
    const { redriven } = (await engine.deadLetters.get(id))!;
    await engine.deadLetters.mark(id, { at: 3, by: MANAGER, inputId: 'c' });
    expect((await engine.deadLetters.get(id))!.redriven).toEqual(redriven);
  });

  it('does what is due when the letter was to wake its cutover', async () => {
    const { engine, clock, bus, kept } = await setup();
    const wake = { v: 1, type: 'wake', cutoverId: 'c1', dueAt: BEGUN_AT };
    const { id } = await kept({ queue: 'wake', body: wake });
    clock.advance(60 * MINUTE);
    expect((await engine.redriveLetter(id, DBA, 'http:k1')).message).toMatch(/event\(s\) of c1 were due/);
    expect(bus.sent).toMatchObject([{ queue: 'step-task', body: { dispatch: 2 } }, { queue: 'wake' }]);
  });

  it('has nothing to do for a poll of replication: the next one looks anew', async () => {
    const { engine, bus, kept } = await setup();
    const { id } = await kept({
      queue: 'observe',
      body: { v: 1, type: 'observe', cutoverId: 'c1', slot: 1 },
    });
    const answer = await engine.redriveLetter(id, DBA, 'http:k1');
    expect(answer).toMatchObject({
      code: 'unchanged',
      message: expect.stringContaining('next poll') as string,
    });
    expect(bus.sent).toEqual([]);
  });

  it.each<[string, Partial<Found>, string, string]>([
    ['that names no cutover', { body: 'hello' }, 'C217', 'names no cutover'],
    ['of a step that it does not name', { body: { cutoverId: 'c1' } }, 'C217', 'names no step'],
    ['of a queue nobody knows', { queue: 'unknown' }, 'C217', 'queue unknown'],
    ['of a cutover that is not there', { body: { ...BODY, cutoverId: 'gone' } }, 'C206', 'cutover gone'],
    ['of a step that is not there', { body: { ...BODY, stepId: 'gone' } }, 'C206', 'step gone'],
  ])('is refused for one %s', async (_, differs, code, message) => {
    const { engine, kept } = await setup();
    const { id } = await kept(differs);
    const answer = await engine.redriveLetter(id, DBA, 'http:k1');
    expect(answer).toMatchObject({ code, message: expect.stringContaining(message) as string });
    expect((await engine.deadLetters.get(id))!.redriven).toBeNull();
  });

  it.each<[string, Partial<Found>, string | null]>([
    ['of a step that it does not name', { body: { cutoverId: 'c1' } }, null],
    ['of a queue nobody knows', { queue: 'unknown' }, 'first'],
  ])('that is refused for one %s is on record with who asked', async (_, differs, stepId) => {
    const { engine, kept, eventsOf } = await setup();
    const { id } = await kept(differs);
    await engine.redriveLetter(id, DBA, 'http:k1');
    const [refusal, ...more] = await eventsOf('request-refused');
    expect(refusal).toMatchObject({ what: 'redrive', stepId, by: DBA, code: 'C217' });
    expect(more).toEqual([]);
  });

  it('is refused for one that is not there', async () => {
    const { engine } = await setup();
    expect(await engine.redriveLetter('0'.repeat(32), DBA, 'http:k1')).toMatchObject({ code: 'C206' });
  });

  it('is refused while the cutover is held, and possible after the resume', async () => {
    const { engine, kept } = await setup();
    const { id } = await kept();
    await engine.advance('c1', { id: 'h', ...hold() });
    expect(await engine.redriveLetter(id, DBA, 'http:k1')).toMatchObject({ code: 'C304' });
    await engine.advance('c1', { id: 'r', type: 'resume', by: MANAGER });
    expect(await engine.redriveLetter(id, DBA, 'http:k2')).toMatchObject({ code: 'applied' });
  });
});

describe('a delivery', () => {
  const delivery = (differs: Partial<Delivery>): Delivery => ({
    queue: 'wake',
    messageId: 'm1',
    hop: 0,
    deliveries: 1,
    body: { v: 1, type: 'wake', cutoverId: 'c1', dueAt: 7 },
    ...differs,
  });
  const never = () => Promise.reject(new Error('never'));

  it('that is malformed is kept with its reason and completed', async () => {
    const { engine, list } = await setup();
    const body = { v: 1, type: 'wake', cutoverId: 'c1' };
    await engine.handle('wake')(delivery({ body, deliveries: 2 }), never);
    expect(await list()).toMatchObject([
      {
        queue: 'wake',
        messageId: 'm1',
        cutoverId: 'c1',
        deliveries: 2,
        reason: expect.stringMatching(/^malformed: dueAt: /) as string,
      },
    ]);
  });

  const STEP = { v: 1, type: 'step', cutoverId: 'c1', stepId: 'first', attempt: 1, dispatch: 1 };
  const { dispatch: _, ...unnumbered } = STEP;

  it.each<[string, unknown, string]>([
    ['of another version', { ...STEP, v: 2 }, 'v: is not 1'],
    ['with a field nobody knows', { ...STEP, sql: 'DROP' }, 'sql: is not a known key here'],
    [
      'with several mistakes',
      { ...unnumbered, attempt: 'one', stepId: '' },
      'stepId: must have at least 1 character(s); attempt: is not a number; dispatch: is missing',
    ],
    ['with half an attempt', { ...STEP, attempt: 0.5 }, 'attempt: is not a whole number'],
    ['of a type nobody knows', { v: 1, type: 'x' }, 'type: is none of the forms allowed here'],
    ['that is a list', [1, 2], 'the message: is not an object with keys'],
    ['that is a text', 'hello', 'the message: is not an object with keys'],
    ['that is nothing', null, 'the message: is not an object with keys'],
  ])('%s is told what is wrong with it, in the words of every other refusal', async (_case, body, reason) => {
    const { engine, list } = await setup();
    await engine.handle('step')(delivery({ queue: 'step-task', body }), never);
    expect((await list())[0]?.reason).toBe(`malformed: ${reason}`);
  });

  it('of another type than its queue takes is malformed', async () => {
    const { engine, list } = await setup();
    const body = { v: 1, type: 'observe', cutoverId: 'c1', slot: 1 };
    await engine.handle('wake')(delivery({ body }), never);
    expect((await list())[0]?.reason).toContain('a message of type observe on the queue wake');
  });

  it('whose work trying again does not help is kept with the error as its reason and completed', async () => {
    const { engine, list, stepOf } = await setup();
    const unreadable = () => Promise.reject(new CutoverError('C404', 'the plan of c1'));
    await engine.handle('step')(delivery({ queue: 'step-task', body: BODY }), unreadable);
    expect(await list()).toMatchObject([
      { reason: 'C404: A stored row is not readable: the plan of c1', cutoverId: 'c1', stepId: 'first' },
    ]);
    expect((await stepOf()).stuck).toMatchObject({ reason: expect.stringContaining('C404') as string });
  });

  it('whose work could not commit is sent again in its own envelope with another id and completed', async () => {
    const { engine, bus } = await setup();
    const act = () => Promise.reject(down());
    await engine.handle('wake')(delivery({ messageId: 'c1:1:1' }), act);
    await engine.handle('wake')(delivery({ messageId: 'c1:1:1~1', hop: 1 }), act);
    expect(bus.sent).toMatchObject([
      { id: 'c1:1:1~1', queue: 'wake', hop: 1, scheduledAt: BEGUN_AT + 1_000 },
      { id: 'c1:1:1~2', queue: 'wake', hop: 2, scheduledAt: BEGUN_AT + 2_000 },
    ]);
  });

  it('that meets a bug throws it, so that the broker counts it', async () => {
    const { engine } = await setup();
    const handled = engine.handle('wake')(delivery({}), () => Promise.reject(new TypeError('a bug')));
    await expect(handled).rejects.toThrow('a bug');
  });
});
