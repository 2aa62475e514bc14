import { isRefused } from '../../shared/core/draft.ts';
import { CutoverError } from '../../shared/core/errors.ts';
import { canonical, sha256 } from '../../shared/engine/canonical.ts';
import type { StoredHead } from '../../shared/engine/cutover-store.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { iso } from '../../shared/view/instant.ts';
import { statusOf } from '../../shared/view/status.ts';
import { ignoredView } from '../../shared/view/uploads.ts';
import type { PlanDesk } from './plan-desk.ts';
import { replyOf } from './problem.ts';
import type { Handlers } from './register.ts';

type Names = 'start-cutover' | 'list-cutovers' | 'get-cutover' | 'list-events' | 'get-evidence';

/** Pages of the list read at most to fill one page that a filter thins out. */
const PAGES_PER_REQUEST = 5;

/** Reads a head or throws C206. */
export const headOf = async (engine: Engine, cutoverId: string): Promise<StoredHead> => {
  const head = await engine.store.readHead(cutoverId);
  if (head === null) throw new CutoverError('C206', `cutover ${cutoverId}`);
  return head;
};

/** How a cutover stands, now or as of a past moment, with the plan and bindings of then. Throws C206 and C325. */
export const situationOf = async (engine: Engine, cutoverId: string, at: string | undefined) => {
  const head = await headOf(engine, cutoverId);
  const asOf = at === undefined ? null : Date.parse(at);
  const state = asOf === null ? head.state : await engine.stateAsOf(cutoverId, asOf);
  const { plan, bindings } = await engine.store.readPlan(cutoverId, state.plan);
  return { state, asOf, plan, bindings };
};

/** The same key and the same starter give the same cutover. */
export const idFor = (starterId: string, key: string): string =>
  `c-${sha256(canonical([starterId, key])).slice(0, 12)}`;

/** Starting, listing and reading cutovers. */
export const cutoverHandlers = (engine: Engine, desk: PlanDesk): Pick<Handlers, Names> => ({
  'start-cutover': async ({ body, by, key }) => {
    const { plan, bindings } = desk.read(body.plan, body.bindings);
    const cutoverId = idFor(by.id, key);
    const { hold, startAt } = body;
    const answer = await engine.start({
      cutoverId,
      plan,
      bindings,
      by,
      key,
      ...(hold === undefined ? {} : { hold }),
      ...(startAt === undefined ? {} : { startAt: Date.parse(startAt) }),
    });
    if (isRefused(answer)) return replyOf(answer);
    return {
      status: 202,
      headers: { location: `/api/cutovers/${cutoverId}` },
      jsonBody: { id: cutoverId, message: answer.message },
    };
  },

  'list-cutovers': async ({ query }) => {
    const { status, mode, limit } = query;
    const cutovers = [];
    let token = query.next ?? null;
    for (let page = 0; page < PAGES_PER_REQUEST; page += 1) {
      const { lines, next } = await engine.directory.list(limit - cutovers.length, token);
      const wanted = lines.filter(
        (line) => (status ?? line.status) === line.status && (mode ?? line.mode) === line.mode,
      );
      cutovers.push(...wanted);
      token = next;
      if (token === null || cutovers.length >= limit) break;
    }
    const shown = cutovers.map((line) => ({
      ...line,
      startedAt: iso(line.startedAt),
      endedAt: line.endedAt === null ? null : iso(line.endedAt),
    }));
    return { jsonBody: { cutovers: shown, next: token } };
  },

  'get-cutover': async ({ params: { cutoverId }, query }) => {
    const { state, asOf, plan } = await situationOf(engine, cutoverId, query.at);
    const { lists, now } = await engine.uploads.tableLists(state);
    return { jsonBody: statusOf(plan, state, asOf, ignoredView(lists.ignored, asOf ?? now)) };
  },

  'list-events': async ({ params, query }) => {
    await headOf(engine, params.cutoverId);
    const events = await engine.store.log(params.cutoverId, query.after, query.limit);
    return { jsonBody: { events: events.map((event) => ({ ...event, at: iso(event.at) })) } };
  },

  'get-evidence': async ({ params }) => {
    const body = await engine.readings.evidence(params.cutoverId, params.hash);
    if (body === null) throw new CutoverError('C206', `evidence ${params.hash}`);
    return { jsonBody: { hash: params.hash, body } };
  },
});
