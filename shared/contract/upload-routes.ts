import { z } from 'zod';
import { MISSING, CHANGES, ok, problem, SIGNED_IN } from './replies.ts';
import { get, keyed, none, ofCutover, post } from './route.ts';
import { uploadSchema } from './status.ts';
import { confirmationBodySchema, UPLOAD_LIMIT_BYTES, uploadBodySchema } from './upload.ts';

const ofUpload = ofCutover.extend({ hash: z.string().regex(/^[0-9a-f]{64}$/) });

/** Documents that people give as evidence. */
export const UPLOAD_ROUTES = {
  'upload-document': post(
    'cutovers/{cutoverId}/uploads',
    'Give a list or report of the toolkit, a report on a backup, or a statement about a step',
    {
      ...keyed,
      bodyLimitBytes: UPLOAD_LIMIT_BYTES,
      replies: { ...CHANGES, 422: problem('The document is not usable: nothing of it was taken') },
    },
    ofCutover,
    uploadBodySchema,
  ),
  'list-uploads': get(
    'cutovers/{cutoverId}/uploads',
    'The newest document about each subject',
    'observer',
    ofCutover,
    none,
    {
      ...ok('Uploads', z.object({ uploads: z.array(uploadSchema) })),
      ...SIGNED_IN,
      ...MISSING,
    },
  ),
  'get-upload': get(
    'cutovers/{cutoverId}/uploads/{hash}',
    'One of them, with what was read of it',
    'observer',
    ofUpload,
    none,
    { ...ok('The upload'), ...SIGNED_IN, ...MISSING },
  ),
  'confirm-upload': post(
    'cutovers/{cutoverId}/uploads/{hash}/confirmation',
    'Say that a second person has seen the document and answers for it too',
    keyed,
    ofUpload,
    confirmationBodySchema,
  ),
} as const;
