import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { EFFECT_GRACE_MS } from '../../../shared/core/doubt.ts';
import { CutoverError } from '../../../shared/core/errors.ts';
import { sha256 } from '../../../shared/engine/canonical.ts';
import type { Tables } from '../../../shared/engine/ports.ts';
import { SENT_WITHIN_MS } from '../../../shared/engine/sent-in-time.ts';
import type { Automation } from '../../../shared/kinds/kind-ports.ts';
import { defineKind, type EffectOutcome } from '../../../shared/kinds/kind.ts';
import { task } from '../../../shared/kinds/task.ts';
import { waitingFor } from '../../../shared/view/waiting-for.ts';
import { engineOn, makeRecordingBus, NO_BINDINGS } from '../../support/engine-parts.ts';
import { makeMemoryTables } from '../../support/memory-tables.ts';
import {
  abort,
  attempt,
  DBA,
  giveUp,
  hold,
  MANAGER,
  redrive,
  resume,
  retry,
  type What,
} from '../../support/sample-inputs.ts';
import { HOUR, MINUTE, planOf, step } from '../../support/sample-plan.ts';
import { BEGUN_AT, makeTestClock } from '../../support/test-world.ts';

const BINDINGS = { ...NO_BINDINGS, automations: { robot: 'https://robot.example/hook' } };
/** The plan would try three times, if only that harmed nobody. */
const PLAN = planOf([
  step('go', {
    params: { automation: 'robot', confirm: [] },
    maxAttempts: 3,
    retryDelayMs: MINUTE,
    deadlineMs: 8 * HOUR,
    required: true,
  }),
]);
const ANSWER_CALL = 'POST /api/cutovers/c1/steps/go/effect';

type Call = () => ReturnType<Automation['call']>;
const answers =
  (status: number): Call =>
  () =>
    Promise.resolve({ status, body: '' });
const breaks: Call = () => Promise.reject(new CutoverError('C801', 'robot.example: ECONNRESET'));

/** What a function of the app is told when its process ends in the middle. */
const KILLED = new Error('killed');

/** A cutover of one step; its function runs when the test delivers a message to it. */
const setup = async (kind = task) => {
  const clock = makeTestClock(BEGUN_AT);
  const memory = makeMemoryTables();
  const storage = { isDown: false, isKilledAfterWrite: false, failsToRead: false };
  let meanwhile: (() => Promise<unknown>) | null = null;
  const tables: Tables = {
    ...memory,
    range: async (...from) => {
      const fails = storage.failsToRead;
      storage.failsToRead = false;
      if (fails) throw new CutoverError('C401', 'the test');
      return memory.range(...from);
    },
    transact: async (...write) => {
      if (storage.isDown) throw new CutoverError('C401', 'the test');
      await memory.transact(...write);
      if (storage.isKilledAfterWrite) throw KILLED;
    },
  };
  const calls: { readonly token: string; readonly stored: unknown }[] = [];
  let how: Call = answers(202);
  let frozenMs = 0;
  let inputs = 0;
  const automation: Automation = {
    call: async (_, body) => {
      calls.push({ token: (body as { token: string }).token, stored: await stepNow() });
      return how();
    },
  };
  const bus = makeRecordingBus(() => new CutoverError('C401', 'the test'));
  const launch = (firstToken: number, on = tables) =>
    engineOn({
      tables: on,
      bus,
      clock,
      outside: { automation },
      firstToken,
      stopwatch: () => () => frozenMs,
    });
  let engine = launch(1);
  const stateNow = async () => (await engine.store.readHead('c1'))!.state;
  const stepNow = async () => (await stateNow()).steps.go!;
  const give = (what: What) => engine.advance('c1', { id: `input-${(inputs += 1)}`, ...what });
  await engine.start({ cutoverId: 'c1', plan: PLAN, bindings: BINDINGS, by: MANAGER, key: 'k' });
  const run = async (on = engine) => {
    const { attempt, dispatch } = await stepNow();
    const body = { v: 1, type: 'step', cutoverId: 'c1', stepId: 'go', attempt, dispatch };
    const delivery = { queue: 'step-task', messageId: 'm', hop: 0, deliveries: 1, body };
    await on.handle('step')(delivery, (message) => on.runStep(kind, message));
  };
  return {
    calls,
    storage,
    stepNow,
    give,
    answersWith: (next: Call) => {
      how = next;
    },
    /** The message of the present dispatch is delivered, or delivered once more. */
    deliver: async () => {
      await run();
      return stepNow();
    },
    /** Two processes get it at once. */
    deliverTwice: () => Promise.all([run(), run(launch(500))]),
    /** The process stands still for so long between its intent and its request. */
    freezes: (ms: number) => {
      frozenMs = ms;
    },
    /** The process stands still right after its intent, while others do this. */
    standsStillWhile: (happens: () => Promise<unknown>) => {
      meanwhile = happens;
      const slow = launch(300, {
        ...tables,
        transact: async (...write) => {
          await tables.transact(...write);
          const others = meanwhile;
          meanwhile = null;
          await others?.();
        },
      });
      return run(slow);
    },
    events: async () => (await engine.store.events('c1', 0, 1_000)).map(({ type }) => type),
    /** Its process is gone, and another one takes over. */
    dies: () => {
      storage.isKilledAfterWrite = false;
      engine = launch(1_000);
    },
    /** So much time passes, what is due is served, and the message of the present dispatch delivered. */
    after: async (ms: number) => {
      clock.advance(ms);
      await give({ type: 'wake' });
      await run();
      return stepNow();
    },
    question: async () => waitingFor(PLAN, await stateNow()).find(({ stepId }) => stepId === 'go'),
    answered: async () =>
      (await engine.store.events('c1', 0, 1_000)).filter(({ type }) => type === 'effect-answered'),
  };
};
type Story = Awaited<ReturnType<typeof setup>>;

