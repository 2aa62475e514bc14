import { randomUUID } from 'node:crypto';
import type { ServiceBusReceivedMessage, ServiceBusReceiver } from '@azure/service-bus';
import { ServiceBusClient } from '@azure/service-bus';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { stepQueue } from '../../shared/core/messages.ts';
import type { DeadLetterView } from '../../shared/contract/dead-letter.ts';
import type { Answer, RequestOptions } from '../support/api-client.ts';
import { WORKER } from '../support/api-client.ts';
import { useAppStage } from '../support/app-stage.ts';
import { approvalStep, planDocumentOf, stepOfKind, taskStep } from '../support/step-documents.ts';

/** Its queue has no function here, so that a test can take its messages as an operator's tool would. */
const UNATTENDED = 'open-access';
const stage = useAppStage({ without: [stepQueue(UNATTENDED)] });

const start = (): Promise<string> =>
  stage().api.start(planDocumentOf([taskStep('first'), approvalStep('decide')]), stage().bindings);

const MIB = 1024 * 1024;
const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

describe('a request that is not valid', () => {
  const keyed = (body: unknown): RequestOptions => ({ key: randomUUID(), body });

  it.each<[string, string, () => RequestOptions, readonly RegExp[]]>([
    [
      'with everything wrong',
      'cutovers',
      () => keyed({ plan: 5, bindings: [], extra: 1, more: 2 }),
      [
        /^body\.plan: .*"default".*"mock"/,
        /^body\.bindings: /,
        /^body\.extra: .*known/,
        /^body\.more: .*known/,
      ],
    ],
    [
      'with nothing in it',
      'cutovers',
      () => keyed({}),
      [/^body\.plan: is missing/, /^body\.bindings: is missing/],
    ],
    [
      'with an empty body and no key',
      'cutovers',
      () => ({ method: 'POST' }),
      [/^body\.plan: is missing/, /^body\.bindings: is missing/, /^Idempotency-Key: is missing/],
    ],
    ['that is a list', 'cutovers', () => keyed([]), [/^body: is not an object/]],
    ['that is nothing', 'cutovers', () => keyed('null'), [/^body: is not an object/]],
    ['that is not JSON', 'cutovers', () => keyed('{"plan": '), [/^body: is not JSON/]],
    ['that is YAML', 'plans/validate', () => keyed('plan:\n  schema: 1\n'), [/^body: is not JSON/]],
    [
      'that reaches for the prototype',
      'cutovers',
      () => keyed('{"__proto__": {"plan": "mock"}, "plan": "mock", "bindings": {}}'),
      [/__proto__/],
    ],
    [
      'with a reason of nothing but spaces, an unknown field and a key of two words',
      'cutovers/c-000000000000/hold',
      () => ({ key: 'two words', body: { reason: '  ', urgent: true } }),
      [/^body\.reason: .*at least 1 char/, /^body\.urgent: .*known/, /^Idempotency-Key: .*200/],
    ],
    [
      'with a reason that is too long',
      'cutovers/c-000000000000/abort',
      () => keyed({ reason: 'r'.repeat(1001) }),
      [/^body\.reason: .*at most 1000 char/],
    ],
    [
      'with a time that is none',
      'cutovers/c-000000000000/point-of-no-return',
      () => keyed({ happenedAt: 'soon', reason: 'r' }),
      [/^body\.happenedAt: is not a moment in UTC such as 2026-/],
    ],
    [
      'with a query of which nothing is right',
      'cutovers?limit=many&mode=dress&foo=1&status=over',
      () => ({}),
      [
        /^query\.status: .*"aborted"/,
        /^query\.mode: .*"mock"/,
        /^query\.limit: is not a number/,
        /^query\.foo: .*known/,
      ],
    ],
    [
      'with numbers out of range',
      'cutovers/c-000000000000/events?after=-1&limit=1001',
      () => ({}),
      [/^query\.after: .*at least 0/, /^query\.limit: .*at most 1000/],
    ],
    ['with a page that was never given', 'cutovers?next=garbage', () => ({}), [/continuation token/]],
    [
      'with a page of dead letters that was never given',
      'dead-letters?next=Z2E=',
      () => ({}),
      [/continuation token/],
    ],
    [
      'with an id that cannot be one',
      'cutovers/NOT_AN_ID/steps/Not%20one/retry',
      () => keyed({ reason: 'r' }),
      [/^path\.cutoverId: .*a-z0-9/, /^path\.stepId: .*a-z0-9/],
    ],
    ['for a plan nobody carries', 'plans/other', () => ({}), [/^path\.name: .*"default" or "mock"/]],
  ])('%s is refused by naming every problem at once', async (_, path, options, problems) => {
    const { status, headers, body } = await stage().api.send(path, options());
    expect([status, body.code, body.retriable]).toEqual([400, 'C201', false]);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(body.problems).toEqual(problems.map((problem) => expect.stringMatching(problem) as unknown));
    expect(body.next).toContain('every problem listed');
  });

  it('as a signed callback is refused by naming every problem at once', async () => {
    const { status, body } = await stage().api.callback('callbacks/completions/NOT_AN_ID/first/0', {
      result: 'yes',
      by: 'me',
      token: 'short',
      extra: 1,
    });
    expect([status, body.code]).toEqual([400, 'C201']);
    for (const field of [
      'path.cutoverId',
      'path.attempt',
      'body.result',
      'body.by',
      'body.token',
      'body.extra',
    ]) {
      expect(body.problems).toContainEqual(expect.stringMatching(new RegExp(`^${field}: `)));
    }
  });

  it('as a signed callback that is not JSON is refused as such', async () => {
    const { status, body } = await stage().api.callback(
      'callbacks/completions/c-000000000000/first/1',
      '{"result": ',
    );
    expect([status, body.code, body.problems]).toEqual([400, 'C201', ['body: is not JSON']]);
  });
});

