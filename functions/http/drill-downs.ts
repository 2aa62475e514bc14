import { REQUEST } from '../../shared/engine/advance.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { drillDownCsv, drillDownView, drillLines } from '../../shared/view/drill-down.ts';
import { headOf } from './cutovers.ts';
import { replyOf } from './problem.ts';
import type { Handlers } from './register.ts';

type Names = 'drill-down' | 'list-drill-downs' | 'get-drill-down' | 'export-drill-down';

/** Narrowing the difference of a table down, and showing what was found. */
export const drillHandlers = (engine: Engine): Pick<Handlers, Names> => ({
  'drill-down': async ({ params: { cutoverId }, body: { table }, by, key }) =>
    replyOf(await engine.drillDowns.drill({ cutoverId, inputId: `${REQUEST}${key}`, table, by })),

  'list-drill-downs': async ({ params: { cutoverId } }) => {
    const { state } = await headOf(engine, cutoverId);
    return { jsonBody: { drillDowns: drillLines(state) } };
  },

  'get-drill-down': async ({ params: { cutoverId, hash } }) => {
    await headOf(engine, cutoverId);
    return { jsonBody: drillDownView(hash, await engine.drillDowns.found(cutoverId, hash)) };
  },

  'export-drill-down': async ({ params: { cutoverId, hash } }) => {
    await headOf(engine, cutoverId);
    return {
      headers: {
        'content-type': 'text/csv; charset=utf-8',
        'content-disposition': `attachment; filename="${cutoverId}-drill-down-${hash.slice(0, 12)}.csv"`,
      },
      body: drillDownCsv(await engine.drillDowns.found(cutoverId, hash)),
    };
  },
});