const GO = attempt('go');

describe('the intent', () => {
  it('stands in the storage when the request leaves: the question with its token and its limit', async () => {
    const { calls, deliver } = await setup();
    await deliver();
    expect(calls).toHaveLength(1);
    expect(calls[0]!.stored).toMatchObject({
      status: 'waiting',
      wait: {
        asks: 'automation',
        tokenHash: sha256(calls[0]!.token),
        openedAt: BEGUN_AT,
        deadlineAt: BEGUN_AT + 8 * HOUR,
      },
      effect: { outcome: 'open', announcedAt: BEGUN_AT, repeatable: false },
    });
  });

  it('is won by one of two processes, and only the winner sends the request', async () => {
    const { calls, deliverTwice } = await setup();
    await deliverTwice();
    expect(calls).toHaveLength(1);
  });

  it('that cannot be committed lets no request leave, and the message comes again', async () => {
    const { calls, storage, deliver } = await setup();
    storage.isDown = true;
    expect(await deliver()).toMatchObject({ status: 'running', wait: null, effect: null });
    expect(calls).toEqual([]);
    storage.isDown = false;
    await deliver();
    expect(calls).toHaveLength(1);
  });

  it('lets an answer that overtakes the response of the request count', async () => {
    const story = await setup();
    const { answersWith, calls, deliver, give, stepNow } = story;
    answersWith(async () => {
      await give(GO.callsBack('pass', sha256(calls[0]!.token)));
      return { status: 202, body: '' };
    });
    await deliver();
    expect(await deliver()).toMatchObject({ status: 'succeeded', effect: { outcome: 'accepted' } });
    expect(await stepNow()).toMatchObject({ attempt: 1 });
  });
});

