import { describe, expect, it } from 'vitest';
import { lostRows } from '../../local/world/counts.ts';
import { isPerCompany } from '../../local/world/recids.ts';
import type { DrillDownView } from '../../shared/contract/drill-down.ts';
import { useAppStage } from '../support/app-stage.ts';
import { planDocumentOf, stepOfKind } from '../support/step-documents.ts';

/** AX is off, everything has arrived but some rows of one table and one company. */
const stage = useAppStage({ quiet: ['rows-lost'] });

const count = stepOfKind('count', 'validate-counts', { classes: ['keyed'] });

/** A cutover whose tables were counted exactly, and differ. */
const startCounted = async () => {
  const { api, bindings, world } = stage();
  const id = await api.start(planDocumentOf([count]), bindings);
  await api.until(id, ({ phases }) => phases.some(({ status }) => status === 'failed'));
  const lost = lostRows(world.scene());
  if (lost === null) throw new Error('No rows are lost.');
  const get = (path: string) => api.get(`cutovers/${id}/${path}`);
  let keys = 0;
  const drill = (table: string, key = `drill-${(keys += 1)}`) =>
    api.send(`cutovers/${id}/drill-downs`, { key, body: { table } });
  return { id, lost, get, drill };
};

describe('a table that differs', () => {
  it('is narrowed down to its missing rows, which are kept as evidence, listed and exported', async () => {
    const { id, lost, get, drill } = await startCounted();
    const name = `dbo.${lost.table}`;
    expect((await get('mismatches')).body).toMatchObject({ total: 1, mismatches: [{ table: name }] });
    const recids = Array.from({ length: lost.rows }, (_, n) => String(5_637_144_576 + 2 * (lost.from + n)));
    const { companies } = stage().world.scene().options;
    const company = isPerCompany({ name: lost.table }) ? companies[Math.floor(lost.from / 125) % 4] : null;

    const first = await drill(name, 'the-same');
    expect([first.status, first.body.code]).toEqual([200, 'applied']);
    const { hash } = first.body.detail as { readonly hash: string };
    const found = (await get(`drill-downs/${hash}`)).body as unknown as DrillDownView;
    expect(found.missing.recids).toEqual(recids.map((recid) => ({ recid, company })));
    expect(found).toMatchObject({
      table: name,
      companies: [{ company }],
      missing: { rows: lost.rows, ranges: [] },
      surplus: { rows: 0 },
      open: [],
      moved: false,
      maxQueries: 200,
    });
    expect(found.queries).toBeLessThan(30);
    expect((await get(`evidence/${hash}`)).body).toMatchObject({ body: { kind: 'drill-down', table: name } });

    const { headers, text } = await get(`drill-downs/${hash}/csv`);
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(text.split('\r\n')).toHaveLength(lost.rows + 2);
    expect(text).toContain(`"${recids[0]}","${recids[0]}",1,0,`);

    expect((await get('drill-downs')).body).toMatchObject({
      drillDowns: [{ table: name, hash, missing: lost.rows, surplus: 0, open: 0 }],
    });
    // The same request is the same answer and nothing is read again; another is a look of its own.
    expect((await drill(name, 'the-same')).body).toEqual(first.body);
    expect((await drill(`dbo.Other`, 'the-same')).body).toMatchObject({ code: 'C208' });
    const again = (await drill(name.toLowerCase())).body.detail as { readonly hash: string };
    expect(again.hash).not.toBe(hash);
    expect((await get('drill-downs')).body).toMatchObject({
      drillDowns: [{ table: name, hash: again.hash }],
    });

    const drilled = (await stage().api.events(id)).filter(({ type }) => type === 'table-drilled');
    expect(drilled).toHaveLength(2);
    // What identifies a row is in the evidence alone: not in the log, and not in what the app logs.
    expect(JSON.stringify(drilled)).not.toContain(recids[0]);
    expect(stage().lines.filter((line) => recids.some((recid) => line.includes(recid)))).toEqual([]);
  });

  it.each([
    ['that nobody has counted', 'dbo.NOBODY', 404, 'C206'],
    ['that is equal', 'dbo.CUSTTABLE', 409, 'C607'],
  ])('is not searched for in a table %s', async (_, table, status, code) => {
    const { id, drill } = await startCounted();
    const { body, status: answered } = await drill(table);
    expect([answered, body.code]).toEqual([status, code]);
    const [refusal] = (await stage().api.events(id)).filter(({ type }) => type === 'request-refused');
    expect(refusal).toMatchObject({ what: 'drill-down', code });
  });

  it('is not narrowed down while its server cannot be reached, and is afterwards', async () => {
    const { lost, drill } = await startCounted();
    stage().faults.cutOffSource(true);
    const cutOff = await drill(`dbo.${lost.table}`, 'later');
    stage().faults.cutOffSource(false);
    expect([cutOff.status, cutOff.body.code]).toEqual([503, 'C501']);
    expect(await drill(`dbo.${lost.table}`, 'later')).toMatchObject({
      status: 200,
      body: { detail: { missing: lost.rows } },
    });
  });

  it('has nothing under a hash that is not of a drill-down', async () => {
    const { get } = await startCounted();
    expect((await get(`drill-downs/${'0'.repeat(64)}`)).body).toMatchObject({ code: 'C206' });
    expect((await get(`drill-downs/${'0'.repeat(64)}/csv`)).status).toBe(404);
  });
});
