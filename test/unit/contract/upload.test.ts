import { describe, expect, it } from 'vitest';
import type { UploadBody } from '../../../shared/contract/upload.ts';
import { givenDocumentSchema, readUpload, uploadBodySchema } from '../../../shared/contract/upload.ts';

const AT = '2031-05-03T01:00:00Z';
const LATER = '2031-06-30T00:00:00Z';
const [at, later] = [Date.parse(AT), Date.parse(LATER)];

const ignoreXml =
  '<IgnoreTables><Name><Table>AIFLOG</Table><Table>BATCHHISTORY</Table></Name></IgnoreTables>';
const terms = (...tables: string[]) => ({ tables, reason: 'only logs', owner: 'Dina', expiresAt: LATER });
const ignore = (...given: ReturnType<typeof terms>[]) => ({
  kind: 'ignore-tables',
  text: ignoreXml,
  terms: given,
});
const backup = {
  kind: 'backup-report',
  text: 'Job 7 succeeded',
  product: 'A backup product',
  database: 'AX2012PROD',
  startedAt: AT,
  finishedAt: LATER,
  location: 'vault 3',
  verified: true,
};

const read = (body: unknown) => readUpload(uploadBodySchema.parse(body));
const problems = (body: unknown): readonly string[] => {
  const reading = read(body);
  return 'problems' in reading ? reading.problems.map(({ path, message }) => `${path}: ${message}`) : [];
};

describe('a document as it is sent', () => {
  const entry = { reason: 'only logs', owner: 'Dina', expiresAt: later };
  it.each<[string, unknown, unknown]>([
    [
      'ignored tables, each with its terms',
      ignore(terms('aiflog'), terms('BATCHHISTORY')),
      {
        kind: 'ignore-tables',
        entries: [
          { table: 'AIFLOG', ...entry },
          { table: 'BATCHHISTORY', ...entry },
        ],
      },
    ],
    [
      'special tables',
      {
        kind: 'special-tables',
        text: '<SpecialTables><Name><Table>INVENTTRANS</Table></Name></SpecialTables>',
      },
      { kind: 'special-tables', tables: ['INVENTTRANS'] },
    ],
    [
      'counts of the toolkit',
      {
        kind: 'toolkit-counts',
        text: 'Table,S,T\nA,1,NULL',
        database: 'AX2012PROD',
        takenAt: AT,
        columns: { table: 'Table', source: 'S', target: 'T' },
      },
      {
        kind: 'toolkit-counts',
        stepId: null,
        database: 'AX2012PROD',
        takenAt: at,
        columns: { table: 'Table', schema: null, source: 'S', target: 'T', delimiter: ',' },
        counts: [['dbo.A', 1, null]],
      },
    ],
    [
      'the report ds with the state it names',
      {
        kind: 'upgrade-status',
        text: 'Steps\r\nAX 2012 upgrade topology (LCS) status: Deployed\r\nFinalDbSync Completed',
        takenAt: AT,
      },
      expect.objectContaining({ kind: 'upgrade-status', takenAt: at, topology: 'Deployed' }),
    ],
    [
      'the report ds in which no state is found',
      { kind: 'upgrade-status', text: 'PreReqs InProgress', takenAt: AT },
      { kind: 'upgrade-status', takenAt: at, topology: null, text: 'PreReqs InProgress' },
    ],
    ['a report on a backup', backup, { ...backup, startedAt: at, finishedAt: later }],
    [
      'a statement about a step',
      { kind: 'statement', stepId: 'a', text: ' rs says completed ', takenAt: AT },
      { kind: 'statement', stepId: 'a', text: 'rs says completed', takenAt: at, waives: [], reading: null },
    ],
  ])('is read: %s', (_, body, document) => {
    const reading = read(body);
    expect(reading).toEqual({ document });
    const kept = 'document' in reading ? reading.document : null;
    expect(givenDocumentSchema.parse(JSON.parse(JSON.stringify(kept)))).toEqual(kept);
  });

  it.each<[string, unknown, readonly string[]]>([
    [
      'a table without terms',
      ignore(terms('AIFLOG')),
      ['terms: BATCHHISTORY has no reason, owner and expiry'],
    ],
    [
      'terms of a table that the file does not name, and every other problem at once',
      ignore(terms('AIFLOG', 'LEDGER'), terms('AIFLOG')),
      [
        'terms[0]: LEDGER is not in the file',
        'terms[1]: AIFLOG has terms already',
        'terms: BATCHHISTORY has no reason, owner and expiry',
      ],
    ],
    [
      'a malformed list',
      { ...ignore(terms('A')), text: '<x/>' },
      ['text: line 1: an element other than IgnoreTables is where IgnoreTables must be'],
    ],
    [
      'a backup that ended before it began',
      { ...backup, finishedAt: '2031-05-03T00:59:59Z' },
      ['finishedAt: is before startedAt'],
    ],
  ])('is refused whole: %s', (_, body, told) => {
    expect(problems(body)).toEqual(told);
  });

  it.each<[string, object]>([
    ['without a reason', { ...terms('AIFLOG'), reason: ' ' }],
    ['without an owner', { ...terms('AIFLOG'), owner: '' }],
    ['without an expiry', { ...terms('AIFLOG'), expiresAt: undefined }],
  ])('is no request when a table is to be ignored %s', (_, given) => {
    const body: unknown = { ...ignore(), terms: [given] };
    expect(uploadBodySchema.safeParse(body).success).toBe(false);
  });

  it('is of one of the kinds there are', () => {
    const kinds = uploadBodySchema.options.map(({ shape }) => shape.kind.value);
    const kept = givenDocumentSchema.options.map(({ shape }) => shape.kind.value);
    expect(kinds).toEqual<UploadBody['kind'][]>(kept);
  });
});
