import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { ToolkitEntry } from '../../local/world/history.ts';
import type { Actor } from '../../shared/core/state.ts';
import { brokenLinks, evidenceHashOf } from '../support/api-client.ts';
import { useAppStage } from '../support/app-stage.ts';
import { approvalStep, planDocumentOf, stepOfKind, taskStep } from '../support/step-documents.ts';

const stage = useAppStage({ speed: 600 });

const PLAN = planDocumentOf(
  [
    stepOfKind('check', 'preflight', {
      checks: ['source-reachable', 'sql-version', 'target-reachable', 'sandbox-deployed', 'people-bound'],
    }),
    approvalStep('go', { after: ['check'] }, 2),
    stepOfKind(
      'distributor',
      'toolkit',
      { entry: 4, expects: [{ is: 'distribution-database', present: true }] },
      { phase: 2, after: ['go'] },
    ),
    taskStep('announce', { phase: 4, owner: 'cutover-manager', after: ['distributor'] }),
    taskStep('drain', { phase: 4, owner: 'ax-admin', after: ['distributor'], required: false }),
    stepOfKind(
      'stop',
      'stop-aos',
      { automation: 'robot' },
      {
        phase: 4,
        owner: 'ax-admin',
        after: ['announce', 'drain'],
        marks: 'aos-stopped',
      },
    ),
    stepOfKind('backup', 'backup-source', { automation: null }, { phase: 4, after: ['stop'] }),
    approvalStep('open', { phase: 10, after: ['backup'] }),
    stepOfKind(
      'wave',
      'open-access',
      { wave: 'pilot', companies: ['usmf', 'demf'], check: null },
      { phase: 10, after: ['open'], marks: 'access-opened' },
    ),
  ],
  { title: 'A cutover in nine steps' },
);

/** What an operator, the people of the plan and their systems do from the start to the end. */
const play = async (): Promise<{ readonly id: string; readonly goEvidence: string }> => {
  const { api, automation, bindings, origin, world } = stage();
  const [manager] = bindings.people['cutover-manager']!;
  const [owner] = bindings.people['business-owner']!;
  const id = await api.start(PLAN, bindings);
  const approve = async (stepId: string, ...voters: readonly Actor[]): Promise<string> => {
    const { evidenceHash } = await api.question(id, stepId);
    for (const by of voters) await api.vote(id, stepId, { decision: 'approve', by, evidenceHash });
    return evidenceHash ?? '';
  };
  const report = async (stepId: string): Promise<void> => {
    await api.question(id, stepId);
    await api.complete(id, stepId);
  };

  const goEvidence = await approve('go', manager!, owner!);
  // The report comes before the deed: the app looks, and waits until what it sees is so.
  await report('distributor');
  await api.untilStep(id, 'distributor', ({ unmet }) => unmet.length > 0);
  for (const entry of [1, 2, 3, 4] satisfies ToolkitEntry[]) {
    const outcome = world.act.toolkit(entry);
    if (!outcome.accepted) throw new Error(outcome.message);
    await vi.waitUntil(() => world.clock.now() >= outcome.finishesAt, { interval: 10 });
  }
  await report('announce');
  await api.post(`cutovers/${id}/steps/drain/skip`, { reason: 'Nobody is signed in on a Sunday.' });

  await api.until(id, () => automation.callsFor(id).length > 0);
  const { task } = automation.callsFor(id)[0]!;
  for (const host of task.hosts ?? []) world.act.stopAos(host);
  const by = { id: 'robot', name: 'Robot' };
  await api.callback(task.callback.slice(`${origin}/api/`.length), { result: 'pass', by, token: task.token });

  await report('backup');
  await api.untilStep(id, 'backup', ({ unmet }) => unmet.some(({ code }) => code === 'backup-missing'));
  world.act.takeBackup();
  await approve('open', owner!);
  await report('wave');
  await api.until(id, ({ status }) => status === 'completed');
  await stage().bus.whenIdle();
  return { id, goEvidence };
};