/** Everything after which nobody in the app can know whether the request did something; `requests` is how many left. */
const INTERRUPTIONS: readonly {
  readonly when: string;
  readonly requests: number;
  readonly happens: (story: Story) => Promise<void>;
}[] = [
  {
    when: 'the request breaks off or times out',
    requests: 1,
    happens: async ({ answersWith, deliver }) => {
      answersWith(breaks);
      await deliver();
    },
  },
  ...[302, 408, 409, 500, 503].map((status) => ({
    when: `the automation answers ${status}`,
    requests: 1,
    happens: async ({ answersWith, deliver }: Story) => {
      answersWith(answers(status));
      await deliver();
    },
  })),
  {
    when: 'the function breaks on a mistake of its own',
    requests: 1,
    happens: async ({ answersWith, deliver }) => {
      answersWith(() => Promise.reject(new TypeError('a bug')));
      await expect(deliver()).rejects.toThrow('a bug');
    },
  },
  {
    when: 'the process ends after the intent, before the request',
    requests: 0,
    happens: async ({ storage, deliver, dies }) => {
      storage.isKilledAfterWrite = true;
      await expect(deliver()).rejects.toBe(KILLED);
      dies();
    },
  },
  {
    when: 'the process ends while the request is on its way',
    requests: 1,
    happens: async ({ answersWith, calls, deliver, dies }) => {
      const left = new Promise<void>((resolve) => {
        answersWith(() => {
          resolve();
          return new Promise(() => undefined);
        });
      });
      void deliver();
      await left;
      expect(calls).toHaveLength(1);
      dies();
    },
  },
  {
    when: 'the outcome cannot be committed',
    requests: 1,
    happens: async ({ answersWith, storage, deliver }) => {
      answersWith(() => {
        storage.isDown = true;
        return Promise.resolve({ status: 202, body: '' });
      });
      await deliver();
      storage.isDown = false;
    },
  },
];

describe.each(INTERRUPTIONS)('when $when', ({ requests, happens }) => {
  it('the request is never sent again by itself, and after ten minutes a person is asked', async () => {
    const story = await setup();
    const { calls, stepNow, give, answersWith, deliver, after, question } = story;
    await happens(story);
    answersWith(answers(202));
    expect(await stepNow()).toMatchObject({ status: 'waiting', effect: { outcome: 'open' } });
    await deliver();
    await give(redrive('go'));
    expect(await deliver()).toMatchObject({ effect: { outcome: 'open' } });
    expect(await after(EFFECT_GRACE_MS)).toMatchObject({
      status: 'waiting',
      attempt: 1,
      effect: { outcome: 'unknown' },
      decideAt: BEGUN_AT + EFFECT_GRACE_MS + 30 * MINUTE,
    });
    expect(await question()).toMatchObject({
      what: 'effect',
      who: 'dba',
      next: expect.stringContaining(ANSWER_CALL) as string,
    });
    await give(redrive('go'));
    for (const _ of [1, 2, 3, 4]) await after(HOUR);
    expect(await stepNow()).toMatchObject({ status: 'waiting', effect: { outcome: 'unknown' } });
    expect(calls).toHaveLength(requests);
  });

  it('and a person says that it happened, the answer is on record and the step waits for the report', async () => {
    const story = await setup();
    const { calls, give, after, deliver, answered, question } = story;
    await happens(story);
    await after(EFFECT_GRACE_MS);
    expect(await give(GO.happened(true))).toMatchObject({ code: 'applied' });
    expect(await deliver()).toMatchObject({ status: 'waiting', effect: { outcome: 'accepted' } });
    expect(await question()).toMatchObject({ what: 'completion' });
    expect(await answered()).toMatchObject([{ stepId: 'go', attempt: 1, happened: true, by: DBA }]);
    expect(calls).toHaveLength(requests);
  });

  it('and a person says that it did not happen, only a retry by a person sends it again, with a new token', async () => {
    const story = await setup();
    const { calls, give, after, deliver, answersWith, answered, question } = story;
    await happens(story);
    await after(EFFECT_GRACE_MS);
    answersWith(answers(202));
    await give(GO.happened(false));
    expect(await deliver()).toMatchObject({ status: 'failed', retryAt: null, error: { code: 'C317' } });
    for (const _ of [1, 2, 3]) await after(HOUR);
    expect(calls).toHaveLength(requests);
    expect(await question()).toMatchObject({ what: 'decision' });
    await give(retry('go'));
    expect(await deliver()).toMatchObject({ status: 'waiting', attempt: 2, effect: { outcome: 'accepted' } });
    expect(calls).toHaveLength(requests + 1);
    expect(new Set(calls.map(({ token }) => token)).size).toBe(requests + 1);
    expect(await answered()).toMatchObject([{ attempt: 1, happened: false, by: DBA }]);
  });
});

