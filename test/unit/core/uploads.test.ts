import { describe, expect, it } from 'vitest';
import { newestUpload } from '../../../shared/core/uploads.ts';
import {
  abort,
  ANNA,
  attempt,
  confirmUpload,
  DBA,
  hold,
  MANAGER,
  upload,
} from '../../support/sample-inputs.ts';
import { MINUTE, planOf, step } from '../../support/sample-plan.ts';
import { given, pass, T0 } from '../../support/specification.ts';

const A = attempt('a');
const plan = planOf([step('a'), step('b')]);
const list = { kind: 'ignore-tables', stepId: null, sizeBytes: 120, takenAt: null } as const;

describe('a document that a person gives', () => {
  it('is taken with who gave it and when, and nobody has confirmed it', () => {
    given(plan, pass(MINUTE))
      .when(upload('h1'))
      .then([{ type: 'document-uploaded', upload: { ...list, hash: 'h1' }, by: DBA }])
      .saying('ignore-tables is taken: it counts once a second person has confirmed it')
      .cutover({ uploads: [{ ...list, hash: 'h1', by: DBA, at: T0 + MINUTE, confirmed: null }] });
  });

  it('takes the place of the one before about the same, confirmed or not', () => {
    given(plan, upload('h1'), confirmUpload('h1'), upload('s1', T0, 'a'))
      .when(upload('h2', null, null, MANAGER))
      .then([{ type: 'document-uploaded' }])
      .cutover({
        uploads: [
          expect.objectContaining({ kind: 'statement', stepId: 'a', hash: 's1' }),
          expect.objectContaining({ kind: 'ignore-tables', hash: 'h2', by: MANAGER, confirmed: null }),
        ],
      });
  });

  it('is not said to want a second person where it counts without one', () => {
    const { answer } = given(plan).when(upload('s1', T0, 'a'));
    expect(answer.message).toBe('statement is taken');
  });

  it('leaves what is said of another step', () => {
    const { after } = given(plan, upload('s1', T0, 'a')).when(upload('s2', T0, 'b'));
    expect(newestUpload(after!, 'statement', 'a')?.hash).toBe('s1');
    expect(newestUpload(after!, 'statement', 'b')?.hash).toBe('s2');
    expect(newestUpload(after!, 'statement')).toBeNull();
    expect(newestUpload(after!, 'toolkit-counts')).toBeNull();
  });

  it('changes nothing when it is the newest already', () => {
    given(plan, upload('h1'))
      .when(upload('h1', null, null, MANAGER))
      .thenNothing('this ignore-tables is the newest already');
  });

  it('counts anew when another one came in between', () => {
    given(plan, upload('h1'), confirmUpload('h1'), upload('h2'))
      .when(upload('h1'))
      .then([{ type: 'document-uploaded' }])
      .cutover({ uploads: [expect.objectContaining({ hash: 'h1', confirmed: null })] });
  });

  it('may speak of this very moment, and not of a time to come', () => {
    given(plan)
      .when(upload('s1', T0, 'a'))
      .then([{ type: 'document-uploaded' }]);
    given(plan)
      .when(upload('s1', T0 + 1, 'a'))
      .thenRefused('C325')
      .saying('statement of a time to come');
  });

  it('cannot speak of a step that is not there', () => {
    given(plan)
      .when(upload('s1', T0, 'z'))
      .thenRefused('C206')
      .saying('step z');
  });

  it('has the steps look that wait for the world, and no other', () => {
    given(plan, A.asksWorld(), attempt('b').asksPerson())
      .when(upload('h1'))
      .then([{ type: 'document-uploaded' }, { type: 'step-dispatched', stepId: 'a', reason: 'upload' }]);
  });

  it('is taken while the cutover is held, and nothing looks at it then', () => {
    given(plan, A.asksWorld(), hold())
      .when(upload('h1'))
      .then([{ type: 'document-uploaded' }]);
  });

  it('comes too late after the end', () => {
    given(plan, abort()).when(upload('h1')).thenRefused('C303');
  });
});

describe('a document that is confirmed', () => {
  it('has been seen by a second person, from now on', () => {
    given(plan, upload('s1', T0, 'a'), pass(MINUTE))
      .when(confirmUpload('s1'))
      .then([{ type: 'document-confirmed', documentHash: 's1', by: ANNA, comment: 'seen' }])
      .saying('statement is confirmed')
      .cutover({
        uploads: [
          expect.objectContaining({ confirmed: { by: ANNA, at: T0 + MINUTE, comment: 'seen' }, at: T0 }),
        ],
      });
  });

  it('leaves the other documents as they are', () => {
    const { after } = given(plan, upload('h1'), upload('s1', T0, 'a')).when(confirmUpload('s1'));
    expect(newestUpload(after!, 'ignore-tables')?.confirmed).toBeNull();
  });

  it('has the steps look that wait for the world', () => {
    given(plan, A.asksWorld(), upload('h1'))
      .when(confirmUpload('h1'))
      .then([{ type: 'document-confirmed' }, { type: 'step-dispatched', stepId: 'a', reason: 'upload' }]);
  });

  it('cannot be confirmed by whoever gave it', () => {
    given(plan, upload('h1')).when(confirmUpload('h1', DBA)).thenRefused('C318').saying('Dirk gave it');
  });

  it('is confirmed once', () => {
    given(plan, upload('h1'), confirmUpload('h1'))
      .when(confirmUpload('h1', MANAGER))
      .thenNothing('Anna confirmed it already');
  });

  it('cannot be confirmed when a newer one has taken its place, or when there is none', () => {
    given(plan, upload('h1'), upload('h2')).when(confirmUpload('h1')).thenRefused('C213');
    given(plan)
      .when(confirmUpload('h1'))
      .thenRefused('C213')
      .saying('h1 is not the newest document about anything');
  });
});
