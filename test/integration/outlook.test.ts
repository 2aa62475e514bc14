import { describe, expect, it } from 'vitest';
import { forecastSchema } from '../../shared/contract/forecast.ts';
import { whySchema } from '../../shared/contract/why.ts';
import { useAppStage } from '../support/app-stage.ts';
import { planDocumentOf, taskStep } from '../support/step-documents.ts';

const stage = useAppStage();

const downtime = { endsAt: '2100-01-01T00:00:00Z', zone: 'Europe/Berlin' };

/** A cutover of two tasks, of which as many are done as said. */
const start = async (done: 0 | 1, bindings: object = {}): Promise<string> => {
  const plan = planDocumentOf([taskStep('first'), taskStep('second', { after: ['first'] })]);
  const id = await stage().api.start(plan, { ...stage().bindings, downtime, ...bindings });
  await stage().api.question(id, 'first');
  if (done === 0) return id;
  await stage().api.complete(id, 'first');
  await stage().api.question(id, 'second');
  await stage().bus.whenIdle();
  return id;
};

describe('why a cutover is not moving', () => {
  it('is told now, and as of a past moment', async () => {
    const id = await start(1);
    const opened = (await stage().api.events(id)).find(({ type }) => type === 'step-opened')!;
    const now = await stage().api.get(`cutovers/${id}/why`);
    expect(now.status).toBe(200);
    expect(whySchema.parse(now.body)).toMatchObject({ asOf: null, conditions: [{ stepId: 'second' }] });
    const then = await stage().api.get(`cutovers/${id}/why?at=${opened.at}`);
    expect(whySchema.parse(then.body)).toMatchObject({ asOf: opened.at, conditions: [{ stepId: 'first' }] });
  });
});

describe('the forecast of a cutover', () => {
  it('is told now and as of a past moment, by the rehearsals that the bindings name', async () => {
    const mock = await start(1);
    const id = await start(1, { rehearsal: mock, rehearsals: [mock, 'c-000000000000'] });
    const now = forecastSchema.parse((await stage().api.get(`cutovers/${id}/forecast`)).body);
    expect(now.rehearsals).toEqual([
      { id: mock, representative: true, why: null },
      { id: 'c-000000000000', representative: false, why: 'there is no such cutover' },
    ]);
    expect(now.steps.map(({ status, duration }) => [status, duration.samples])).toEqual([
      ['succeeded', 1],
      ['waiting', 0],
    ]);
    expect(now.deadlines).toMatchObject([{ stepId: null, verdict: 'in-time' }]);
    expect(now.criticalPath).toEqual(['second']);
    const opened = (await stage().api.events(id)).find(({ type }) => type === 'step-opened')!;
    const then = await stage().api.get(`cutovers/${id}/forecast?at=${opened.at}`);
    expect(forecastSchema.parse(then.body)).toMatchObject({
      at: opened.at,
      criticalPath: ['first', 'second'],
    });
  });

  it('stands on the status page in a line, and so does the last safe abort', async () => {
    const id = await start(0);
    const { text } = await stage().api.get(`page/${id}`);
    expect(text).toContain('Forecast finish: likely');
    expect(text).toContain('Last safe abort: unknown; the bindings name no way back to AX 2012');
  });
});
