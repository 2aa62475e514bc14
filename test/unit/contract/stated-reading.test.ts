import { describe, expect, it } from 'vitest';
import { readUpload, uploadBodySchema } from '../../../shared/contract/upload.ts';

const AT = '2031-05-03T01:00:00Z';
const at = Date.parse(AT);
const minutesBefore = (minutes: number): string => new Date(at - minutes * 60_000).toISOString();
const read = { server: 'AXSQL01', readBy: 'Dina' };

const statement = (reading: unknown) => ({
  kind: 'statement',
  stepId: 'it',
  text: 'Seen on my screen.',
  takenAt: AT,
  reading,
});
const look = (takenAt: string, serverTime = takenAt) => ({
  takenAt,
  serverTime,
  distributionExists: true,
  publications: [
    {
      name: 'AX_PUB_PkTable_1',
      transactional: true,
      articles: 3,
      subscriptions: { total: 3, active: 3 },
      snapshotDelivered: true,
      pendingCommands: 0,
      agents: [{ role: 'log-reader', does: 'idle', says: 'No replicated transactions are available.' }],
      tracer: { postedAt: minutesBefore(5), arrived: true },
    },
  ],
});
const replication = (...looks: unknown[]) => statement({ of: 'replication', ...read, looks });

const problems = (body: unknown): readonly string[] => {
  const reading = readUpload(uploadBodySchema.parse(body));
  return 'problems' in reading ? reading.problems.map(({ path, message }) => `${path}: ${message}`) : [];
};

describe('what somebody states they have read', () => {
  it('is kept with its instants as epoch milliseconds', () => {
    const processes = { of: 'ax-processes', ...read, serverTime: minutesBefore(1), processes: [] };
    expect(readUpload(uploadBodySchema.parse(statement(processes)))).toMatchObject({
      document: { takenAt: at, reading: { ...processes, serverTime: at - 60_000 } },
    });
    const kept = readUpload(uploadBodySchema.parse(replication(look(minutesBefore(2)))));
    expect(kept).toMatchObject({
      document: {
        reading: {
          looks: [
            {
              takenAt: at - 120_000,
              serverTime: at - 120_000,
              publications: [{ tracer: { postedAt: at - 300_000, arrived: true } }],
            },
          ],
        },
      },
    });
  });

  it('is nothing where a statement is in words alone', () => {
    expect(readUpload(uploadBodySchema.parse({ ...statement(null), reading: undefined }))).toMatchObject({
      document: { reading: null },
    });
  });

  it.each<[string, unknown, readonly string[]]>([
    ['two looks one after the other', replication(look(minutesBefore(2)), look(AT)), []],
    [
      'looks that are not in their order',
      replication(look(AT), look(AT)),
      ['reading.looks[1].takenAt: is not after that of the look before'],
    ],
    [
      'a look after the statement',
      replication(look(minutesBefore(-1))),
      ['reading.looks[0].takenAt: is after takenAt of the statement'],
    ],
    [
      'a look with the clock of another day',
      replication(look(AT, minutesBefore(24 * 60 + 1))),
      ['reading.looks[0].serverTime: is more than a day from takenAt'],
    ],
    [
      'a reading with the clock of another day',
      statement({ of: 'ax-processes', ...read, serverTime: minutesBefore(24 * 60 + 1), processes: [] }),
      ['reading.serverTime: is more than a day from takenAt'],
    ],
  ])('of %s has these problems', (_, body, expected) => {
    expect(problems(body)).toEqual(expected);
  });

  it.each([
    ['a figure with grouping', { of: 'figures', figures: [{ name: 'a', source: '1,000.00', target: '1' }] }],
    ['a negative count', { of: 'toolkit', distributionDatabase: null, publications: [], tablesLeft: -1 }],
    ['nobody who has read it', { of: 'ax-processes', readBy: ' ', processes: [] }],
    ['a field that nobody knows', { of: 'ax-processes', processes: [], mayLook: true }],
    ['what nobody asks for', { of: 'weather' }],
  ])('is refused: %s', (_, reading) => {
    const body = statement({ ...read, serverTime: AT, ...reading });
    expect(uploadBodySchema.safeParse(body).success).toBe(false);
  });
});
