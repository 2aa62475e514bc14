import { expect, it } from 'vitest';
import { ignoredView, uploadViews } from '../../../shared/view/uploads.ts';
import { ANNA, confirmUpload, DBA, upload } from '../../support/sample-inputs.ts';
import { planOf, step } from '../../support/sample-plan.ts';
import { given, T0 } from '../../support/specification.ts';

const shown = new Date(T0).toISOString();

it('a document is shown with the names of who gave it and who confirmed it', () => {
  const { after } = given(planOf([step('a')]), upload('s1', T0, 'a')).when(confirmUpload('s1'));
  expect(uploadViews(after!)).toEqual([
    {
      kind: 'statement',
      stepId: 'a',
      hash: 's1',
      sizeBytes: 120,
      takenAt: shown,
      by: DBA.name,
      at: shown,
      confirmed: { by: ANNA.name, at: shown, comment: 'seen' },
    },
  ]);
});

it('an ignored table is shown as expired from the instant it is in the scope again', () => {
  const entry = { table: 'A', reason: 'a log', owner: 'Dina', expiresAt: T0 };
  expect(ignoredView([entry], T0 - 1)).toEqual([{ ...entry, expiresAt: shown, expired: false }]);
  expect(ignoredView([entry], T0)).toEqual([{ ...entry, expiresAt: shown, expired: true }]);
});
