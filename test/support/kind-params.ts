import { z } from 'zod';
import type { KindParams } from '../../shared/contract/read-plan.ts';

const NAMES = [
  'preflight',
  'toolkit',
  'replication-gate',
  'replication-watch',
  'approval',
  'stop-aos',
  'backup-source',
  'baseline',
  'validate-counts',
  'data-upgrade',
  'refresh-database',
  'reconcile',
  'task',
  'smoke-test',
  'open-access',
];

/** The parameter schemas of all kinds. */
export const kindParams = (): KindParams => new Map(NAMES.map((name) => [name, z.looseObject({})]));