describe('an effect that nobody settled while the cutover is held', () => {
  it('is not looked into, and can be answered for; it goes on after the resume', async () => {
    const { calls, give, answersWith, deliver, after, stepNow } = await setup();
    answersWith(breaks);
    await deliver();
    await give(hold());
    expect(await after(EFFECT_GRACE_MS)).toMatchObject({ effect: { outcome: 'open' } });
    expect(await give(GO.happened(true))).toMatchObject({ code: 'applied' });
    await give(resume());
    expect(await deliver()).toMatchObject({ status: 'waiting', effect: { outcome: 'accepted' } });
    expect(await stepNow()).toMatchObject({ wait: { claim: null } });
    expect(calls).toHaveLength(1);
  });

  it('is looked into after the resume when nobody answered', async () => {
    const { calls, give, answersWith, deliver, after } = await setup();
    answersWith(breaks);
    await deliver();
    await give(hold());
    await after(HOUR);
    await give(resume());
    expect(await after(EFFECT_GRACE_MS)).toMatchObject({ effect: { outcome: 'unknown' } });
    expect(calls).toHaveLength(1);
  });
});

describe('an automation that says no', () => {
  it.each([400, 401, 404, 422, 429])(
    'with %i did not take it: the attempt fails, and is tried again as the plan says',
    async (status) => {
      const { calls, answersWith, deliver, after } = await setup();
      answersWith(answers(status));
      expect(await deliver()).toMatchObject({
        status: 'failed',
        error: { code: 'C803' },
        effect: { outcome: 'refused' },
        retryAt: BEGUN_AT + MINUTE,
      });
      answersWith(answers(202));
      expect(await after(MINUTE)).toMatchObject({ attempt: 2, effect: { outcome: 'accepted' } });
      expect(calls).toHaveLength(2);
    },
  );
});

describe('a process that was frozen between its intent and its request', () => {
  it('sends nothing when somebody may have decided meanwhile: that counts as refused, and a retry sends it', async () => {
    const { calls, freezes, deliver, after } = await setup();
    freezes(SENT_WITHIN_MS + 1);
    expect(await deliver()).toMatchObject({
      status: 'failed',
      error: { code: 'C327' },
      effect: { outcome: 'refused' },
      retryAt: BEGUN_AT + MINUTE,
    });
    expect(calls).toEqual([]);
    freezes(0);
    expect(await after(MINUTE)).toMatchObject({ attempt: 2, effect: { outcome: 'accepted' } });
    expect(calls).toHaveLength(1);
  });

  it('sends it when nobody can have decided yet', async () => {
    const { calls, freezes, deliver } = await setup();
    freezes(SENT_WITHIN_MS);
    expect(await deliver()).toMatchObject({ status: 'waiting', effect: { outcome: 'accepted' } });
    expect(calls).toHaveLength(1);
  });
});

describe('a process that stood still between its intent and its request, while somebody decided otherwise', () => {
  it('sends nothing once the cutover has ended, and nobody has to be asked', async () => {
    const { calls, give, standsStillWhile, stepNow, question, events } = await setup();
    await standsStillWhile(() => give(abort()));
    expect(calls).toEqual([]);
    expect(await stepNow()).toMatchObject({ status: 'cancelled' });
    expect(await question()).toBeUndefined();
    expect(await events()).toContain('result-late');
  });

  it('sends nothing while held; after the resume the plan has it sent by another attempt', async () => {
    const { calls, give, standsStillWhile, stepNow, after } = await setup();
    await standsStillWhile(() => give(hold()));
    expect(calls).toEqual([]);
    expect(await stepNow()).toMatchObject({
      status: 'failed',
      error: { code: 'C327', message: expect.stringContaining('c1 is held') as string },
      effect: { outcome: 'refused' },
      retryAt: BEGUN_AT + MINUTE,
    });
    await give(resume());
    expect(await after(MINUTE)).toMatchObject({ attempt: 2, effect: { outcome: 'accepted' } });
    expect(calls).toHaveLength(1);
  });

  it('sends nothing when its attempt was given up: it is known then that it did not happen', async () => {
    const { calls, give, standsStillWhile, stepNow, question } = await setup();
    await standsStillWhile(() => give(giveUp('go')));
    expect(calls).toEqual([]);
    expect(await stepNow()).toMatchObject({ status: 'failed', effect: { outcome: 'refused' } });
    expect(await question()).toMatchObject({ what: 'decision' });
  });

  it('sends nothing when it cannot look: that it was not sent is known', async () => {
    const { calls, storage, standsStillWhile, stepNow } = await setup();
    await standsStillWhile(() => {
      storage.failsToRead = true;
      return Promise.resolve();
    });
    expect(calls).toEqual([]);
    expect(await stepNow()).toMatchObject({
      status: 'failed',
      error: { code: 'C327', message: expect.stringContaining('nobody could look') as string },
      effect: { outcome: 'refused' },
    });
  });
});

