import { z } from 'zod';
import { tableNameKey } from '../core/table-name.ts';
import { countsColumnsSchema, readCountsFile } from './counts-file.ts';
import { stepIdSchema, text } from './http.ts';
import type { Problem } from './problem.ts';
import { keptReading, keptReadingSchema, problemsOfReading, statedReadingSchema } from './stated-reading.ts';
import { readTableList } from './table-list.ts';

/** The largest request with a document, in bytes: 10,000 tables with long names, three times over. */
export const UPLOAD_LIMIT_BYTES = 4 * 1024 * 1024;

const document = z.string().min(1).meta({ description: 'The file as text.' });
const pasted = (max: number) => text(max).meta({ description: 'The text as it was shown.' });
const instant = z.iso.datetime();
const takenAt = instant.meta({ description: 'When the toolkit wrote it, or when it was so.' });

const termsSchema = z
  .strictObject({
    tables: z.array(text(128)).min(1).max(20_000),
    reason: text(1000),
    owner: text(128).meta({ description: 'Who answers for leaving them out.' }),
    expiresAt: instant.meta({ description: 'From then on the tables are in the scope again.' }),
  })
  .meta({ id: 'IgnoreTerms' });

/** A document as it is sent, by its kind. */
export const uploadBodySchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('ignore-tables'),
      text: document,
      terms: z
        .array(termsSchema)
        .min(1)
        .max(1000)
        .meta({ description: 'Reason, owner and expiry of every table of the file, each exactly once.' }),
    }),
    z.strictObject({ kind: z.literal('special-tables'), text: document }),
    z.strictObject({
      kind: z.literal('toolkit-counts'),
      text: document,
      stepId: stepIdSchema.nullable().default(null).meta({
        description: 'The step whose tables they are, where they are not those of every step that counts.',
      }),
      database: text(128).meta({ description: 'The source database that the toolkit has counted.' }),
      takenAt,
      columns: countsColumnsSchema,
    }),
    z.strictObject({ kind: z.literal('upgrade-status'), text: pasted(200_000), takenAt }),
    z.strictObject({
      kind: z.literal('backup-report'),
      text: pasted(100_000),
      product: text(128),
      database: text(128),
      startedAt: instant.meta({ description: 'On the clock of whatever took the backup.' }),
      finishedAt: instant,
      location: text(500),
      verified: z.boolean().meta({ description: 'Whether it was proved that it can be restored.' }),
    }),
    z.strictObject({
      kind: z.literal('statement'),
      stepId: stepIdSchema,
      text: pasted(10_000),
      takenAt,
      waives: z
        .array(z.strictObject({ table: text(257), reason: text(1000) }))
        .max(1000)
        .default([])
        .meta({
          description:
            'Tables that are equal and yet doubtful, for which whoever gives this answers, each with the reason.',
        }),
      reading: statedReadingSchema.nullable().default(null).meta({
        description:
          'What was read where neither the app nor a collector may; it counts once a second person has confirmed it.',
      }),
    }),
  ])
  .meta({ id: 'Upload' });

/** See {@link uploadBodySchema}. */
export type UploadBody = z.infer<typeof uploadBodySchema>;

/** What somebody says who has seen the document too. */
export const confirmationBodySchema = z
  .strictObject({ comment: z.string().max(2000).default('') })
  .meta({ id: 'Confirmation' });

const count = z.int().min(0).nullable();

/** What was read of a document, as evidence keeps it; instants are epoch milliseconds. */
export const givenDocumentSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('ignore-tables'),
    entries: z.array(
      z.object({ table: z.string(), reason: z.string(), owner: z.string(), expiresAt: z.int() }),
    ),
  }),
  z.object({ kind: z.literal('special-tables'), tables: z.array(z.string()) }),
  z.object({
    kind: z.literal('toolkit-counts'),
    stepId: z.string().nullable().default(null),
    database: z.string(),
    takenAt: z.int(),
    columns: countsColumnsSchema,
    counts: z.array(z.tuple([z.string(), count, count])),
  }),
  z.object({
    kind: z.literal('upgrade-status'),
    takenAt: z.int(),
    topology: z.string().nullable(),
    text: z.string(),
  }),
  z.object({
    kind: z.literal('backup-report'),
    product: z.string(),
    database: z.string(),
    startedAt: z.int(),
    finishedAt: z.int(),
    location: z.string(),
    verified: z.boolean(),
    text: z.string(),
  }),
  z.object({
    kind: z.literal('statement'),
    stepId: z.string(),
    takenAt: z.int(),
    text: z.string(),
    waives: z.array(z.object({ table: z.string(), reason: z.string() })).default([]),
    reading: keptReadingSchema.nullable().default(null),
  }),
]);

