import type { Actor } from './state.ts';

/** What a document that a person gave is: a list or report of the toolkit, a report on a backup, or a statement in words. */
export type UploadKind =
  'ignore-tables' | 'special-tables' | 'toolkit-counts' | 'upgrade-status' | 'backup-report' | 'statement';

/** A document that a named person gave; what was read of it is stored as evidence under its hash. */
export type Upload = {
  readonly kind: UploadKind;
  /** The step it speaks of; null where it speaks of the whole cutover. */
  readonly stepId: string | null;
  readonly hash: string;
  /** Bytes of the document as it was sent. */
  readonly sizeBytes: number;
  /** When what it says was so, by whoever gave it; null for what holds at any time. */
  readonly takenAt: number | null;
  readonly by: Actor;
  readonly at: number;
  /** The second person, who has seen it too; null while nobody has. */
  readonly confirmed: { readonly by: Actor; readonly at: number; readonly comment: string } | null;
};

/** What an upload is about: the newest of each subject counts. */
export type Subject = Pick<Upload, 'kind' | 'stepId'>;

/** Whether both are about the same. */
export const sameSubject = (a: Subject, b: Subject): boolean => a.kind === b.kind && a.stepId === b.stepId;

type WithUploads = { readonly uploads?: readonly Upload[] };

/** The newest document about each subject, in the order they came. */
export const uploadsOf = ({ uploads = [] }: WithUploads): readonly Upload[] => uploads;

/** The newest document about this; null where nobody gave any. */
export const newestUpload = (
  state: WithUploads,
  kind: UploadKind,
  stepId: string | null = null,
): Upload | null => uploadsOf(state).find((upload) => sameSubject(upload, { kind, stepId })) ?? null;
