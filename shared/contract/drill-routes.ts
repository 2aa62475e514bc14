import { z } from 'zod';
import { drillBodySchema, drillDownSchema, drillLineSchema } from './drill-down.ts';
import { CHANGES, MISSING, ok, problem, SIGNED_IN } from './replies.ts';
import { get, keyed, none, ofCutover, post } from './route.ts';

const ofDrillDown = ofCutover.extend({ hash: z.string().regex(/^[0-9a-f]{64}$/) });
const read = { ...SIGNED_IN, ...MISSING } as const;

/** Narrowing the difference of a table down to its rows. */
export const DRILL_ROUTES = {
  'drill-down': post(
    'cutovers/{cutoverId}/drill-downs',
    'Narrow the difference of a table down to companies, ranges of RECID and rows; takes up to three minutes',
    {
      ...keyed,
      replies: {
        ...CHANGES,
        409: problem('The table does not differ or cannot be narrowed down, or the Idempotency-Key was used'),
        502: problem('A SQL Server gave an answer that is not readable'),
        503: problem('A server does not answer or is busy counting: send it again later'),
      },
    },
    ofCutover,
    drillBodySchema,
  ),
  'list-drill-downs': get(
    'cutovers/{cutoverId}/drill-downs',
    'The newest drill-down of each table, newest first',
    'observer',
    ofCutover,
    none,
    { ...ok('Drill-downs', z.object({ drillDowns: z.array(drillLineSchema) })), ...read },
  ),
  'get-drill-down': get(
    'cutovers/{cutoverId}/drill-downs/{hash}',
    'What one of them found',
    'observer',
    ofDrillDown,
    none,
    { ...ok('What was found', drillDownSchema), ...read },
  ),
  'export-drill-down': get(
    'cutovers/{cutoverId}/drill-downs/{hash}/csv',
    'The same as a file that is safe to open in a spreadsheet',
    'observer',
    ofDrillDown,
    none,
    {
      200: { description: 'One row or range a line', schema: z.string(), contentType: 'text/csv' },
      ...read,
    },
  ),
} as const;
