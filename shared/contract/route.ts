import { z } from 'zod';
import { deadLetterIdSchema } from './dead-letter.ts';
import { BODY_LIMIT_BYTES, cutoverIdSchema, stepIdSchema } from './http.ts';
import type { Reply } from './replies.ts';
import type { Role } from './role.ts';
import { ANSWERS, CHANGES } from './replies.ts';
import { proposalHashSchema } from './revision.ts';

/** One operation of the HTTP API: what it takes and every reply it may give. */
export type Route = {
  readonly method: 'GET' | 'POST';
  /** Below `/api/`, in the notation of Azure Functions. */
  readonly path: string;
  readonly summary: string;
  /**
   * A role: a signed-in person who has it; `machine`, `collector`: a Standard Webhooks signature, each by its own secrets;
   * `anyone`: neither.
   */
  readonly caller: 'anyone' | Role | 'machine' | 'collector';
  readonly idempotencyKey: 'required' | 'accepted' | 'none';
  readonly params: z.ZodType;
  readonly query: z.ZodType;
  readonly body: z.ZodType;
  /** The largest body it takes. */
  readonly bodyLimitBytes: number;
  readonly replies: Readonly<Record<number, Reply>>;
};

/** No parameters at all. */
export const none = z.strictObject({});
/** Parameters of a path that names a cutover. */
export const ofCutover = z.strictObject({ cutoverId: cutoverIdSchema });
/** … the proposal to change its plan. */
export const ofProposal = ofCutover.extend({ hash: proposalHashSchema });
/** … a step of it. */
export const ofStep = ofCutover.extend({ stepId: stepIdSchema });
/** … an attempt of the step. */
export const ofAttempt = ofStep.extend({ attempt: z.coerce.number().int().min(1).max(1_000_000) });

/** … a dead letter. */
export const ofDeadLetter = z.strictObject({ deadLetterId: deadLetterIdSchema });

/** An operation that only reads. */
export const get = <C extends Route['caller'], P extends z.ZodType, Q extends z.ZodType>(
  path: string,
  summary: string,
  caller: C,
  params: P,
  query: Q,
  replies: Route['replies'],
) =>
  ({
    method: 'GET',
    path,
    summary,
    caller,
    idempotencyKey: 'none',
    params,
    query,
    body: none,
    bodyLimitBytes: BODY_LIMIT_BYTES,
    replies,
  }) as const;

/** An operation that changes something, or checks a body. */
export const post = <C extends Route['caller'], P extends z.ZodType, B extends z.ZodType>(
  path: string,
  summary: string,
  options: Pick<Route, 'idempotencyKey' | 'replies'> &
    Partial<Pick<Route, 'bodyLimitBytes'>> & { readonly caller: C },
  params: P,
  body: B,
) =>
  ({
    method: 'POST',
    path,
    summary,
    bodyLimitBytes: BODY_LIMIT_BYTES,
    ...options,
    params,
    query: none,
    body,
  }) as const;

/** Something an operator does to a cutover, harmless to do twice. */
export const control = { caller: 'operator', idempotencyKey: 'accepted', replies: CHANGES } as const;
/** Something an operator does to a cutover. */
export const keyed = { ...control, idempotencyKey: 'required' } as const;
/** Something a system reports, signed. */
export const callback = { caller: 'machine', idempotencyKey: 'none', replies: ANSWERS } as const;
