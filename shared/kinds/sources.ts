import { z } from 'zod';
import { CutoverError } from '../core/errors.ts';
import type { PlanStep } from '../core/plan.ts';
import type { ReadingSource } from '../core/state.ts';
import type { Sql } from './kind-ports.ts';
import type { KindVerdict } from './kind.ts';
import { notYet } from './verdicts.ts';

/** The sources a gate may be told to accept, of those its kind can read; absent, the kind's own choice holds. */
export const acceptsSchema = <const S extends ReadingSource>(possible: readonly [S, ...S[]]) =>
  z
    .array(z.enum(possible))
    .min(1)
    .max(possible.length)
    .refine((sources) => new Set(sources).size === sources.length, { error: 'names a source twice' })
    .optional()
    .meta({
      description: `Which sources of readings the gate accepts, of ${possible.join(', ')}; absent: all of them${(possible as readonly ReadingSource[]).includes('stated') ? ' but stated' : ''}.`,
    });

/** What a gate that reads servers can accept: the app asks them itself, or a collector does. */
export const READ = ['pulled', 'pushed'] as const;

/** What such a gate can be told to accept: a statement stands in only where the plan says so. */
export const READ_OR_STATED = [...READ, 'stated'] as const;

/** Why a reading does not count for a gate although it is good: it comes from a source the plan does not accept there. */
export const lackOfSource = (
  accepted: readonly ReadingSource[] | null,
  source: ReadingSource,
): KindVerdict | null => {
  if (accepted === null || accepted.includes(source)) return null;
  return notYet({
    code: 'source-not-accepted',
    message: `The reading is ${source}, and the plan accepts here only what is ${accepted.join(' or ')}`,
    who: 'cutover manager',
    next: `Have it read by a source the plan accepts, or propose a revision of the plan that accepts ${source} here.`,
  });
};

/** Whether any of these is read from a server. */
export const isRead = (accepts: readonly ReadingSource[]): boolean =>
  READ.some((source) => accepts.includes(source));

const chosen = z.object({ accepts: z.array(z.enum(['pulled', 'pushed', 'file', 'stated'])).optional() });

/** Whether a step reads servers by what its plan accepts; it does where the plan does not say. */
export const readsServers = ({ params }: Pick<PlanStep, 'params'>): boolean =>
  isRead(chosen.safeParse(params).data?.accepts ?? READ);

/** Whether the server cannot be read as things are: unreachable, refused, without the right, or its collector is silent. */
export const isAccessRefused = (error: unknown): boolean =>
  error instanceof CutoverError && isAccessCode(error.code);

/** The same by the code of the error. */
export const isAccessCode = (code: string): boolean => ['C501', 'C502', 'C503', 'C506'].includes(code);

/** The same port, and the sources of what was asked through it: so no kind can forget to say that a collector read for it. */
export const notingSources = (
  sql: Sql,
): { readonly sql: Sql; readonly used: () => readonly ReadingSource[] } => {
  const used = new Set<ReadingSource>();
  return {
    used: () => [...used],
    sql: {
      sourceOf: sql.sourceOf,
      query: (statement, parameters) => {
        used.add(sql.sourceOf(statement.server));
        return sql.query(statement, parameters);
      },
    },
  };
};
