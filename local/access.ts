import type { TdsFaults } from './tds/sql-handler.ts';
import type { TroubleName } from './world/troubles.ts';
import { isTroubled } from './world/troubles.ts';
import type { World } from './world/world.ts';

/** Which statement a right was for that somebody has taken away. */
const RIGHTS = {
  'source-right-revoked': 'replication-status',
  'health-right-revoked': 'source-health',
} as const satisfies Partial<Record<TroubleName, string>>;

const lasts = (world: World, trouble: TroubleName): boolean =>
  isTroubled(world.scene(), trouble, world.clock.now());

/** Whether the monitoring login may not run this statement of the catalogue any more. */
export const hasLostRight = (world: World, statement: string): boolean =>
  Object.entries(RIGHTS).some(
    ([trouble, lost]) => lost === statement && lasts(world, trouble as keyof typeof RIGHTS),
  );

/** Whether this statement of the catalogue takes the server too long now. */
export const isSlow = (world: World, statement: string): boolean =>
  statement === 'replication-status' && lasts(world, 'source-slow');

/** What troubles with access do to whoever connects to a server: sessions end, and nobody gets in again. */
export const accessFaults = (world: World, side: 'source' | 'target'): TdsFaults => {
  const isLocked = (): boolean =>
    lasts(world, side === 'source' ? 'source-login-lapses' : 'target-access-lapses');
  const isAway = (): boolean => side === 'source' && lasts(world, 'source-away');
  return {
    connect: () => (isAway() ? 'reset' : 'accept'),
    login: () => (isLocked() ? 'refuse' : 'accept'),
    answer: () => (isAway() || isLocked() ? 'reset' : 'send'),
  };
};
