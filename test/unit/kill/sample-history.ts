import { createHash } from 'node:crypto';
import type { Call, Exchange, History, Look, Page, SeenEvent } from '../../kill/support/history.ts';
import { evidenceHashOf } from '../../support/api-client.ts';

/** A history that keeps every promise, small enough to be read: three steps in a row, a person's, an automation's and an approval. */

const T0 = Date.parse('2026-11-20T22:00:00Z');
const MINUTE_MS = 60_000;
const by = { id: 'anna', name: 'Anna' };
const BODIES = [{ statement: 'Anna' }, { statement: 'the automation' }, { statement: 'all that was done' }];
const HASHES = BODIES.map(evidenceHashOf);

type Told = { readonly input: string; readonly minute: number; readonly type: string } & Readonly<
  Record<string, unknown>
>;

const told = (input: string, minute: number, type: string, rest: object = {}): Told => ({
  input,
  minute,
  type,
  ...rest,
});

const asked = (asks: string, effect: object | null) => ({ attempt: 1, wait: { asks, rule: null }, effect });
const start = { attempt: 1, dispatch: 1, reason: 'start' };
const again = { attempt: 1, dispatch: 2, reason: 'claim' };
const proof = (index: number, minute: number) => ({
  attempt: 1,
  evidence: { hash: HASHES[index], takenAt: T0 + minute * MINUTE_MS },
});

const rule = { quorum: 2, approvers: ['anna', 'bert', 'cleo'] };
const vote = (id: string) => ({
  attempt: 1,
  vote: { decision: 'approve', by: { id }, evidenceHash: HASHES[2] },
});

const STORY: readonly Told[] = [
  told('start:k1', 0, 'cutover-started', { by }),
  told('start:k1', 0, 'step-dispatched', { stepId: 'one', ...start }),
  told('open-1', 1, 'step-opened', { stepId: 'one', ...asked('person', null) }),
  told('webhook:k2', 2, 'completion-received', { stepId: 'one', attempt: 1, claim: { by } }),
  told('webhook:k2', 2, 'step-dispatched', { stepId: 'one', ...again }),
  told('judge-1', 3, 'step-succeeded', { stepId: 'one', ...proof(0, 3) }),
  told('judge-1', 3, 'step-dispatched', { stepId: 'two', ...start }),
  told('open-2', 4, 'step-opened', { stepId: 'two', ...asked('automation', { repeatable: false }) }),
  told('settle-2', 5, 'effect-settled', { stepId: 'two', attempt: 1, outcome: 'accepted' }),
  told('webhook:k3', 6, 'completion-received', { stepId: 'two', attempt: 1, claim: { by } }),
  told('webhook:k3', 6, 'step-dispatched', { stepId: 'two', ...again }),
  told('judge-2', 7, 'step-succeeded', { stepId: 'two', ...proof(1, 7) }),
  told('judge-2', 7, 'step-dispatched', { stepId: 'three', ...start }),
  told('open-3', 8, 'step-opened', {
    stepId: 'three',
    attempt: 1,
    wait: { asks: 'approval', rule },
    effect: null,
  }),
  told('http:k5', 9, 'cutover-held', { by }),
  told('webhook:k6', 9, 'vote-counted', { stepId: 'three', ...vote('anna') }),
  told('http:k7', 10, 'cutover-resumed', { by }),
  told('webhook:k8', 11, 'vote-counted', { stepId: 'three', ...vote('bert') }),
  told('judge-3', 12, 'step-succeeded', { stepId: 'three', ...proof(2, 12) }),
  told('judge-3', 12, 'cutover-completed'),
];

/** JSON with sorted keys and no white space, as the chain covers it. */
const text = (value: unknown): string =>
  JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );

/** The story as the feed shows it, chained anew: a forger who can write the log can chain it as well. */
export const chained = (story: readonly Told[]): readonly SeenEvent[] => {
  let hash = '';
  return story.map(({ input: inputId, minute, ...rest }, index) => {
    const event = { ...rest, n: index + 1, inputId };
    const at = T0 + minute * MINUTE_MS;
    hash = createHash('sha256')
      .update(hash + text({ ...event, at }))
      .digest('hex');
    return { ...event, at: new Date(at).toISOString(), hash };
  });
};

const STATUSES: readonly (readonly [number, string, string, string])[] = [
  [2, 'running', 'pending', 'pending'],
  [3, 'waiting', 'pending', 'pending'],
  [7, 'succeeded', 'running', 'pending'],
  [8, 'succeeded', 'waiting', 'pending'],
  [STORY.length, 'succeeded', 'succeeded', 'succeeded'],
];

const LOOKS: readonly Look[] = STATUSES.map(([events, one, two, three]) => ({
  sentAt: 100 * events + 50,
  endedAt: 100 * events + 60,
  status: events === STORY.length ? 'completed' : 'running',
  events,
  steps: [
    { id: 'one', after: [], status: one, attempts: 1 },
    { id: 'two', after: ['one'], status: two, attempts: two === 'pending' ? 0 : 1 },
    { id: 'three', after: ['two'], status: three, attempts: three === 'pending' ? 0 : 1 },
  ],
}));

const applied = { status: 200, body: { code: 'applied', message: 'done' } };
const exchange = (
  key: string,
  what: Exchange['what'],
  sentAt: number,
  answer: Exchange['answer'] = applied,
): Exchange => ({ key, what, path: what, sentAt, endedAt: sentAt + 10, answer });

const EXCHANGES: readonly Exchange[] = [
  exchange('k1', 'start', 190, { status: 202, body: { id: 'c-1' } }),
  exchange('k2', 'callback', 500, null),
  exchange('k2', 'callback', 520),
  exchange('k3', 'callback', 1100),
  exchange('k5', 'request', 1300),
  exchange('k6', 'callback', 1310),
  exchange('k7', 'request', 1320),
  exchange('k8', 'callback', 1330),
  exchange('k4', 'request', 1350, { status: 409, body: { code: 'C303' } }),
  exchange('k4', 'request', 1370, { status: 409, body: { code: 'C303' } }),
  exchange('k1', 'start', 1380, { status: 202, body: { id: 'c-1' } }),
];

/** What may be put in the place of a part of the sample; `story` replaces the log and chains it anew. */
export type Doctored = Partial<History> & { readonly story?: readonly Told[] };

const pagesOf = (log: readonly SeenEvent[]): readonly Page[] => {
  const page = (sentAt: number, after: number, upTo: number): Page => ({
    sentAt,
    endedAt: sentAt + 5,
    after,
    limit: 1000,
    events: log.slice(after, upTo),
  });
  return [page(210, 0, 2), page(810, 2, 8), page(1400, 0, log.length)];
};

const CALLS: readonly Call[] = [{ at: T0 + 4.5 * MINUTE_MS, webhookId: 'task-1', stepId: 'two', attempt: 1 }];

/** The log of the sample, to be doctored. */
export const story = (): readonly Told[] => STORY;

/** The sample history with parts replaced. */
export const sampleHistory = ({ story: other, ...parts }: Doctored = {}): History => {
  const log = chained(other ?? STORY);
  const last = LOOKS.at(-1);
  const looks = other === undefined || last === undefined ? LOOKS : [{ ...last, events: log.length }];
  return {
    exchanges: EXCHANGES,
    pages: other === undefined ? pagesOf(log) : pagesOf(log).slice(-1),
    looks,
    calls: CALLS,
    operations: [],
    evidence: Object.fromEntries(HASHES.map((hash, index) => [hash, BODIES[index]])),
    deadLetters: [],
    ...parts,
  };
};
