import { lookAtWorld } from './dispatch.ts';
import type { Answer, Draft } from './draft.ts';
import { applied, refused, unchanged } from './draft.ts';
import type { InputOf } from './inputs.ts';
import { newestUpload, uploadsOf } from './uploads.ts';

/** Lists that take tables out of data gates: one person alone cannot (B8), and must not think so. */
const COUNTS_CONFIRMED: ReadonlySet<string> = new Set(['ignore-tables', 'special-tables']);

/** Takes a document as the newest about its subject; steps that wait for the world look at it at once. */
export const decideUpload = (draft: Draft, { upload, by }: InputOf<'upload'>): Answer => {
  const { kind, stepId, hash, takenAt } = upload;
  const state = draft.state();
  if (stepId !== null && !Object.hasOwn(state.steps, stepId)) return refused('C206', `step ${stepId}`);
  if (takenAt !== null && takenAt > draft.now) return refused('C325', `${kind} of a time to come`);
  if (newestUpload(state, kind, stepId)?.hash === hash) {
    return unchanged(`this ${kind} is the newest already`, { hash });
  }
  draft.emit({ type: 'document-uploaded', upload, by });
  lookAtWorld(draft, 'upload');
  const more = COUNTS_CONFIRMED.has(kind) ? ': it counts once a second person has confirmed it' : '';
  return applied(`${kind} is taken${more}`, { hash });
};

/** Notes that a second person has seen the document that counts; what two people must answer for counts from then on. */
export const decideConfirmUpload = (draft: Draft, input: InputOf<'confirm-upload'>): Answer => {
  const { hash, by, comment } = input;
  const upload = uploadsOf(draft.state()).find((one) => one.hash === hash);
  if (upload === undefined) return refused('C213', `${hash} is not the newest document about anything`);
  const { confirmed } = upload;
  if (confirmed !== null) return unchanged(`${confirmed.by.name} confirmed it already`);
  if (upload.by.id === by.id) return refused('C318', `${by.name} gave it`);
  draft.emit({ type: 'document-confirmed', documentHash: hash, by, comment });
  lookAtWorld(draft, 'upload');
  return applied(`${upload.kind} is confirmed`, { hash });
};
