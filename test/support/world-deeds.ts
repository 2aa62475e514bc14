import { vi } from 'vitest';
import type { Outcome, ToolkitEntry } from '../../local/world/history.ts';
import { publicationsAt } from '../../local/world/publications.ts';
import type { World } from '../../local/world/world.ts';

/** Waits, on the world's own clock, until a deed is done; the stage's clock must be a fast one. */
const finish = async (world: World, outcome: Outcome): Promise<void> => {
  if (!outcome.accepted) throw new Error(outcome.message);
  await vi.waitUntil(() => world.clock.now() >= outcome.finishesAt, { timeout: 60_000, interval: 10 });
};

/** Runs these entries of the toolkit one after the other. */
export const runToolkit = async (world: World, ...entries: readonly ToolkitEntry[]): Promise<void> => {
  for (const entry of entries) await finish(world, world.act.toolkit(entry));
};

/** Sets up replication, delivers what is published before the downtime, and stops AX. */
export const replicateAndStop = async (world: World): Promise<void> => {
  await runToolkit(world, 1, 2, 3, 4, 5);
  const started = publicationsAt(world.scene(), world.clock.now()).map(({ name }) =>
    world.act.startSnapshot(name),
  );
  for (const outcome of started) await finish(world, outcome);
  for (const host of world.scene().options.aosHosts) await finish(world, world.act.stopAos(host));
  const { snapshotMs, deliveryMs } = world.scene().options.durations;
  const deliveredAt = world.clock.now() + 2 * (snapshotMs + deliveryMs);
  await vi.waitUntil(() => world.clock.now() >= deliveredAt, { timeout: 60_000, interval: 50 });
};
