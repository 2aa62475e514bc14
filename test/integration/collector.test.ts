import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { APP_ROOT } from '../support/outside-systems.ts';
import { useAppStage } from '../support/app-stage.ts';
import { planDocumentOf, stepOfKind } from '../support/step-documents.ts';

/** The app may not reach any server; cutover time runs ten minutes in a second, so that a step looks again in no time. */
const stage = useAppStage({ speed: 600, isCollected: true });

const stopAos = stepOfKind('stop', 'stop-aos', { automation: null });
const preflight = stepOfKind('pre', 'preflight', { checks: ['source-reachable', 'target-reachable'] });
const EMPTY = { nonce: '0'.repeat(32), serverTime: '2026-11-30T17:00:00Z', outcome: { rows: [] } };

const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

/** The built collector as a process of its own, beside the servers. */
const startCollector = () => {
  const child = spawn(process.execPath, [join(APP_ROOT, 'dist/cli/main.js'), 'collect', '--every', '1'], {
    env: { ...stage().collectorEnvironment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const out: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => out.push(chunk.toString('utf8')));
  }
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, ended, output: () => out.join('') };
};

const started = async (step: typeof stopAos): Promise<string> => {
  const { api, bindings } = stage();
  return await api.start(planDocumentOf([step]), bindings);
};

describe('an app that may not reach the servers', () => {
  it('waits for the collector, is served by it, and says that the reading was pushed', async () => {
    const { api, world } = stage();
    for (const host of world.scene().options.aosHosts) world.act.stopAos(host);
    const id = await started(stopAos);
    await api.question(id, 'stop');
    await api.complete(id, 'stop');
    const waiting = await api.untilStep(id, 'stop', ({ unmet }) => unmet.length > 0);
    expect(waiting.unmet).toMatchObject([
      {
        code: 'C506',
        who: 'DBA',
        message: expect.stringContaining('none has ever asked') as string,
        next: expect.stringContaining('npx ax-cutover collect') as string,
      },
    ]);

    const { child, ended, output } = startCollector();
    const step = await api.untilStep(id, 'stop', ({ status }) => status === 'succeeded');
    expect(step.evidence).toMatchObject({ source: 'pushed' });
    expect(output()).toMatch(/ax-sessions on the source server: \d+ row\(s\), \d+\.\d s/);

    const other = await started(preflight);
    await api.untilStep(other, 'pre', ({ unmet, status }) => status === 'succeeded' || unmet.length > 0);
    expect(output()).toMatch(/source-facts on the source server: 1 row\(s\)/);
    expect(output()).toMatch(/target-facts on the target server: 1 row\(s\)/);

    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(output()).toContain('stopping; 0 statement(s) are still running');
    for (const secret of Object.values(stage().canaries)) expect(output()).not.toContain(secret);
  });

  it.each<[string, object, number, string]>([
    ['an old nonce', EMPTY, 410, 'C219'],
    ['no nonce', { ...EMPTY, nonce: '' }, 400, 'C201'],
    ['SQL', { ...EMPTY, sql: 'SELECT 1' }, 400, 'C201'],
  ])('refuses a pushed reading with %s', async (_, body, status, code) => {
    const { api, canaries, lines } = stage();
    const answer = await api.callback('callbacks/collector/answers', body, {
      secret: canaries.collectorSecret,
    });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.body.next).not.toBe('');
    expect(lines.join()).toContain('"what":"answer-errand"');
  });

  it('takes a captured answer once: replayed letter for letter, it changes nothing', async () => {
    const { api, canaries, bindings } = stage();
    const plan = planDocumentOf([stepOfKind('pre', 'preflight', { checks: ['target-reachable'] })]);
    const id = await api.start(plan, bindings);
    const signed = { secret: canaries.collectorSecret };
    const nonce = await vi.waitFor(
      async () => {
        const wish = { servers: ['target'], room: 1 };
        const { body } = await api.callback('callbacks/collector/errands', wish, signed);
        const [errand] = body.errands as readonly { readonly nonce: string }[];
        if (errand === undefined) throw new Error('There is no errand yet.');
        return errand.nonce;
      },
      { timeout: 20_000, interval: 50 },
    );
    const outcome = { failed: { code: 'C503', message: 'VIEW DEFINITION' } };
    const answer = { nonce, serverTime: new Date(stage().clock.now()).toISOString(), outcome };
    const captured = { ...signed, id: 'captured', at: new Date() };
    const send = () => api.callback('callbacks/collector/answers', answer, captured);
    expect((await send()).status).toBe(200);
    const told = await api.untilStep(id, 'pre', ({ unmet }) => unmet.length > 0);
    expect(JSON.stringify(told.unmet)).toContain('C503');
    const { events } = await api.status(id);
    const replayed = await send();
    expect([replayed.status, replayed.body.code]).toEqual([410, 'C219']);
    expect((await api.status(id)).events).toBe(events);
  });

  it.each([
    ['signed with the secret of the webhooks', false, {}],
    ['signed ten minutes ago', true, { at: new Date(Date.now() - 600_000) }],
    ['of another body than was signed', true, { sentBody: '{}' }],
  ])('refuses a collector whose request is %s', async (_, isOwn, signing) => {
    const { api, canaries } = stage();
    const { status, body } = await api.callback(
      'callbacks/collector/errands',
      { servers: ['source'], room: 1 },
      { secret: isOwn ? canaries.collectorSecret : canaries.firstWebhookSecret, ...signing },
    );
    expect([status, body.code]).toEqual([401, 'C204']);
  });

  it('gives no secret away, and every status is one the contract documents', async () => {
    expect(await stage().leaks()).toEqual([]);
    expect(stage().api.undocumented).toEqual([]);
  });
});