describe('a body of more than 1 MiB', () => {
  const padded = (bytes: number): string => {
    const text = JSON.stringify({ reason: 'r', padding: '' });
    return text.replace('""', `"${'x'.repeat(bytes - text.length)}"`);
  };
  const streamed = async (text: string): Promise<Answer['status']> => {
    const body = new ReadableStream({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode(text));
        controller.close();
      },
    });
    const response = await fetch(`${stage().origin}/api/cutovers/c-000000000000/hold`, {
      method: 'POST',
      headers: { 'x-development-user': 'test' },
      body,
      duplex: 'half',
    });
    return response.status;
  };

  it('is refused with its size, whoever sends it', async () => {
    for (const path of ['cutovers/c-000000000000/hold', 'callbacks/completions/c-000000000000/first/1']) {
      const { status, body } = await stage().api.send(path, { body: padded(MIB + 1) });
      expect([status, body.code, body.next]).toEqual([413, 'C202', 'Send no more than the message allows.']);
      expect(body.detail).toContain('1048577 bytes');
    }
  });

  it('is refused as well when it does not say its size', async () => {
    expect(await streamed(padded(MIB + 1))).toBe(413);
  });

  it('is the limit: a byte less is read', async () => {
    const { status, body } = await stage().api.send('cutovers/c-000000000000/hold', { body: padded(MIB) });
    expect([status, body.problems]).toEqual([400, [expect.stringMatching(/^body\.padding: /)]]);
  });
});

