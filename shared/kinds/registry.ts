import { approval } from './approval.ts';
import { backupSource } from './backup-source.ts';
import { baseline } from './baseline.ts';
import { dataUpgrade } from './data-upgrade.ts';
import type { Kind } from './kind.ts';
import { openAccess } from './open-access.ts';
import { preflight } from './preflight.ts';
import { reconcile } from './reconcile.ts';
import { refreshDatabase } from './refresh-database.ts';
import { replicationGate } from './replication-gate.ts';
import { replicationWatch } from './replication-watch.ts';
import { smokeTest } from './smoke-test.ts';
import { stopAos } from './stop-aos.ts';
import { task } from './task.ts';
import { toolkit } from './toolkit.ts';
import { validateCounts } from './validate-counts.ts';

/** Every step kind: one function and one queue each; a new kind is a file and a line here. */
export const KINDS: readonly Kind[] = [
  preflight,
  toolkit,
  replicationGate,
  replicationWatch,
  approval,
  stopAos,
  backupSource,
  baseline,
  validateCounts,
  dataUpgrade,
  refreshDatabase,
  reconcile,
  task,
  smokeTest,
  openAccess,
];

/** Every step kind by its name. */
export const KIND_BY_NAME: ReadonlyMap<string, Kind> = new Map(KINDS.map((kind) => [kind.name, kind]));
