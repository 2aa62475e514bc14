import type { IgnoredView, UploadView } from '../contract/status.ts';
import type { IgnoreEntry } from '../core/ignored.ts';
import { ignoredAt } from '../core/ignored.ts';
import type { CutoverState } from '../core/state.ts';
import type { Upload } from '../core/uploads.ts';
import { uploadsOf } from '../core/uploads.ts';
import { iso, isoOrNull } from './instant.ts';

/** An upload as people see it. */
export const uploadView = ({ by, at, takenAt, confirmed, ...rest }: Upload): UploadView => ({
  ...rest,
  takenAt: isoOrNull(takenAt),
  by: by.name,
  at: iso(at),
  confirmed: confirmed && { by: confirmed.by.name, at: iso(confirmed.at), comment: confirmed.comment },
});

/** The newest document about each subject. */
export const uploadViews = (state: CutoverState): UploadView[] => uploadsOf(state).map(uploadView);

/** What is left out of the scope, and what was until it expired. */
export const ignoredView = (entries: readonly IgnoreEntry[], now: number): IgnoredView[] => {
  const holds = new Set(ignoredAt(entries, now));
  return entries.map((entry) => ({
    ...entry,
    expiresAt: iso(entry.expiresAt),
    expired: !holds.has(entry),
  }));
};
