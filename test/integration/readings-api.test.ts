import { describe, expect, it } from 'vitest';
import { tablesFromConnectionString } from '../../shared/adapters/tables.ts';
import type { ReadingView } from '../../shared/contract/reading-routes.ts';
import { readingSchema } from '../../shared/contract/reading-routes.ts';
import { makeReadingsStore } from '../../shared/engine/readings-store.ts';
import { useAppStage } from '../support/app-stage.ts';
import { drainedPublication, readingAt } from '../support/sample-reading.ts';
import { planDocumentOf, taskStep } from '../support/step-documents.ts';

const stage = useAppStage();
const MINUTE = 60_000;
/** A place of readings of another source is named by its hash. */
const ELSEWHERE = 'a'.repeat(64);

const startCutover = async () => {
  const id = await stage().api.start(planDocumentOf([taskStep('first')]), stage().bindings);
  const tables = tablesFromConnectionString(stage().storageConnection, { prefix: 'axcutover' });
  return { id, readings: makeReadingsStore(tables), now: Date.now() };
};

describe('readings of replication', () => {
  it('are listed newest first in pages, each as the contract says, and none of another source', async () => {
    const { id, readings, now } = await startCutover();
    const times = [3, 2, 1].map((age) => now - age * MINUTE);
    for (const at of times) {
      const publications = [drainedPublication(at, { tracer: { postedAt: at, arrived: true } })];
      await readings.insert(id, '', readingAt(at, { publications }));
    }
    await readings.insert(id, ELSEWHERE, readingAt(now));
    const pageOf = async (query: string) => {
      const { status, body } = await stage().api.get(`cutovers/${id}/readings?limit=2${query}`);
      expect(status).toBe(200);
      return body as unknown as { readings: ReadingView[]; next: string | null };
    };
    const first = await pageOf('');
    const second = await pageOf(`&next=${encodeURIComponent(first.next ?? '')}`);
    expect([first.readings.length, second.next]).toEqual([2, null]);
    const listed = [...first.readings, ...second.readings];
    expect(listed.map(({ takenAt }) => Date.parse(takenAt))).toEqual(times.toReversed());
    expect(listed.map((reading) => readingSchema.strict().parse(reading))).toEqual(listed);
    expect(listed[0]?.publications[0]).toMatchObject({
      tracer: { postedAt: listed[0]?.takenAt, arrived: true },
      agents: [{ role: 'log-reader', at: listed[0]?.takenAt }, { role: 'distribution' }],
    });
  });

  it('are none before replication is looked at', async () => {
    const { id } = await startCutover();
    expect((await stage().api.get(`cutovers/${id}/readings`)).body).toEqual({ readings: [], next: null });
  });

  it('are not listed of a cutover that is not there', async () => {
    const { status, body } = await stage().api.get('cutovers/c-000000000000/readings');
    expect([status, body.code]).toEqual([404, 'C206']);
  });

  it('are answered only as the contract says', () => {
    expect(stage().api.undocumented).toEqual([]);
  });
});
