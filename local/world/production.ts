import { chanceBetween } from './chance.ts';
import { refreshedAt } from './environments.ts';
import { eventsOf, type Scene } from './history.ts';

/** A user of the production environment. */
export type ProductionUser = {
  readonly userId: string;
  readonly company: string;
  readonly isEnabled: boolean;
  readonly isAdmin: boolean;
};

/** A batch job of the production environment. */
export type BatchJob = {
  readonly id: number;
  readonly caption: string;
  readonly status: 'Withhold' | 'Waiting';
};

const USERS_PER_COMPANY = 24;
const BATCH_JOBS = [
  'Master planning',
  'Inventory closing',
  'Currency rate import',
  'Document routing',
  'Workflow message processing',
  'Email distributor',
  'Database statistics',
];

/** The companies whose users were let in since the refresh. */
export const openCompanies = (scene: Scene, now: number): ReadonlySet<string> => {
  const since = refreshedAt(scene, 'production', now);
  if (since === null) return new Set();
  return new Set(
    eventsOf(scene, 'access-opened')
      .filter(({ at }) => at >= since)
      .flatMap(({ companies }) => companies),
  );
};

/** The users of production: before the refresh only the administrator is there, after it all, and disabled. */
export const usersAt = (scene: Scene, now: number): readonly ProductionUser[] => {
  const admin = { userId: 'Admin', company: 'DAT', isEnabled: true, isAdmin: true };
  if (refreshedAt(scene, 'production', now) === null) return [admin];
  const open = openCompanies(scene, now);
  const users = scene.options.companies.flatMap((company) =>
    Array.from({ length: USERS_PER_COMPANY }, (_, index): ProductionUser => ({
      userId: `${company}${String(index + 1).padStart(3, '0')}`,
      company,
      isEnabled: open.has(company),
      isAdmin: false,
    })),
  );
  return [admin, ...users];
};

/** The batch jobs of production: a refresh brings them and withholds them all. */
export const batchJobsAt = (scene: Scene, now: number): readonly BatchJob[] => {
  const since = refreshedAt(scene, 'production', now);
  if (since === null) return [];
  const isReleased = eventsOf(scene, 'batch-released').some(({ at }) => at >= since);
  return BATCH_JOBS.map((caption, index) => ({
    id: 5_637_144_576 + chanceBetween(0, 900, scene.options.seed, 'batch', caption) + index,
    caption,
    status: isReleased ? 'Waiting' : 'Withhold',
  }));
};