describe('an id that nothing has', () => {
  it.each<[string, (id: string) => Promise<Answer>]>([
    ['reading a cutover', () => stage().api.get('cutovers/c-000000000000')],
    ['reading its events', () => stage().api.get('cutovers/c-000000000000/events')],
    ['reading its counts', () => stage().api.get('cutovers/c-000000000000/counts')],
    ['reading evidence', (id) => stage().api.get(`cutovers/${id}/evidence/${'0'.repeat(64)}`)],
    ['opening its page', () => stage().api.get('page/c-000000000000')],
    ...['hold', 'abort', 'resume', 'steps/first/retry', 'steps/first/skip', 'steps/first/redrive'].map(
      (what): [string, () => Promise<Answer>] => [
        `asking it to ${what}`,
        () =>
          stage().api.post(
            `cutovers/c-000000000000/${what}`,
            /resume|redrive/.test(what) ? {} : { reason: 'r' },
          ),
      ],
    ),
    [
      'answering an effect',
      () => stage().api.post('cutovers/c-000000000000/steps/first/effect', { happened: true }),
    ],
    ...['nothing', 'constructor', 'hasOwnProperty'.toLowerCase()].flatMap(
      (stepId): [string, (id: string) => Promise<Answer>][] => [
        [
          `trying step ${stepId} again`,
          (id) => stage().api.post(`cutovers/${id}/steps/${stepId}/retry`, { reason: 'r' }),
        ],
        [
          `answering for step ${stepId}`,
          (id) => stage().api.post(`cutovers/${id}/steps/${stepId}/effect`, { happened: true }),
        ],
      ],
    ),
  ])('gets 404 when %s', async (_, ask) => {
    const { status, body } = await ask(await start());
    expect([status, body.code]).toEqual([404, 'C206']);
    expect(body.next).toContain('GET /api/cutovers');
  });
});

