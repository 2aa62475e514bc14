import { CutoverError } from '../../shared/core/errors.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { listPage, statusPage } from '../../shared/view/page.ts';
import { statusOf } from '../../shared/view/status.ts';
import { ignoredView } from '../../shared/view/uploads.ts';
import { forecastAt } from '../http/outlook.ts';
import type { Handlers } from '../http/register.ts';

const headers = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
};

/** The status as a plain page that reloads itself; it needs no script. */
export const pageHandlers = (engine: Engine): Pick<Handlers, 'status-page'> => ({
  'status-page': async ({ params }) => {
    if (params.cutoverId === undefined) {
      const { lines } = await engine.directory.list(100, null);
      return { headers, body: listPage(lines) };
    }
    const head = await engine.store.readHead(params.cutoverId);
    if (head === null) throw new CutoverError('C206', `cutover ${params.cutoverId}`);
    const { state } = head;
    const { plan, bindings } = await engine.store.readPlan(state.id, state.plan);
    const { lists, now } = await engine.uploads.tableLists(state);
    const status = statusOf(plan, state, null, ignoredView(lists.ignored, now));
    const { lines } = await forecastAt(engine, { state, plan, bindings }, engine.now());
    return { headers, body: statusPage(status, lines) };
  },
});