describe('a cutover of nine steps that was led over HTTP and callbacks alone', () => {
  let played: Awaited<ReturnType<typeof play>>;
  beforeAll(async () => {
    played = await play();
  });
  const steps = async () => (await stage().api.status(played.id)).phases.flatMap((phase) => phase.steps);
  const events = () => stage().api.events(played.id);

  it('has succeeded at every step in one attempt, and skipped the one that was waived', async () => {
    const all = await steps();
    expect(all.map(({ id, status, attempts }) => [id, status, attempts])).toEqual(
      PLAN.steps.map(({ id }) => [id, id === 'drain' ? 'skipped' : 'succeeded', 1]),
    );
    const { waitingFor, milestones, endedAt } = await stage().api.status(played.id);
    expect([waitingFor, Object.keys(milestones).toSorted()]).toEqual([[], ['access-opened', 'aos-stopped']]);
    expect(endedAt).not.toBeNull();
  });

  it('began no step before everything it waits for had passed', async () => {
    const log = await events();
    const first = (stepId: string, types: readonly string[]): number =>
      log.find((event) => types.includes(event.type) && 'stepId' in event && event.stepId === stepId)?.n ?? 0;
    for (const { id, after = [] } of PLAN.steps) {
      const begins = first(id, ['step-dispatched']);
      const passed = after.map((other) => first(other, ['step-succeeded', 'step-skipped']));
      expect([id, begins > 0, passed.every((n) => n > 0 && n < begins)]).toEqual([id, true, true]);
    }
  });

  it('left a log from its start to its end that is chained and without gaps', async () => {
    const log = await events();
    expect(brokenLinks(log)).toEqual([]);
    expect(log.map(({ n }) => n)).toEqual(log.map((_, index) => index + 1));
    expect([log[0]?.type, log.at(-1)?.type]).toEqual(['cutover-started', 'cutover-completed']);
  });

  it('called the automation exactly once, signed, after it had announced the call', async () => {
    const { automation, bindings } = stage();
    expect(automation.callsFor(played.id)).toEqual([
      expect.objectContaining({
        isSigned: true,
        task: expect.objectContaining({ what: 'stop-aos', hosts: bindings.aosHosts, attempt: 1 }) as unknown,
      }),
    ]);
    const ofStop = (await events()).filter((event) => 'stepId' in event && event.stepId === 'stop');
    const types = ofStop.map(({ type }) => type).filter((type) => !/dispatched|checked/.test(type));
    expect(types).toEqual(['step-opened', 'effect-settled', 'completion-received', 'step-succeeded']);
  });

  it('believed no report before it saw what it should have brought about', async () => {
    const checked = (await events()).flatMap((event) =>
      event.type === 'step-checked' ? event.unmet.map(({ code }) => [event.stepId, code]) : [],
    );
    expect(checked).toContainEqual(['distributor', 'toolkit:the distribution database exists']);
    expect(checked).toContainEqual(['backup', 'backup-missing']);
  });

  it('keeps the evidence of every step under its own SHA-256, with where it comes from', async () => {
    const sources: Record<string, string | undefined> = {};
    for (const { id, evidence } of await steps()) {
      sources[id] = evidence?.source;
      if (evidence === null) continue;
      const { body } = await stage().api.get(`cutovers/${played.id}/evidence/${evidence.hash}`);
      expect([id, evidenceHashOf(body.body)]).toEqual([id, evidence.hash]);
    }
    const stated = { announce: 'stated', drain: undefined, wave: 'stated' };
    expect(sources).toEqual({ ...Object.fromEntries(PLAN.steps.map(({ id }) => [id, 'pulled'])), ...stated });
  });

  it('asked for approval on evidence that names the evidence of the steps before', async () => {
    const { body } = await stage().api.get(`cutovers/${played.id}/evidence/${played.goEvidence}`);
    const check = (await steps()).find(({ id }) => id === 'check')?.evidence;
    expect(body.body).toMatchObject({
      steps: [{ stepId: 'check', status: 'succeeded', evidence: check?.hash }],
    });
  });

  it('used every function of its kinds, none of which failed, and left no message behind', async () => {
    const invocations = stage().host.invocations();
    expect(Object.entries(invocations).filter(([, { failed }]) => failed > 0)).toEqual([]);
    for (const { kind } of PLAN.steps)
      expect(invocations[`step-${kind}`]?.succeeded, kind).toBeGreaterThan(0);
    expect((await stage().api.get('dead-letters')).body.deadLetters).toEqual([]);
    const left = Object.values(stage().bus.counts()).map(({ active, deadLettered }) => active + deadLettered);
    expect(left.every((count) => count === 0)).toBe(true);
  });

  it('is listed as completed, and its page no longer reloads itself', async () => {
    const { cutovers } = (await stage().api.get('cutovers?status=completed')).body;
    expect(cutovers).toEqual([
      expect.objectContaining({
        id: played.id,
        title: PLAN.title,
        endedAt: expect.stringMatching(/Z$/) as unknown,
      }),
    ]);
    const page = await stage().api.send(`page/${played.id}`, { by: null });
    expect(page.text).toContain('Nothing: it has ended.');
    expect(page.text).not.toContain('http-equiv="refresh"');
  });

  it.each(['hold', 'abort', 'steps/stop/retry', 'steps/drain/skip'])('refuses to %s', async (what) => {
    const { status, body } = await stage().api.post(`cutovers/${played.id}/${what}`, { reason: 'Too late.' });
    expect([status, body.code]).toEqual([409, 'C303']);
  });

  it('is watched no more', async () => {
    await vi.waitFor(
      async () => {
        expect((await stage().api.get('health')).body.activeCutovers).toBe(0);
      },
      { timeout: 20_000, interval: 50 },
    );
  });
});

describe('everything answered in this file', () => {
  it('has a status that the contract documents for its operation', () => {
    expect(stage().api.undocumented).toEqual([]);
  });

  it('gives no secret away, nor does a log line or a stored row', async () => {
    expect(await stage().leaks({ control: 'Nobody is signed in on a Sunday.' })).toEqual(['control']);
  });
});
