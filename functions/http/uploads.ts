import { pathText } from '../../shared/contract/problem.ts';
import type { UploadBody } from '../../shared/contract/upload.ts';
import { readUpload } from '../../shared/contract/upload.ts';
import { CutoverError } from '../../shared/core/errors.ts';
import { uploadsOf } from '../../shared/core/uploads.ts';
import { REQUEST } from '../../shared/engine/advance.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { uploadView, uploadViews } from '../../shared/view/uploads.ts';
import { headOf } from './cutovers.ts';
import { replyOf } from './problem.ts';
import type { Handlers } from './register.ts';

type Names = 'upload-document' | 'list-uploads' | 'get-upload' | 'confirm-upload';

/** Reads the document or throws C218 with everything that is wrong with it. */
const documentOf = (body: UploadBody) => {
  const reading = readUpload(body);
  if ('document' in reading) return reading.document;
  const problems = reading.problems.map(({ path, message }) => `${pathText(['body', path])}: ${message}`);
  throw new CutoverError('C218', body.kind, { problems });
};

/** Taking and showing the documents that people give. */
export const uploadHandlers = (engine: Engine): Pick<Handlers, Names> => ({
  'upload-document': async ({ params: { cutoverId }, body, by, key }) =>
    replyOf(
      await engine.uploads.give({
        cutoverId,
        inputId: `${REQUEST}${key}`,
        document: documentOf(body),
        sizeBytes: Buffer.byteLength(body.text),
        by,
      }),
    ),

  'list-uploads': async ({ params: { cutoverId } }) => {
    const { state } = await headOf(engine, cutoverId);
    return { jsonBody: { uploads: uploadViews(state) } };
  },

  'get-upload': async ({ params: { cutoverId, hash } }) => {
    const { state } = await headOf(engine, cutoverId);
    const upload = uploadsOf(state).find((one) => one.hash === hash);
    if (upload === undefined) throw new CutoverError('C206', `upload ${hash}`);
    const document = await engine.uploads.documentOf(cutoverId, upload);
    return { jsonBody: { ...uploadView(upload), document } };
  },

  'confirm-upload': async ({ params: { cutoverId, hash }, body: { comment }, by, key }) =>
    replyOf(
      await engine.advance(cutoverId, { id: `${REQUEST}${key}`, type: 'confirm-upload', hash, by, comment }),
    ),
});
