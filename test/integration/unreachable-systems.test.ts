import { describe, expect, it } from 'vitest';
import { useAppStage } from '../support/app-stage.ts';
import { planDocumentOf, stepOfKind, taskStep } from '../support/step-documents.ts';

/** Cutover time runs ten minutes in a second, so that a step looks again in no time. */
const stage = useAppStage({ speed: 600 });

const stopAos = stepOfKind('stop', 'stop-aos', { automation: null });
const watchSandbox = stepOfKind('sandbox', 'toolkit', {
  entry: 1,
  expects: [{ is: 'lcs-state', state: 'Deployed' }],
});
const wrongPassword = 'not-the-password';

/** Starts a step that somebody reports as done, so that the app goes to see for itself. */
const startReported = async (step: typeof stopAos): Promise<string> => {
  const { api, bindings } = stage();
  const id = await api.start(planDocumentOf([step]), bindings);
  await api.question(id, step.id);
  await api.complete(id, step.id);
  return id;
};

/** What the only step of a cutover waits for once it waits for a condition. */
const conditionOf = async (id: string) => {
  const { waitingFor } = await stage().api.until(id, (now) =>
    now.waitingFor.some(({ what }) => what === 'condition'),
  );
  const { phases } = await stage().api.status(id);
  const [step] = phases.flatMap(({ steps }) => steps);
  return { asked: waitingFor[0]!, unmet: step!.unmet, step: step! };
};

const noneFailed = async (id: string): Promise<void> => {
  const events = await stage().api.events(id);
  expect(events.filter(({ type }) => type === 'step-failed' || type === 'message-dead-lettered')).toEqual([]);
  expect(events.filter((event) => event.type === 'step-dispatched' && event.attempt > 1)).toEqual([]);
};

describe('a step whose source SQL Server cannot be used', () => {
  it.each([
    {
      when: 'does not answer',
      breaks: () => {
        stage().faults.cutOffSource(true);
      },
      mends: () => {
        stage().faults.cutOffSource(false);
      },
      code: 'C501',
      message: /did not answer.*source server/,
      next: /server runs.*firewall/,
    },
    {
      when: 'refuses the login',
      breaks: () => {
        stage().faults.changeSqlPassword(wrongPassword);
      },
      mends: () => {
        stage().faults.changeSqlPassword(stage().canaries.sqlPassword);
      },
      code: 'C502',
      message: /login was refused.*source server/,
      next: /valid login and password/,
    },
  ])(
    'waits while it $when, says what to do, and goes on by itself when it is mended',
    async ({ breaks, mends, code, message, next }) => {
      breaks();
      const { world } = stage();
      for (const host of world.scene().options.aosHosts) world.act.stopAos(host);
      const id = await startReported(stopAos);
      const { asked, unmet, step } = await conditionOf(id);
      expect(unmet).toHaveLength(1);
      expect(unmet[0]).toMatchObject({ code, who: 'platform engineer' });
      expect(unmet[0]?.message).toMatch(message);
      expect(unmet[0]?.next).toMatch(next);
      expect(asked).toMatchObject({
        stepId: 'stop',
        what: 'condition',
        next: unmet[0]?.next,
        since: unmet[0]?.since,
      });
      expect(step).toMatchObject({ status: 'waiting', attempts: 1, error: null });
      mends();
      const { evidence } = await stage().api.untilStep(id, 'stop', ({ status }) => status === 'succeeded');
      expect(evidence).toMatchObject({
        source: 'pulled',
        summary: expect.stringContaining('No process of AX') as unknown,
      });
      await noneFailed(id);
    },
  );

  it('shows every red item of a preflight at once, with its cure, while the others are still looked at', async () => {
    stage().faults.cutOffSource(true);
    const checks = [
      'source-reachable',
      'sql-agent-running',
      'disk-space',
      'target-reachable',
      'sandbox-deployed',
    ];
    const id = await stage().api.start(
      planDocumentOf([stepOfKind('check', 'preflight', { checks })]),
      stage().bindings,
    );
    const { unmet } = await conditionOf(id);
    expect(unmet.map(({ code }) => code)).toEqual([
      'preflight:source-reachable',
      'preflight:sql-agent-running',
      'preflight:disk-space',
    ]);
    for (const { message, next } of unmet) {
      expect(message).toContain('C501');
      expect(next).not.toBe('');
    }
    stage().faults.cutOffSource(false);
    const { evidence } = await stage().api.untilStep(id, 'check', ({ status }) => status === 'succeeded');
    expect(evidence?.summary).toBe('5 green, 0 amber, none red');
    await noneFailed(id);
  });
});

describe('a step whose access to Lifecycle Services is broken', () => {
  const token = () => stage().canaries.lcsToken;

  it.each<[string, () => string | Uint8Array | null]>([
    ['is not the one of anybody', () => 'stale-token'],
    [
      'was written by another program in two bytes a character',
      () => Buffer.from(`\uFEFF${token()}`, 'utf16le'),
    ],
    ['stands on two lines', () => `${token().slice(0, 20)}\n${token()}`],
    ['is empty', () => ''],
    ['is not there', () => null],
  ])(
    'waits while the token %s, says where to look, and goes on by itself when it is mended',
    async (_, content) => {
      await stage().faults.writeLcsToken(content());
      const id = await startReported(watchSandbox);
      const { unmet, step } = await conditionOf(id);
      expect(unmet).toEqual([expect.objectContaining({ code: 'C701', who: 'platform engineer' })]);
      expect(unmet[0]?.next).toContain('check the sign-in');
      expect(step).toMatchObject({ status: 'waiting', attempts: 1, error: null });
      await stage().faults.writeLcsToken(token());
      const { evidence } = await stage().api.untilStep(id, 'sandbox', ({ status }) => status === 'succeeded');
      expect(evidence?.source).toBe('pulled');
      await noneFailed(id);
    },
  );
});

describe('the app while its storage does not answer', () => {
  it('says so and when to come again, loses nothing, and goes on when the storage is back', async () => {
    const { api, bindings, faults } = stage();
    const plan = planDocumentOf([taskStep('first'), taskStep('second', { after: ['first'] })]);
    const id = await api.start(plan, bindings);
    await api.question(id, 'first');
    const before = await api.events(id);
    faults.cutOffStorage(true);
    const answers = await Promise.all([
      api.get('health'),
      api.get(`cutovers/${id}`),
      api.get('cutovers'),
      api.post('cutovers', { plan, bindings }),
      api.callback(`callbacks/completions/${id}/first/1`, {
        result: 'pass',
        by: { id: 'w', name: 'Worker' },
      }),
      api.get('page'),
    ]);
    for (const { status, headers, body } of answers) {
      expect([status, body.code, body.retriable]).toEqual([503, 'C401', true]);
      expect(headers.get('retry-after')).toBe('5');
      expect(body.next).toContain('storage account');
    }
    faults.cutOffStorage(false);
    expect((await api.get('health')).status).toBe(200);
    expect((await api.events(id)).slice(0, before.length)).toEqual(before);
    await api.complete(id, 'first');
    await api.question(id, 'second');
  });
});

describe('everything answered in this file', () => {
  it('has a status that the contract documents for its operation', () => {
    expect(stage().api.undocumented).toEqual([]);
  });

  it('gives no secret away, nor does a log line or a stored row', async () => {
    const words = {
      wrongPassword,
      halfToken: stage().canaries.lcsToken.slice(0, 20),
      control: 'platform engineer',
      logged: 'read-failed',
    };
    expect(await stage().leaks(words)).toEqual(['control', 'logged']);
  });
});