/** See {@link givenDocumentSchema}. */
export type GivenDocument = z.infer<typeof givenDocumentSchema>;
/** … of one kind. */
export type GivenOf<K extends GivenDocument['kind']> = Extract<GivenDocument, { readonly kind: K }>;

/** A document that was read, or every reason why the whole of it is refused. */
export type UploadReading = { readonly document: GivenDocument } | { readonly problems: readonly Problem[] };

type BodyOf<K extends UploadBody['kind']> = Extract<UploadBody, { readonly kind: K }>;

/** Every table of the file with its terms; a table without, with two, or of another file is a problem. */
const readIgnored = (body: BodyOf<'ignore-tables'>): UploadReading => {
  const reading = readTableList(body.text, 'IgnoreTables');
  if ('problems' in reading) return reading;
  const inFile = new Map(reading.tables.map((table) => [tableNameKey(table), table]));
  const problems: Problem[] = [];
  const terms = new Map<string, Omit<BodyOf<'ignore-tables'>['terms'][number], 'tables'>>();
  for (const [index, { tables, ...rest }] of body.terms.entries()) {
    for (const table of tables) {
      const path = `terms[${index}]`;
      if (!inFile.has(tableNameKey(table))) problems.push({ path, message: `${table} is not in the file` });
      else if (terms.has(tableNameKey(table))) problems.push({ path, message: `${table} has terms already` });
      else terms.set(tableNameKey(table), rest);
    }
  }
  const entries = reading.tables.flatMap((table) => {
    const own = terms.get(tableNameKey(table));
    if (own === undefined) {
      problems.push({ path: 'terms', message: `${table} has no reason, owner and expiry` });
      return [];
    }
    return [{ table, reason: own.reason, owner: own.owner, expiresAt: Date.parse(own.expiresAt) }];
  });
  return problems.length > 0 ? { problems } : { document: { kind: 'ignore-tables', entries } };
};

const readCounts = ({
  text: file,
  stepId,
  database,
  columns,
  takenAt: at,
}: BodyOf<'toolkit-counts'>): UploadReading => {
  const reading = readCountsFile(file, columns);
  if ('problems' in reading) return reading;
  const counts = reading.counts.map(([table, source, target]): [string, number | null, number | null] => [
    table,
    source,
    target,
  ]);
  return { document: { kind: 'toolkit-counts', stepId, database, takenAt: Date.parse(at), columns, counts } };
};

/** The line of the report `ds` that names the state in Lifecycle Services; null where the text has none. */
const topologyIn = (report: string): string | null =>
  /upgrade topology \(LCS\) status:[ \t]*([A-Za-z][A-Za-z ]{0,60}?)[ \t]*$/im.exec(report)?.[1] ?? null;

const readBackup = ({ startedAt, finishedAt, ...rest }: BodyOf<'backup-report'>): UploadReading => {
  const [start, end] = [Date.parse(startedAt), Date.parse(finishedAt)];
  if (end < start) return { problems: [{ path: 'finishedAt', message: 'is before startedAt' }] };
  return { document: { ...rest, startedAt: start, finishedAt: end } };
};

const readStatement = ({ reading: sent, takenAt: at, ...rest }: BodyOf<'statement'>): UploadReading => {
  const takenAt = Date.parse(at);
  const reading = sent && keptReading(sent);
  const problems = reading === null ? [] : problemsOfReading(reading, takenAt);
  return problems.length > 0 ? { problems } : { document: { ...rest, takenAt, reading } };
};

/** Reads a document as it was sent; anything wrong in it refuses the whole. */
export const readUpload = (body: UploadBody): UploadReading => {
  switch (body.kind) {
    case 'ignore-tables':
      return readIgnored(body);
    case 'special-tables': {
      const reading = readTableList(body.text, 'SpecialTables');
      if ('problems' in reading) return reading;
      return { document: { kind: 'special-tables', tables: [...reading.tables] } };
    }
    case 'toolkit-counts':
      return readCounts(body);
    case 'upgrade-status': {
      const { kind, text: report } = body;
      const at = Date.parse(body.takenAt);
      return { document: { kind, takenAt: at, topology: topologyIn(report), text: report } };
    }
    case 'backup-report':
      return readBackup(body);
    case 'statement':
      return readStatement(body);
  }
};
