import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { MANAGER, WORKER } from '../support/api-client.ts';
import { useAppStage } from '../support/app-stage.ts';
import { planDocumentOf, stepOfKind } from '../support/step-documents.ts';

const stage = useAppStage({ speed: 60, quiet: [] });

const PLAN = planDocumentOf([
  stepOfKind('stop', 'stop-aos', { automation: null, accepts: ['stated'] }, { phase: 4 }),
]);

const statement = (hosts: readonly string[]) => {
  const at = new Date(stage().world.clock.now()).toISOString();
  return {
    kind: 'statement',
    stepId: 'stop',
    text: 'sys.dm_exec_sessions, with my own login',
    takenAt: at,
    reading: {
      of: 'ax-processes',
      server: stage().bindings.source.server,
      readBy: 'Dora',
      serverTime: at,
      processes: hosts.map((host) => ({ host, processId: 7, sessions: 1 })),
    },
  };
};

describe('a gate whose server nobody but people may read', () => {
  let id = '';
  const api = () => stage().api;
  const upload = (body: unknown) =>
    api().send(`cutovers/${id}/uploads`, { key: randomUUID(), body, by: MANAGER });
  const confirm = (hash: string, by = WORKER) =>
    api().send(`cutovers/${id}/uploads/${hash}/confirmation`, { key: randomUUID(), body: {}, by });
  const waitsOn = (code: string) =>
    api().untilStep(id, 'stop', ({ unmet }) => unmet.some((one) => one.code === code));
  const hashOf = ({ body }: { readonly body: { readonly detail: unknown } }) =>
    (body.detail as { readonly hash: string }).hash;

  beforeAll(async () => {
    id = await api().start(PLAN, stage().bindings);
    await api().question(id, 'stop');
    await api().complete(id, 'stop');
  });

  it('says what is to be stated, by which call, and who does', async () => {
    const { unmet } = await waitsOn('C510');
    expect(unmet).toEqual([expect.objectContaining({ code: 'C510', who: 'dba' })]);
    expect(unmet[0]?.message).toContain('reading.of "ax-processes"');
    expect(unmet[0]?.next).toContain('POST /api/cutovers/{id}/uploads');
  });

  it('stays shut on what one person says alone, and tells the second one the very call', async () => {
    const hash = hashOf(await upload(statement([])));
    const { unmet } = await waitsOn('C511');
    expect(unmet).toEqual([expect.objectContaining({ code: 'C511', who: 'anybody but who gave it' })]);
    expect(unmet[0]?.next).toContain(`POST /api/cutovers/${id}/uploads/${hash}/confirmation`);
    const own = await confirm(hash, MANAGER);
    expect([own.status, own.body.code]).toEqual([409, 'C318']);
  });

  it('stays shut on a confirmed statement that AX still runs, and wants another one', async () => {
    await confirm(hashOf(await upload(statement(['AXAOS01']))));
    const { unmet } = await waitsOn('stated-lacks');
    expect(unmet.map(({ code }) => code)).toEqual(['ax-running', 'stated-lacks']);
  });

  it('opens on what two people state, says so, and has asked no server', async () => {
    await confirm(hashOf(await upload(statement([]))));
    const { evidence } = await api().untilStep(id, 'stop', ({ status }) => status === 'succeeded');
    expect(evidence).toMatchObject({ source: 'stated' });
    expect(evidence?.summary).toContain('; read by Dora on ');
    expect(evidence?.summary).toContain(`stated by ${MANAGER.name} and confirmed by ${WORKER.name}`);
    const stored = await api().get(`cutovers/${id}/evidence/${evidence?.hash ?? ''}`);
    expect(stored.body.body).toMatchObject({ processes: [], stated: { readBy: 'Dora' } });
    expect(stage().lines.filter((line) => line.includes('read-failed'))).toEqual([]);
  });
});
