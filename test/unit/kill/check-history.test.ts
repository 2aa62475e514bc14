import { describe, expect, it } from 'vitest';
import { checkHistory } from '../../kill/support/check-history.ts';
import type { Exchange, History, SeenEvent } from '../../kill/support/history.ts';
import { sampleHistory, story, type Doctored } from './sample-history.ts';

/** The sample with its pages doctored. */
const withLastPage = (change: (events: readonly SeenEvent[]) => readonly SeenEvent[]): Doctored => {
  const { pages } = sampleHistory();
  return { pages: pages.map((page, at) => (at < 2 ? page : { ...page, events: change(page.events) })) };
};

const withLook = (at: number, change: Partial<History['looks'][number]>): Doctored => ({
  looks: sampleHistory().looks.map((look, index) => (index === at ? { ...look, ...change } : look)),
});

const withExchanges = (...more: readonly Exchange[]): Doctored => ({
  exchanges: [...sampleHistory().exchanges, ...more],
});

const [first] = sampleHistory().exchanges;
const [call] = sampleHistory().calls;
const told = story();
const edit = (at: number, change: object) =>
  told.map((event, index) => (index === at ? { ...event, ...change } : event));
const insert = (at: number, ...events: readonly object[]) =>
  told.toSpliced(at, 0, ...(events as unknown as typeof told));
const moved = (from: number, to: number, count = 1) =>
  told.toSpliced(from, count).toSpliced(to, 0, ...told.slice(from, from + count));
const refusal = { status: 409, body: { code: 'C210' } };