describe('a plan with two dozen mistakes', () => {
  const FLAWED = {
    schema: 2,
    id: 'Not an id',
    title: '',
    mode: 'dress-rehearsal',
    concurrency: 0,
    colour: 'red',
    steps: [
      { ...taskStep('a'), phase: 11 },
      { ...taskStep('b'), kind: 'magic' },
      { ...taskStep('c'), planned: 'soon' },
      { ...taskStep('d'), deadline: undefined },
      { ...taskStep('e'), after: ['e'] },
      { ...taskStep('f'), after: ['nobody'] },
      { ...taskStep('g'), after: ['h'] },
      { ...taskStep('h'), after: ['g'] },
      { ...taskStep('a') },
      { ...taskStep('i'), planned: '3h', deadline: '2h' },
      { ...taskStep('j'), params: { automation: 7, confirm: [], extra: true } },
      { ...taskStep('k'), owner: 'The DBA' },
      { ...taskStep('l', { phase: 1, after: ['m'] }) },
      { ...taskStep('m', { phase: 4 }) },
      { ...taskStep('n'), marks: 'lunch' },
      { ...taskStep('o'), deadline: '2h', planned: '1h', remindAfter: ['3h'] },
      stepOfKind('p', 'backup-source', { automation: null }),
    ],
  };
  const MISTAKES: readonly RegExp[] = [
    /^plan schema: /,
    /^plan id: .*lower-case words/,
    /^plan title: .*at least 1/,
    /^plan mode: .*"mock" or "production"/,
    /^plan concurrency: .*at least 1/,
    /^plan colour: .*known key/,
    /^plan steps\[0\]\.phase: step "a".*at most 10/,
    /^plan steps\[1\]\.kind: step "b".*unknown kind "magic"/,
    /^plan steps\[2\]\.planned: step "c".*duration/,
    /^plan steps\[3\]\.deadline: step "d".*without a deadline/,
    /^plan steps\[4\]\.after: step "e".*itself/,
    /^plan steps\[5\]\.after: step "f".*"nobody"/,
    /^plan steps\[[67]\]\.after: .*circle/,
    /^plan steps\[8\]\.id: step "a".*used already/,
    /^plan steps\[9\]\.deadline: step "i".*2h.*3h/,
    /^plan steps\[10\]\.params\.automation: step "j"/,
    /^plan steps\[10\]\.params\.extra: step "j".*known key/,
    /^plan steps\[11\]\.owner: step "k"/,
    /^plan steps\[12\]\.phase: step "l".*phase 4/,
    /^plan steps\[14\]\.marks: step "n"/,
    /^plan steps\[15\]\.remindAfter: step "o".*3h/,
    /^plan steps\[16\]\.params: step "p".*"aos-stopped"/,
  ];

  it.each([
    ['starting it', 'cutovers'],
    ['checking it', 'plans/validate'],
  ])('is refused when %s with all of them listed, each by its place', async (_, path) => {
    const { status, body } = await stage().api.post(path, { plan: FLAWED, bindings: stage().bindings });
    expect([status, body.code]).toEqual([422, 'C301']);
    for (const mistake of MISTAKES) {
      expect(body.problems).toContainEqual(expect.stringMatching(mistake));
    }
    expect(body.problems).toHaveLength(MISTAKES.length);
    expect(body.next).toContain('nothing was started');
  });

  it('starts nothing', async () => {
    const read = async () => (await stage().api.get('cutovers?limit=200')).body.cutovers;
    const before = await read();
    await stage().api.post('cutovers', { plan: FLAWED, bindings: stage().bindings });
    expect(await read()).toEqual(before);
  });

  it.each([
    ['its steps', `{"plan":{"steps":[${deep(100_000)}]},"bindings":{}}`],
    ['the parameters of a step', `{"plan":{"steps":[{"params":${deep(100_000)}}]},"bindings":{}}`],
    ['its bindings', `{"plan":{},"bindings":{"people":${deep(100_000)}}}`],
  ])('is refused, and not chewed on, when %s are nested a hundred thousand deep', async (_, body) => {
    const answer = await stage().api.send('cutovers', { key: randomUUID(), body });
    expect([answer.status, answer.body.code]).toEqual([422, 'C301']);
  });

  it('is refused, without repeating it, when the address of an automation holds a password', async () => {
    const automations = { robot: 'https://robot:hunter2@automation.example/hook' };
    const plan = planDocumentOf([taskStep('first')]);
    const bindings = { ...stage().bindings, automations };
    const { status, body, text } = await stage().api.post('cutovers', { plan, bindings });
    expect(status).toBe(422);
    expect(body.problems).toEqual([expect.stringMatching(/^bindings automations\.robot: .*a password/)]);
    expect(text).not.toContain('hunter2');
  });

  it('is refused when its people are missing, naming the role and who needs it', async () => {
    const { people: _, ...rest } = stage().bindings;
    const plan = planDocumentOf([taskStep('first'), approvalStep('decide')]);
    const { status, body } = await stage().api.post('cutovers', { plan, bindings: { ...rest, people: {} } });
    expect(status).toBe(422);
    expect(body.problems).toContainEqual(expect.stringMatching(/"dba".*"first"/));
    expect(body.problems).toContainEqual(expect.stringMatching(/"business-owner".*"decide"/));
  });
});

