import { DEFAULT_CENSUS } from './ax-tables.ts';
import type { Durations, WorldOptions } from './history.ts';

const MINUTE = 60_000;

/** With these a whole mock takes between ten and sixteen hours of the world's time. */
export const DEFAULT_DURATIONS: Durations = {
  toolkitMs: {
    1: 3 * MINUTE,
    2: 4 * MINUTE,
    3: 8 * MINUTE,
    4: 4 * MINUTE,
    5: 10 * MINUTE,
    6: 2 * MINUTE,
    7: 4 * MINUTE,
    8: 6 * MINUTE,
    9: 2 * MINUTE,
    10: 2 * MINUTE,
    11: 45 * MINUTE,
  },
  snapshotMs: 8 * MINUTE,
  deliveryMs: 17 * MINUTE,
  stopAosMs: 3 * MINUTE,
  startAosMs: 4 * MINUTE,
  backupMs: 22 * MINUTE,
  republishMs: 6 * MINUTE,
  upgradeMs: 150 * MINUTE,
  refreshMs: 110 * MINUTE,
};

/** What makes a world differ from the default one. */
export type WorldSettings = Partial<Omit<WorldOptions, 'begunAt' | 'durations'>> & {
  readonly begunAt: number;
  readonly durations?: Partial<Durations>;
};

/** The default customer: AX 2012 R3 on a server an hour ahead of UTC, two environments, four publishers. */
export const worldOptions = (settings: WorldSettings): WorldOptions => ({
  seed: 2012,
  census: DEFAULT_CENSUS,
  publishers: 4,
  aosHosts: ['AXAOS01', 'AXAOS02', 'AXBATCH01'],
  companies: ['usmf', 'demf', 'dkmf', 'semf'],
  source: { server: 'AXSQL01', database: 'AX2012PROD', utcOffsetMs: 60 * MINUTE, skewMs: 2_300 },
  target: { server: 'spartan-srv-eu-d365opsprod-41', database: 'db_d365opsprod_uat_ax' },
  lcs: {
    projectId: '1234567',
    sandboxEnvironmentId: '5f9d2a40-6c1e-4d0b-9a57-1f2e8c7b3a61',
    productionEnvironmentId: 'c3b1e7d2-08a4-4f6e-b5c9-7d40a9e61b52',
    release: '10.0.44',
  },
  faults: new Set(),
  ...settings,
  durations: { ...DEFAULT_DURATIONS, ...settings.durations },
});