describe('a request whose answer comes when a person is asked already', () => {
  const slow = async () => {
    const story = await setup();
    let reply: (status: number) => void = () => undefined;
    const left = new Promise<void>((resolve) => {
      story.answersWith(() => {
        resolve();
        return new Promise((done) => {
          reply = (status) => {
            done({ status, body: '' });
          };
        });
      });
    });
    const delivered = story.deliver();
    await left;
    // Its process hangs; another one looks after it.
    story.dies();
    expect(await story.after(EFFECT_GRACE_MS)).toMatchObject({ effect: { outcome: 'unknown' } });
    return {
      ...story,
      comes: (status: number) => {
        reply(status);
        return delivered;
      },
    };
  };

  it.each([
    [202, { status: 'waiting', decideAt: null, effect: { outcome: 'accepted' } }, 'completion'],
    [422, { status: 'failed', effect: { outcome: 'refused' }, error: { code: 'C803' } }, 'condition'],
  ])('settles the question by itself: %i', async (status, step, what) => {
    const { calls, comes, question } = await slow();
    expect(await comes(status)).toMatchObject(step);
    expect(await question()).toMatchObject({ what });
    expect(calls).toHaveLength(1);
  });

  it('changes nothing once the person has answered', async () => {
    const { comes, give } = await slow();
    await give(GO.happened(false));
    expect(await comes(202)).toMatchObject({ status: 'failed', effect: { outcome: 'refused' } });
  });
});

describe('an effect the outside can be asked about', () => {
  /** A refresh over an API: what it is answered, and what its history shows. */
  const asking = async (fire: () => Promise<EffectOutcome>, probe: () => Promise<EffectOutcome>) => {
    const counts = { fired: 0, probed: 0 };
    const kind = defineKind({
      name: 'task',
      summary: 'asks for a refresh',
      params: z.unknown(),
      asks: () => 'world',
      dataGate: false,
      rule: null,
      effect: {
        repeatable: false,
        applies: () => true,
        fire: () => {
          counts.fired += 1;
          return fire();
        },
        probe: () => {
          counts.probed += 1;
          return probe();
        },
      },
      pollEveryMs: MINUTE,
      read: ({ now }) => Promise.resolve({ source: 'pulled', takenAt: now, body: null }),
      judge: () => ({ verdict: 'done', summary: 'refreshed' }),
    });
    return { counts, ...(await setup(kind)) };
  };
  const timesOut = () => Promise.reject(new CutoverError('C701', 'no answer within 30000 ms'));

  it('is looked for ten minutes after its request broke off, not before, and goes on when it is found', async () => {
    const { counts, deliver, after } = await asking(timesOut, () =>
      Promise.resolve({ outcome: 'accepted', reference: 'activity-1' }),
    );
    await deliver();
    await deliver();
    expect(await after(EFFECT_GRACE_MS - 1)).toMatchObject({ effect: { outcome: 'open' } });
    expect(counts).toEqual({ fired: 1, probed: 0 });
    expect(await after(1)).toMatchObject({ effect: { outcome: 'accepted', reference: 'activity-1' } });
    expect(await after(1)).toMatchObject({ status: 'succeeded', attempt: 1 });
    expect(counts).toEqual({ fired: 1, probed: 1 });
  });

  it.each<[string, () => Promise<EffectOutcome>]>([
    ['does not show it', () => Promise.resolve({ outcome: 'unknown' })],
    ['cannot be looked at', timesOut],
  ])('is a question to a person when the outside %s', async (_, probe) => {
    const { counts, deliver, after, question, give } = await asking(timesOut, probe);
    await deliver();
    await after(EFFECT_GRACE_MS);
    expect(await question()).toMatchObject({ what: 'effect' });
    await after(HOUR);
    await give(GO.happened(true));
    expect(await deliver()).toMatchObject({ status: 'succeeded', attempt: 1 });
    expect(counts).toEqual({ fired: 1, probed: 1 });
  });
});
