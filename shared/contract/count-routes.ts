import { z } from 'zod';
import {
  countsQuerySchema,
  coverageSchema,
  differencesQuerySchema,
  differencesSchema,
  mismatchesQuerySchema,
  mismatchesSchema,
  snapshotHashSchema,
  snapshotLineSchema,
  snapshotsQuerySchema,
  tableTrendQuerySchema,
  tableTrendSchema,
  trendQuerySchema,
  trendSchema,
} from './counts.ts';
import { MISSING, ok, SIGNED_IN } from './replies.ts';
import { get, none, ofCutover } from './route.ts';

const ofSnapshot = ofCutover.extend({ hash: snapshotHashSchema });
const read = { ...SIGNED_IN, ...MISSING } as const;

/** Row counts, and what can be said of them. */
export const COUNT_ROUTES = {
  'get-counts': get(
    'cutovers/{cutoverId}/counts',
    'The newest snapshots and their mismatches, now or as of a moment',
    'observer',
    ofCutover,
    countsQuerySchema,
    { ...ok('Counts'), ...read },
  ),
  'list-snapshots': get(
    'cutovers/{cutoverId}/snapshots',
    'Its snapshots of one method, newest first',
    'observer',
    ofCutover,
    snapshotsQuerySchema,
    {
      ...ok('A page', z.object({ snapshots: z.array(snapshotLineSchema), next: z.string().nullable() })),
      ...read,
    },
  ),
  'get-snapshot': get(
    'cutovers/{cutoverId}/snapshots/{hash}',
    'One snapshot with every table, as the hash covers it',
    'observer',
    ofSnapshot,
    none,
    { ...ok('The snapshot'), ...read },
  ),
  'export-snapshot': get(
    'cutovers/{cutoverId}/snapshots/{hash}/csv',
    'One snapshot as a file that is safe to open in a spreadsheet',
    'observer',
    ofSnapshot,
    none,
    {
      200: { description: 'One table a line', schema: z.string(), contentType: 'text/csv' },
      ...read,
    },
  ),
  'compare-snapshots': get(
    'cutovers/{cutoverId}/snapshots/{hash}/differences/{other}',
    'What differs between a snapshot and another one',
    'observer',
    ofSnapshot.extend({ other: snapshotHashSchema }),
    differencesQuerySchema,
    { ...ok('A page', differencesSchema), ...read },
  ),
  'list-mismatches': get(
    'cutovers/{cutoverId}/mismatches',
    'Tables not proven equal, or doubtfully so, with verdict and reason, the worst first',
    'observer',
    ofCutover,
    mismatchesQuerySchema,
    { ...ok('A page', mismatchesSchema), ...read },
  ),
  'get-trend': get(
    'cutovers/{cutoverId}/trend',
    'When everything will have arrived, by class and overall',
    'observer',
    ofCutover,
    trendQuerySchema,
    { ...ok('The trend', trendSchema), ...read },
  ),
  'get-table-trend': get(
    'cutovers/{cutoverId}/trend/table',
    'The newest looks at one table, and when its rows will have arrived',
    'observer',
    ofCutover,
    tableTrendQuerySchema,
    { ...ok('The trend', tableTrendSchema), ...read },
  ),
  'get-coverage': get(
    'cutovers/{cutoverId}/coverage',
    'Which share of tables and rows was compared, and how old the oldest look is',
    'observer',
    ofCutover,
    none,
    { ...ok('The coverage', coverageSchema), ...read },
  ),
} as const;