describe('a message that cannot be handled', () => {
  let client: ServiceBusClient;
  beforeAll(() => {
    client = new ServiceBusClient(stage().bus.connectionString);
  });
  afterAll(() => client.close());

  const letterOf = (messageId: string): Promise<DeadLetterView> =>
    vi.waitFor(
      async () => {
        const { deadLetters } = (await stage().api.get('dead-letters?limit=200')).body;
        const found = (deadLetters as readonly DeadLetterView[]).find(
          (letter) => letter.messageId === messageId,
        );
        if (found === undefined) throw new Error(`No dead letter ${messageId} yet.`);
        return found;
      },
      { timeout: 20_000, interval: 25 },
    );
  const send = async (queue: string, body: unknown, contentType = 'application/json'): Promise<string> => {
    const messageId = randomUUID();
    await client.createSender(queue).sendMessages({ messageId, body, contentType });
    return messageId;
  };
  /** The one event a cutover gets of a dead letter: it follows the row that lists it. */
  const expectToldOnce = (id: string, event: Readonly<Record<string, unknown>>): Promise<void> =>
    vi.waitFor(
      async () => {
        const events = await stage().api.events(id);
        const told = events.filter(({ type }) => type === 'message-dead-lettered');
        expect(told).toEqual([expect.objectContaining(event)]);
      },
      { timeout: 20_000, interval: 25 },
    );

  it.each<[string, string, (id: string) => unknown, RegExp]>([
    [
      'of another version',
      'step-task',
      (id) => ({ v: 2, type: 'step', cutoverId: id, stepId: 'first', attempt: 1, dispatch: 1 }),
      /\bv: /,
    ],
    [
      'with an unknown field',
      'step-task',
      (id) => ({ v: 1, type: 'step', cutoverId: id, stepId: 'first', attempt: 1, dispatch: 1, sql: 'DROP' }),
      /sql/,
    ],
    [
      'with a wrong type and a missing field',
      'step-task',
      (id) => ({ v: 1, type: 'step', cutoverId: id, stepId: 'first', attempt: 'one' }),
      /attempt: [^]*dispatch: /,
    ],
    [
      'meant for another queue',
      'step-approval',
      (id) => ({ v: 1, type: 'wake', cutoverId: id, stepId: 'first', dueAt: 1 }),
      /stepId|type wake/,
    ],
  ])(
    '%s is kept with its reason, and told to the cutover and step it names',
    async (_, queue, bodyOf, reason) => {
      const id = await start();
      await stage().api.question(id, 'first');
      const since = new Date().toISOString();
      const messageId = await send(queue, bodyOf(id));
      const letter = await letterOf(messageId);
      expect(letter).toMatchObject({
        queue,
        cutoverId: id,
        stepId: 'first',
        reason: expect.stringMatching(reason) as unknown,
      });
      expect(JSON.parse(letter.body)).toEqual(bodyOf(id));
      expect(letter.at >= since && letter.at <= new Date().toISOString()).toBe(true);
      await expectToldOnce(id, { queue, stepId: 'first', reason: letter.reason });
      expect((await stage().api.step(id, 'first')).status).toBe('waiting');
    },
  );

  it.each<[string, string, unknown, string]>([
    ['a text', 'step-task', 'hello', 'application/json'],
    ['nothing', 'observe', null, 'application/json'],
    ['a list', 'wake', [1, 2, 3], 'application/json'],
    ['bytes', 'wake', Buffer.from([0, 159, 146, 150]), 'application/octet-stream'],
    [
      'a cutover that is none',
      'step-task',
      { v: 1, type: 'step', cutoverId: { $ne: 1 } },
      'application/json',
    ],
  ])('that is %s is kept, though no cutover can be named', async (_, queue, body, contentType) => {
    const letter = await letterOf(await send(queue, body, contentType));
    expect(letter).toMatchObject({
      queue,
      cutoverId: null,
      reason: expect.stringMatching(/^malformed: /) as unknown,
    });
  });

  it('that names a step its cutover does not have is told to the cutover alone', async () => {
    const id = await start();
    await stage().api.question(id, 'first');
    await letterOf(await send('step-task', { v: 2, cutoverId: id, stepId: 'nothing' }));
    await expectToldOnce(id, { stepId: null });
  });

  it('is acted on never, though it is well formed, when it is of a dispatch that is over', async () => {
    const id = await start();
    await stage().api.question(id, 'first');
    const { events } = await stage().api.status(id);
    const body = { v: 1, type: 'step', cutoverId: id, stepId: 'first', attempt: 1 };
    for (const dispatch of [1, 2, 99]) await send('step-task', { ...body, dispatch });
    await send('step-task', { ...body, cutoverId: 'c-000000000000', dispatch: 1 });
    await send('wake', { v: 1, type: 'wake', cutoverId: id, dueAt: 0 });
    await stage().bus.whenIdle();
    expect((await stage().api.status(id)).events).toBe(events);
    const letters = (await stage().api.get('dead-letters?limit=200')).body
      .deadLetters as readonly DeadLetterView[];
    expect(letters.filter((letter) => letter.cutoverId === id)).toEqual([]);
  });

  it('that holds secrets is kept without them, and one that is nested without end does not end the app', async () => {
    const { canaries } = stage();
    const { body } = await letterOf(
      await send('wake', {
        v: 1,
        password: canaries.lcsToken,
        note: [
          `Server=s;Password=${canaries.lcsToken};Encrypt=true`,
          `signed with ${canaries.firstWebhookSecret}`,
        ],
      }),
    );
    expect(JSON.parse(body)).toEqual({
      v: 1,
      password: '[removed]',
      note: ['Server=s;Password=[removed];Encrypt=true', 'signed with whsec_[removed]'],
    });
    const nested = await letterOf(await send('wake', Buffer.from(deep(100_000))));
    expect(nested.reason).toMatch(/^malformed: /);
    expect(nested.body).toContain('[removed]');
  });

  const waitForOpen = async (): Promise<string> => {
    const { api, bindings } = stage();
    const plan = planDocumentOf([
      stepOfKind('open', UNATTENDED, { wave: 'one', companies: ['usmf'], check: null }),
    ]);
    return api.start(plan, bindings);
  };
  const withReceiver = async <T>(act: (receiver: ServiceBusReceiver) => Promise<T>): Promise<T> => {
    const receiver = client.createReceiver(stepQueue(UNATTENDED));
    try {
      return await act(receiver);
    } finally {
      await receiver.close();
    }
  };
  const take = async (receiver: ServiceBusReceiver): Promise<ServiceBusReceivedMessage> => {
    const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 10_000 });
    return message!;
  };
  const stuckLine = async (id: string) =>
    (await stage().api.status(id)).waitingFor.find(({ message }) => message.startsWith('Stuck'));

  it('and kills its function ten times is kept, leaves its step stuck, and is driven again from the letter', async () => {
    const { api } = stage();
    const id = await waitForOpen();
    const messageId = await withReceiver(async (receiver) => {
      let poison = await take(receiver);
      for (let death = 1; death < 10; death += 1) {
        await receiver.abandonMessage(poison);
        poison = await take(receiver);
      }
      await receiver.abandonMessage(poison);
      return String(poison.messageId);
    });
    const letter = await letterOf(messageId);
    const reason = 'MaxDeliveryCountExceeded';
    const named = { queue: stepQueue(UNATTENDED), cutoverId: id, stepId: 'open', attempt: 1, dispatch: 1 };
    expect(letter).toMatchObject({ ...named, reason, deliveries: 10, redrivenAt: null, redrivenBy: null });
    expect(letter.description).toContain('10 delivery attempts');
    await expectToldOnce(id, { stepId: 'open', reason });
    expect(await stuckLine(id)).toMatchObject({
      stepId: 'open',
      message: expect.stringContaining(reason) as unknown,
    });
    expect((await stuckLine(id))?.next).toContain(`POST /api/dead-letters/${letter.id}/redrive`);
    expect((await api.get(`dead-letters/${letter.id}`)).body).toEqual(letter);

    const key = randomUUID();
    const driven = await api.send(`dead-letters/${letter.id}/redrive`, { method: 'POST', key, by: WORKER });
    expect([driven.status, driven.body.code, driven.body.detail]).toEqual([200, 'applied', { dispatch: 2 }]);
    await withReceiver(async (receiver) => {
      const again = await take(receiver);
      expect(again.body).toMatchObject({ cutoverId: id, stepId: 'open', attempt: 1, dispatch: 2 });
      await receiver.completeMessage(again);
    });
    expect(await stuckLine(id)).toBeUndefined();
    const kept = (await api.get(`dead-letters/${letter.id}`)).body as unknown as DeadLetterView;
    expect(kept).toEqual({ ...letter, redrivenAt: expect.any(String) as string, redrivenBy: WORKER.name });
    const events = await api.events(id);
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'message-redriven', deadLetterId: letter.id, by: WORKER }),
    );

    const same = await api.send(`dead-letters/${letter.id}/redrive`, { method: 'POST', key, by: WORKER });
    expect(same.body).toEqual(driven.body);
    const other = await api.post(`dead-letters/${letter.id}/redrive`);
    expect([other.status, other.body.code]).toEqual([200, 'unchanged']);
    expect(other.body.detail).toEqual({ redrivenAt: kept.redrivenAt, redrivenBy: WORKER.name });
    expect((await api.status(id)).events).toBe(events.length);
  });

  it('and is given up by its receiver is kept with what the receiver says, and its step can be dispatched again', async () => {
    const { api } = stage();
    const id = await waitForOpen();
    const messageId = await withReceiver(async (receiver) => {
      const message = await take(receiver);
      await receiver.deadLetterMessage(message, {
        deadLetterReason: 'Its function died.',
        deadLetterErrorDescription: 'Out of memory.',
      });
      return String(message.messageId);
    });
    const told = { reason: 'Its function died.', description: 'Out of memory.', deliveries: null };
    expect(await letterOf(messageId)).toMatchObject({ ...told, cutoverId: id, stepId: 'open' });
    await expectToldOnce(id, { stepId: 'open', reason: told.reason });
    const driven = await api.post(`cutovers/${id}/steps/open/redrive`);
    expect([driven.status, driven.body.detail]).toEqual([200, { dispatch: 2 }]);
    expect(await stuckLine(id)).toBeUndefined();
  });

  it('and cannot be driven again is refused with what to do instead', async () => {
    const { id } = await letterOf(await send('wake', 'hello'));
    const { status, body } = await stage().api.post(`dead-letters/${id}/redrive`);
    expect([status, body.code]).toEqual([409, 'C217']);
    expect(body.next).toContain('POST /api/cutovers/{id}/steps/{stepId}/redrive');
    for (const path of [`dead-letters/${'0'.repeat(32)}`, `dead-letters/${'0'.repeat(32)}/redrive`]) {
      const method = path.endsWith('redrive') ? 'POST' : 'GET';
      const missing = await stage().api.send(path, { method, body: method === 'POST' ? {} : undefined });
      expect([missing.status, missing.body.code]).toEqual([404, 'C206']);
    }
  });

  it('stands in a list that comes in pages, newest first, each letter once; also of one cutover', async () => {
    const pages = async (filter: string): Promise<readonly DeadLetterView[]> => {
      const found: DeadLetterView[] = [];
      for (let next: string | null = ''; next !== null;) {
        const from: string = next === '' ? '' : `&next=${encodeURIComponent(next)}`;
        const { body } = await stage().api.get(`dead-letters?limit=2${filter}${from}`);
        const page = body.deadLetters as readonly DeadLetterView[];
        expect(page.length).toBeLessThanOrEqual(2);
        found.push(...page);
        next = body.next;
      }
      return found;
    };
    const all = await pages('');
    expect(all.length).toBeGreaterThan(8);
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    const times = all.map(({ at }) => at);
    expect(times).toEqual(times.toSorted().reverse());
    const one = all.find(({ cutoverId }) => cutoverId !== null)?.cutoverId;
    const own = await pages(`&cutover=${one}`);
    expect(own).toEqual(all.filter(({ cutoverId }) => cutoverId === one));
  });
});

describe('everything answered in this file', () => {
  it('has a status that the contract documents for its operation', () => {
    expect(stage().api.undocumented).toEqual([]);
  });

  it('gives no secret away, nor does a log line or a stored row', async () => {
    const words = { answered: WORKER.id, logged: 'message-malformed' };
    await stage().api.complete(await start(), 'first');
    expect(await stage().leaks(words)).toEqual(['answered', 'logged']);
  });
});
