import { describe, expect, it } from 'vitest';
import { AppRefusal } from '../../../cli/app-client.ts';
import { collect } from '../../../cli/collect.ts';
import type { Errand, Outcome } from '../../../shared/contract/collector.ts';
import type { Sql } from '../../../shared/kinds/kind-ports.ts';

const errand = (n: number): Errand => ({
  nonce: String(n).padStart(32, '0'),
  server: 'distribution',
  statement: 'distribution-database',
  parameters: null,
});

/**
 * A collector on a virtual clock: `asked` answers the polls one after the other, then it is told to stop; `answered` are
 * the replies of the app to its answers.
 */
const play = async (
  asked: readonly (readonly Errand[] | Error)[],
  answered: readonly (Error | null)[] = [],
  query: () => Promise<readonly unknown[]> = () => Promise.resolve([]),
) => {
  const controller = new AbortController();
  const polls: { room: number; atMs: number }[] = [];
  const answers: [string, Outcome][] = [];
  const lines: string[] = [];
  const replies = [...answered];
  let nowMs = 0;
  await collect({
    app: {
      takeErrands: (_, room) => {
        const reply = asked[polls.length] ?? [];
        polls.push({ room, atMs: nowMs });
        if (polls.length >= asked.length) controller.abort();
        return reply instanceof Error ? Promise.reject(reply) : Promise.resolve(reply);
      },
      answer: (nonce, outcome) => {
        answers.push([nonce, outcome]);
        const reply = replies.shift() ?? null;
        return reply === null ? Promise.resolve() : Promise.reject(reply);
      },
    },
    sql: { query } as unknown as Pick<Sql, 'query'>,
    servers: ['source', 'distribution'],
    figures: new Set(),
    everyMs: 2_000,
    now: () => nowMs,
    pause: async (ms, signal) => {
      if (signal?.aborted !== true) nowMs += ms;
      for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
    },
    say: (line) => lines.push(line),
    signal: controller.signal,
  });
  return { polls, answers, lines };
};

describe('a collector', () => {
  it('answers each errand under its nonce, says so without values, and ends when told', async () => {
    const { answers, lines } = await play([[errand(1)], [errand(2)], []], [], () =>
      Promise.resolve([{ database: 'ACME-4711' }]),
    );
    expect(answers).toEqual([
      [errand(1).nonce, { rows: [{ database: 'ACME-4711' }] }],
      [errand(2).nonce, { rows: [{ database: 'ACME-4711' }] }],
    ]);
    expect(lines).toEqual([
      'reading for source, distribution',
      'distribution-database on the distribution server: 1 row(s), 2.0 s',
      'distribution-database on the distribution server: 1 row(s), 2.0 s',
      'stopping; 0 statement(s) are still running',
    ]);
  });

  it('asks on while statements run, for no more than it has room for, and does not wait for them for ever', async () => {
    const many = Array.from({ length: 12 }, (_, n) => errand(n));
    const { polls, answers, lines } = await play([many, []], [], () => new Promise(() => undefined));
    expect(polls.map(({ room }) => room)).toEqual([12, 0]);
    expect(answers).toEqual([]);
    expect(lines.at(-1)).toBe('stopping; 12 statement(s) are still running');
  });

  it('asks ever more rarely while the app does not answer, says it once, and at its pace again after that', async () => {
    const away = new Error('ECONNREFUSED');
    const { polls, lines } = await play([away, away, away, away, away, away, [], [], []]);
    const pauses = polls.slice(1).map(({ atMs }, index) => (atMs - polls[index]!.atMs) / 1_000);
    expect(pauses).toEqual([4, 8, 16, 32, 60, 60, 2, 2]);
    expect(lines).toEqual([
      'reading for source, distribution',
      'the app cannot be asked: ECONNREFUSED',
      'the app answers again',
      'stopping; 0 statement(s) are still running',
    ]);
  });

  it.each([
    {
      what: 'is sent again when it did not arrive',
      replies: [new Error('reset'), null],
      sent: 2,
      says: null,
    },
    {
      what: 'counts as taken when it had arrived without its reply',
      replies: [new Error('reset'), new AppRefusal(409, 'C220')],
      sent: 2,
      says: null,
    },
    {
      what: 'that the app refuses is told and not sent again',
      replies: [new AppRefusal(410, 'the app answered 410 (C219)')],
      sent: 1,
      says: 'the answer to distribution-database was not taken: the app answered 410 (C219)',
    },
    {
      what: 'that was answered by somebody else is told',
      replies: [new AppRefusal(409, 'C220')],
      sent: 1,
      says: 'the answer to distribution-database was not taken: C220',
    },
    {
      what: 'is given up after three more times',
      replies: [1, 2, 3, 4].map(() => new Error('reset')),
      sent: 4,
      says: 'the answer to distribution-database was not taken: reset',
    },
  ])('sees that an answer $what', async ({ replies, sent, says }) => {
    const { answers, lines } = await play([[errand(1)], [], [], [], [], [], []], replies);
    expect(answers).toHaveLength(sent);
    expect(lines.find((line) => line.includes('was not taken')) ?? null).toBe(says);
  });
});
