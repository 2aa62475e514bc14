import type { HttpResponseInit } from '@azure/functions';
import { isRefused } from '../../shared/core/draft.ts';
import type { Answer } from '../../shared/core/draft.ts';
import type { ErrorCode } from '../../shared/core/errors.ts';
import { CutoverError, ERRORS } from '../../shared/core/errors.ts';
import { textWithoutSecrets } from '../../shared/engine/secret-text.ts';
import { iso } from '../../shared/view/instant.ts';

/** HTTP statuses that are not what the family of their code says. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  C202: 413,
  C203: 401,
  C204: 401,
  C206: 404,
  C208: 409,
  C209: 403,
  C210: 409,
  C211: 410,
  C212: 409,
  C213: 409,
  C214: 403,
  C215: 409,
  C216: 409,
  C217: 409,
  C218: 422,
  C219: 410,
  C220: 409,
  C221: 403,
  C301: 422,
  C102: 422,
  C103: 409,
  C505: 502,
  C607: 409,
  C608: 409,
};

const statusOf = (code: ErrorCode): number => {
  const own = STATUS[code];
  if (own !== undefined) return own;
  if (code.startsWith('C2')) return 400;
  if (code.startsWith('C3')) return 409;
  return ERRORS[code].retriable ? 503 : 500;
};

const reply = (code: ErrorCode, detail: string, problems: readonly string[]): HttpResponseInit => {
  const { title, retriable, next } = ERRORS[code];
  const status = statusOf(code);
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...(retriable ? { 'retry-after': '5' } : {}) },
    body: JSON.stringify({
      type: `urn:ax-cutover:error:${code}`,
      title,
      status,
      detail,
      code,
      retriable,
      next,
      problems,
    }),
  };
};

/** Any error as problem details; what is not of the catalogue says nothing of itself. */
export const problemOf = (error: unknown): HttpResponseInit => {
  if (error instanceof CutoverError) {
    // Of requests and plans (C2xx, C3xx) it quotes the caller; of anything else perhaps what the outside said.
    const detail = /^C[23]/.test(error.code) ? error.message : textWithoutSecrets(error.message);
    return reply(error.code, detail, error.problems);
  }
  return reply('C901', 'An unexpected error; the log names it by the invocation id.', []);
};

/** Details as people read them: instants as the rest of the API writes them. */
const shown = (detail: Answer['detail']): Answer['detail'] =>
  Object.fromEntries(
    Object.entries(detail).map(([name, value]) => [
      name,
      typeof value === 'number' && /^at$|At$/.test(name) ? iso(value) : value,
    ]),
  );

/** The answer to an input: what it did, or the refusal as problem details. */
export const replyOf = (answer: Answer): HttpResponseInit => {
  const detail = shown(answer.detail);
  if (!isRefused(answer)) {
    const { code, message } = answer;
    return { status: 200, jsonBody: { code, message, detail } };
  }
  const facts = Object.entries(detail).flatMap(([name, value]) =>
    name === 'problems' && Array.isArray(value) ? value.map(String) : `${name}: ${JSON.stringify(value)}`,
  );
  return reply(answer.code, answer.message, facts);
};