/** What is done to a history that keeps every promise, and what is found then. */
const CASES: readonly (readonly [string, Doctored, RegExp])[] = [
  // The feed
  ['an event is dropped', withLastPage((events) => events.toSpliced(4, 1)), /in the place of 5/],
  ['the last event is dropped', withLastPage((events) => events.slice(0, -1)), /more events than there are/],
  [
    'two events are swapped',
    withLastPage((events) => events.with(3, events[4]!).with(4, events[3]!)),
    /out of order/,
  ],
  [
    'an event is altered',
    withLastPage((events) => events.with(5, { ...events[5]!, stepId: 'two' })),
    /event 6 is out of order, or its hash/,
  ],
  ['an event is doubled', withLastPage((events) => events.toSpliced(5, 0, events[4]!)), /in the place of 6/],
  [
    'the whole log is rewritten and chained anew',
    {
      ...sampleHistory({ story: edit(0, { title: 'other' }) }),
      pages: [sampleHistory().pages[0]!, sampleHistory({ story: edit(0, { title: 'other' }) }).pages[0]!],
    },
    /event 1 was seen otherwise/,
  ],
  [
    'events seen are missing from a later page',
    {
      pages: sampleHistory().pages.toSpliced(2, 0, {
        sentAt: 1390,
        endedAt: 1395,
        after: 0,
        limit: 1000,
        events: sampleHistory().pages[2]!.events.slice(0, 6),
      }),
    },
    /later the feed ended with 6/,
  ],
  [
    'a page ends within a commit',
    {
      pages: sampleHistory().pages.toSpliced(0, 0, {
        sentAt: 195,
        endedAt: 196,
        after: 0,
        limit: 1000,
        events: sampleHistory().pages[2]!.events.slice(0, 1),
      }),
    },
    /half of the commit/,
  ],
  ['time runs backwards', { story: edit(8, { minute: 2 }) }, /earlier than the one before/],
  ['one commit has two times', { story: edit(4, { minute: 3 }) }, /another time than the rest/],
  // Requests
  [
    'an acknowledged request is not in the log',
    withExchanges({
      ...first!,
      key: 'k9',
      what: 'request',
      answer: { status: 200, body: { code: 'applied' } },
    }),
    /and is not in the log/,
  ],
  [
    'a refused request is in the log',
    {
      exchanges: sampleHistory().exchanges.map((one) =>
        one.key === 'k1' ? { ...one, answer: refusal } : one,
      ),
    },
    /and is in the log/,
  ],
  [
    'a callback is refused and in the log',
    {
      exchanges: sampleHistory().exchanges.map((one) =>
        one.key === 'k3' ? { ...one, answer: refusal } : one,
      ),
    },
    /and is in the log/,
  ],
  [
    'a request is applied twice',
    { story: insert(11, { input: 'webhook:k2', minute: 6, type: 'result-late', stepId: 'one', attempt: 1 }) },
    /stands in the log twice/,
  ],
  [
    'the log holds what nobody sent',
    { story: insert(11, { input: 'http:k9', minute: 6, type: 'hold-reminded' }) },
    /nobody sent it/,
  ],
  [
    'a key gets another answer',
    withExchanges({ ...first!, sentAt: 1391, answer: { status: 202, body: { id: 'c-2' } } }),
    /was answered .* then/,
  ],
  [
    'a callback that was applied is refused when it comes again',
    withExchanges({ ...sampleHistory().exchanges[2]!, sentAt: 1391, answer: refusal }),
    /was answered .* then/,
  ],
  [
    'a reader does not find what was acknowledged before',
    {
      exchanges: sampleHistory().exchanges.with(2, {
        ...sampleHistory().exchanges[2]!,
        sentAt: 220,
        endedAt: 230,
      }),
    },
    /was shown only/,
  ],
  [
    'an unexpected error is answered',
    withExchanges({ ...first!, answer: { status: 500, body: { code: 'C901' } } }),
    /C901/,
  ],
  // Steps
  ['a step starts before its predecessor has ended', { story: moved(6, 2) }, /two started before one/],
  ['a step starts twice', { story: insert(9, told[6]!) }, /met two when it was waiting/],
  ['a step succeeds twice', { story: insert(12, told[11]!) }, /met two when it was succeeded/],
  [
    'a step that has ended is dispatched again',
    { story: insert(9, { ...told[4]!, input: 'wake-1', minute: 5 }) },
    /met one when it was succeeded/,
  ],
  ['a result speaks of another attempt', { story: edit(9, { attempt: 2 }) }, /attempt 2 of two, not 1/],
  [
    'a status shows what the log does not say',
    withLook(2, { steps: [{ id: 'one', after: [], status: 'waiting', attempts: 1 }] }),
    /calls one waiting/,
  ],
  ['a status shows half of a commit', withLook(2, { events: 6 }), /half of a commit/],
  [
    'the status goes back',
    { looks: [...sampleHistory().looks, { ...sampleHistory().looks[1]!, sentAt: 5000, endedAt: 5010 }] },
    /went back from \d+ events to 3/,
  ],
  [
    'the cutover is called otherwise than it is',
    withLook(1, { status: 'completed' }),
    /calls the cutover completed/,
  ],
  ['the cutover does not end', { story: told.slice(0, -1) }, /not completed/],
  [
    'something happens after the end',
    { story: insert(told.length, { input: 'wake-9', minute: 13, type: 'cutover-held' }) },
    /cutover-held after the end/,
  ],
  [
    'a step is asked again while the cutover is held',
    {
      story: insert(15, {
        input: 'wake-9',
        minute: 9,
        type: 'step-dispatched',
        stepId: 'three',
        attempt: 1,
        dispatch: 2,
        reason: 'read',
      }),
    },
    /step-dispatched of three while the cutover was held/,
  ],
  [
    'the cutover ends while it is held',
    { story: told.toSpliced(16, 1) },
    /completed while the cutover was held/,
  ],
  [
    'something happens that nobody asked for',
    { story: insert(15, { input: 'wake-9', minute: 9, type: 'rollback-started' }) },
    /nobody asked for rollback-started/,
  ],
  [
    'a message that was given up is not on record',
    { deadLetters: [{ id: 'd-1', reason: 'MaxDeliveryCountExceeded' }] },
    /d-1 is not on record/,
  ],
  [
    'a message was not understood',
    { deadLetters: [{ id: 'd-1', reason: 'malformed: v' }] },
    /given up: malformed/,
  ],
  // Effects and evidence
  [
    'an automation is called twice in one attempt',
    { calls: [call!, { ...call!, webhookId: 'task-2' }] },
    /called twice for two attempt 1/,
  ],
  ['an automation gets the same task twice', { calls: [call!, { ...call!, attempt: 2 }] }, /task-1 twice/],
  [
    'an automation is called before that is announced',
    { calls: [{ ...call!, at: call!.at - 3_600_000 }] },
    /before that was announced/,
  ],
  [
    'an automation is called that was never to be',
    { calls: [call!, { ...call!, stepId: 'one', webhookId: 'task-2' }] },
    /unannounced/,
  ],
  ['a call is recorded that never arrived', { calls: [] }, /never called/],
  ['Lifecycle Services is asked for something', { operations: ['POST /refresh'] }, /asked for POST/],
  ['evidence is missing', { evidence: {} }, /cannot be read/],
  [
    'evidence is forged',
    {
      evidence: Object.fromEntries(
        Object.keys(sampleHistory().evidence).map((hash) => [hash, { statement: 'Bert' }]),
      ),
    },
    /not what its hash says/,
  ],
  [
    'evidence is older than the claim',
    { story: edit(5, { evidence: { hash: Object.keys(sampleHistory().evidence)[0], takenAt: 0 } }) },
    /older than what it proves/,
  ],
  [
    'a call that may have arrived is tried again by itself',
    {
      story: told.toSpliced(8, 3).toSpliced(8, 0, {
        input: 'wake-9',
        minute: 5,
        type: 'step-failed',
        stepId: 'two',
        attempt: 1,
        retryAt: 0,
      }),
    },
    /nobody knows whether its call arrived/,
  ],
  ['an approval passes with too few votes', { story: told.toSpliced(17, 1) }, /1 of 2 approved/],
  [
    'somebody votes twice and counts as two',
    { story: told.toSpliced(17, 1, { ...told[15]!, input: 'webhook:k8', minute: 11 }) },
    /1 of 2 approved/,
  ],
  [
    'an approval passes on other evidence than was voted on',
    {
      story: edit(18, { evidence: { hash: Object.keys(sampleHistory().evidence)[0], takenAt: Date.now() } }),
    },
    /0 of 2 approved/,
  ],
  [
    'somebody votes who was not asked',
    { story: edit(17, { vote: { decision: 'approve', by: { id: 'mallory' }, evidenceHash: '' } }) },
    /mallory voted on three attempt 1 unasked/,
  ],
  ['a step succeeds without a claim', { story: told.toSpliced(9, 2) }, /without anybody's word/],
  ['a step succeeds without a question', { story: told.toSpliced(2, 1) }, /without a question/],
  [
    'a question is asked twice',
    { story: insert(8, { ...told[7]!, input: 'open-3' }) },
    /step-opened of two attempt 1 for the second time/,
  ],
];

describe('the check of a history', () => {
  it('finds nothing in one that keeps every promise', () => {
    expect(checkHistory(sampleHistory())).toEqual([]);
  });

  it.each(CASES)('tells when %s', (_, doctored, expected) => {
    const found = checkHistory(sampleHistory(doctored));
    expect(found.join('\n')).toMatch(expected);
  });
});
