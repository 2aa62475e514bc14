import { z } from 'zod';
import { text } from './http.ts';
import type { Problem } from './problem.ts';

/** What an agent does in the words of Replication Monitor, in the order of the run status that each stands for, from 1 on. */
export const AGENT_WORDS = ['starting', 'stopped', 'working', 'idle', 'retrying', 'failed'] as const;

const MOST_LOOKS = 100;
const MOST_PUBLICATIONS = 500;

const count = z.int().min(0);
const name = text(256);
const read = {
  server: name.meta({ description: 'Which server was looked at, by the name it gives itself.' }),
  readBy: text(128).meta({ description: 'Who looked.' }),
};
const figure = z
  .string()
  .regex(/^-?\d{1,38}(\.\d{1,38})?$/)
  .nullable()
  .meta({ description: 'The exact decimal, without grouping; null where there is none.' });

const agentSchema = z.strictObject({
  role: z.enum(['snapshot', 'log-reader', 'distribution']),
  does: z.enum(AGENT_WORDS),
  says: z.string().max(4000).meta({ description: 'Its last message, word for word.' }),
});

/** The schema of what people state they have read; `instant` is how it writes a time. */
const readingOf = <Instant extends z.ZodType>(instant: Instant) => {
  const serverTime = instant.meta({ description: 'What the clock of that server showed then, in UTC.' });
  const publicationSchema = z.strictObject({
    name,
    transactional: z.boolean(),
    articles: count,
    subscriptions: z.strictObject({ total: count, active: count }),
    snapshotDelivered: z.boolean(),
    pendingCommands: count.nullable().meta({ description: 'Undistributed commands; null: not known.' }),
    agents: z.array(agentSchema).max(20),
    tracer: z
      .strictObject({ postedAt: serverTime, arrived: z.boolean() })
      .nullable()
      .meta({ description: 'The newest tracer token, and whether it has reached every subscription.' }),
  });
  const lookSchema = z.strictObject({
    takenAt: instant,
    serverTime,
    distributionExists: z.boolean(),
    publications: z.array(publicationSchema).max(MOST_PUBLICATIONS),
  });
  const sourceSchema = z.strictObject({
    server: name,
    database: name,
    version: name,
    edition: name,
    windowsLoginsOnly: z.boolean(),
    replicationInstalled: z.boolean(),
    agent: name.nullable(),
    maxTextReplBytes: z.int().min(-1),
    owner: name.nullable(),
    dataBytes: count,
    largestFreeBytes: count.nullable(),
  });
  const targetSchema = z.strictObject({ version: name, database: name, seesTables: z.boolean() });
  const processSchema = z.strictObject({ host: name, processId: count, sessions: count });
  return z.discriminatedUnion('of', [
    z.strictObject({
      of: z.literal('server-facts'),
      ...read,
      serverTime,
      source: sourceSchema.nullable(),
      target: targetSchema.nullable(),
    }),
    z.strictObject({
      of: z.literal('ax-processes'),
      ...read,
      serverTime,
      processes: z
        .array(processSchema)
        .max(1000)
        .meta({ description: 'Those connected to the database of AX; [] where there is none.' }),
    }),
    z.strictObject({
      of: z.literal('toolkit'),
      ...read,
      serverTime,
      distributionDatabase: name.nullable(),
      publications: z.array(name).max(MOST_PUBLICATIONS),
      tablesLeft: count
        .nullable()
        .meta({ description: 'Tables of AX in the target database; null where nobody looked there.' }),
    }),
    z.strictObject({
      of: z.literal('replication'),
      ...read,
      looks: z.array(lookSchema).min(1).max(MOST_LOOKS).meta({ description: 'Oldest first.' }),
    }),
    z.strictObject({
      of: z.literal('figures'),
      ...read,
      serverTime,
      figures: z
        .array(z.strictObject({ name: text(128), source: figure, target: figure }))
        .min(1)
        .max(200)
        .meta({ description: 'The two figures of each pair of the step, by its name.' }),
    }),
  ]);
};

/** What somebody has read where neither the app nor a collector may, as it is sent. */
export const statedReadingSchema = readingOf(z.iso.datetime()).meta({ id: 'StatedReading' });

/** … as evidence keeps it; instants are epoch milliseconds. */
export const keptReadingSchema = readingOf(z.int());

type Sent = z.infer<typeof statedReadingSchema>;
/** See {@link keptReadingSchema}. */
export type StatedReading = z.infer<typeof keptReadingSchema>;
/** … of one thing. */
export type StatedOf<Of extends StatedReading['of']> = Extract<StatedReading, { readonly of: Of }>;

type SentLook = Extract<Sent, { readonly of: 'replication' }>['looks'][number];

const keptLook = ({ takenAt, serverTime, publications, ...look }: SentLook) => ({
  ...look,
  takenAt: Date.parse(takenAt),
  serverTime: Date.parse(serverTime),
  publications: publications.map(({ tracer, ...publication }) => ({
    ...publication,
    tracer: tracer && { ...tracer, postedAt: Date.parse(tracer.postedAt) },
  })),
});

/** The same with epoch milliseconds. */
export const keptReading = (sent: Sent): StatedReading =>
  sent.of === 'replication'
    ? { ...sent, looks: sent.looks.map(keptLook) }
    : { ...sent, serverTime: Date.parse(sent.serverTime) };

/** Further apart no two clocks are that work together: whoever states it has copied the time of another day. */
const CLOCKS_APART_MS = 24 * 3_600_000;

const clockProblems = (path: string, takenAt: number, serverTime: number): readonly Problem[] =>
  Math.abs(serverTime - takenAt) <= CLOCKS_APART_MS
    ? []
    : [{ path: `${path}serverTime`, message: 'is more than a day from takenAt' }];

/** What is wrong with the times of a reading that was so at `takenAt`; empty where nothing is. */
export const problemsOfReading = (reading: StatedReading, takenAt: number): readonly Problem[] => {
  if (reading.of !== 'replication') return clockProblems('reading.', takenAt, reading.serverTime);
  const { looks } = reading;
  return looks.flatMap((look, index) => {
    const path = `reading.looks[${index}].`;
    const before = looks[index - 1];
    const late = { path: `${path}takenAt`, message: 'is after takenAt of the statement' };
    const unsorted = { path: `${path}takenAt`, message: 'is not after that of the look before' };
    return [
      ...(look.takenAt > takenAt ? [late] : []),
      ...(before !== undefined && look.takenAt <= before.takenAt ? [unsorted] : []),
      ...clockProblems(path, look.takenAt, look.serverTime),
    ];
  });
};
