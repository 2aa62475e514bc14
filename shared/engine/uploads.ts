import type { GivenDocument, GivenOf } from '../contract/upload.ts';
import { givenDocumentSchema } from '../contract/upload.ts';
import type { Answer } from '../core/draft.ts';
import { refused } from '../core/draft.ts';
import { CutoverError } from '../core/errors.ts';
import type { Actor, CutoverState } from '../core/state.ts';
import type { TableLists } from '../core/table-class.ts';
import type { Upload } from '../core/uploads.ts';
import { newestUpload } from '../core/uploads.ts';
import type { Given } from '../kinds/kind.ts';
import { tableListsOf } from '../kinds/table-lists.ts';
import { withoutValues } from '../kinds/without-values.ts';
import type { Advance } from './advance.ts';
import type { CutoverStore } from './cutover-store.ts';
import { timeOf } from './cutover-time.ts';
import type { Clock } from './ports.ts';
import type { ReadingsStore } from './readings-store.ts';
import { textWithoutSecrets } from './secret-text.ts';

/** A document that somebody gives. */
type Giving = {
  readonly cutoverId: string;
  readonly inputId: string;
  readonly document: GivenDocument;
  readonly sizeBytes: number;
  readonly by: Actor;
};

/** Documents that people give: what is read of one is stored under its hash before the commit that names it. */
export type Uploads = {
  readonly give: (giving: Giving) => Promise<Answer>;
  /** The newest document of a kind about a step, or about the whole cutover, with what was read of it. */
  readonly newest: <K extends GivenDocument['kind']>(
    state: CutoverState,
    kind: K,
    stepId?: string | null,
  ) => Promise<Given<K> | null>;
  /** What was read of an upload. Throws C404 where the stored document is not what was given. */
  readonly documentOf: (cutoverId: string, upload: Upload) => Promise<GivenDocument>;
  /** The newest lists of tables, with entries that have expired, and the cutover's time to judge them by. */
  readonly tableLists: (state: CutoverState) => Promise<{ readonly lists: TableLists; readonly now: number }>;
};

/** Since when, or of when, what the document says is so. */
const takenAtOf = (document: GivenDocument): number | null => {
  if (document.kind === 'backup-report') return document.finishedAt;
  return 'takenAt' in document ? document.takenAt : null;
};

type Statement = GivenOf<'statement'>;

/** What an agent says may quote a row. */
const withoutQuotes = (reading: Statement['reading']): Statement['reading'] => {
  if (reading?.of !== 'replication') return reading;
  const looks = reading.looks.map((look) => ({
    ...look,
    publications: look.publications.map((publication) => ({
      ...publication,
      agents: publication.agents.map((agent) => ({
        ...agent,
        says: withoutValues(textWithoutSecrets(agent.says)),
      })),
    })),
  }));
  return { ...reading, looks };
};

/** What people paste may quote a connection string; names of tables are kept as they are. */
const cleaned = (document: GivenDocument): GivenDocument => ({
  ...document,
  ...('text' in document ? { text: textWithoutSecrets(document.text) } : {}),
  ...('waives' in document
    ? { waives: document.waives.map((one) => ({ ...one, reason: textWithoutSecrets(one.reason) })) }
    : {}),
  ...('reading' in document ? { reading: withoutQuotes(document.reading) } : {}),
  ...('location' in document ? { location: textWithoutSecrets(document.location) } : {}),
});

/** See {@link Uploads}. */
export const makeUploads = ({
  store,
  readings,
  advance,
  clock,
}: {
  readonly store: CutoverStore;
  readonly readings: Pick<ReadingsStore, 'storeEvidence' | 'evidence'>;
  readonly advance: Advance;
  readonly clock: Clock;
}): Uploads => {
  const documentOf: Uploads['documentOf'] = async (cutoverId, { kind, hash }) => {
    const parsed = givenDocumentSchema.safeParse(await readings.evidence(cutoverId, hash));
    if (parsed.success && parsed.data.kind === kind) return parsed.data;
    throw new CutoverError('C404', `evidence ${hash}, which is an upload (${kind})`);
  };
  const newest: Uploads['newest'] = async (state, kind, stepId = null) => {
    const upload = newestUpload(state, kind, stepId);
    if (upload === null) return null;
    // Of the kind that was asked for, or documentOf would have thrown.
    return { upload, document: (await documentOf(state.id, upload)) as GivenOf<typeof kind> };
  };
  return {
    give: async ({ cutoverId, inputId, document: given, sizeBytes, by }) => {
      if ((await store.readHead(cutoverId)) === null) return refused('C206', `cutover ${cutoverId}`);
      const document = cleaned(given);
      const hash = await readings.storeEvidence(cutoverId, document);
      const stepId = 'stepId' in document ? document.stepId : null;
      const upload = { kind: document.kind, stepId, hash, sizeBytes, takenAt: takenAtOf(document) };
      return await advance(cutoverId, { id: inputId, type: 'upload', upload, by });
    },
    newest,
    documentOf,
    tableLists: async (state) => ({
      lists: await tableListsOf((kind) => newest(state, kind)),
      now: timeOf(clock, state),
    }),
  };
};
