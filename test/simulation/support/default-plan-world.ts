import type { FaultName } from '../../../local/world/history.ts';
import { worldOptions } from '../../../local/world/options.ts';
import type { World } from '../../../local/world/world.ts';
import { makeWorld } from '../../../local/world/world.ts';
import { makeChance } from './random.ts';
import type { VirtualTime } from './virtual-time.ts';
import { START_OF_TIME } from './virtual-time.ts';

/** A customer of every class of tables, with all those the figures of finance are read from, and no more than a seed can afford. */
const SMALL = { keyed: 17, 'non-keyed': 4, locked: 2, special: 2, ignored: 2 };
const WORLD_FAULTS: readonly FaultName[] = ['snapshot-agent-fails', 'rows-lost', 'upgrade-fails-once'];

/** The customer's systems of one seed; some begin with trouble of their own. */
export const makePlanWorld = (seed: number, time: VirtualTime): World => {
  const chance = makeChance(`${seed} world`);
  const faults = new Set(WORLD_FAULTS.filter(() => chance.happens(0.25)));
  const options = { seed: chance.below(2 ** 31), begunAt: START_OF_TIME, census: SMALL, faults };
  const world = makeWorld({ now: time.now }, worldOptions(options));
  // A refresh somebody tried out shortly before is in the history, and is not the one the plan asks for.
  if (chance.happens(0.3)) world.act.startRefresh('production', 'person');
  return world;
};
