import type { PlanStep } from '../shared/core/plan.ts';
import type { Outcome, ToolkitEntry } from './world/history.ts';
import { publicationsAt } from './world/publications.ts';
import { snapshotRuns } from './world/snapshots.ts';
import type { World } from './world/world.ts';

/** Something a person does to their own systems. */
export type Deed = () => Outcome;

const MINUTE_MS = 60_000;
/** How long it takes until somebody looks at Replication Monitor again. */
const NOTICE_MS = 20 * MINUTE_MS;

/** How long somebody needs who only looks, writes or talks: a small part of what is planned, so that a run is short. */
const talk = (world: World, step: PlanStep): Outcome => ({
  accepted: true,
  finishesAt: world.clock.now() + Math.min(step.plannedMs / 20, 6 * MINUTE_MS),
});

const all = (outcomes: readonly Outcome[]): Outcome => {
  const refusal = outcomes.find(({ accepted }) => !accepted);
  if (refusal !== undefined) return refusal;
  return {
    accepted: true,
    finishesAt: Math.max(0, ...outcomes.map((outcome) => (outcome.accepted ? outcome.finishesAt : 0))),
  };
};

/** Starts a snapshot and looks at Replication Monitor after it: one that failed is started again. */
const deliverSnapshot = (world: World, name: string): Outcome => {
  const publication = publicationsAt(world.scene(), world.clock.now()).find(
    (candidate) => candidate.name === name,
  );
  if (publication === undefined) return { accepted: false, message: `There is no publication ${name}.` };
  const last = snapshotRuns(world.scene(), publication).at(-1);
  const now = world.clock.now();
  const failed = last?.deliveredAt === null && last.endsAt + NOTICE_MS <= now;
  if (last === undefined || failed) {
    const started = world.act.startSnapshot(name);
    if (!started.accepted) return started;
    return deliverSnapshot(world, name);
  }
  if (last.deliveredAt === null)
    return { accepted: false, message: `The snapshot agent of ${name} is still at work.` };
  return { accepted: true, finishesAt: last.deliveredAt };
};

const startedByHand = (world: World, special: boolean): readonly string[] =>
  publicationsAt(world.scene(), world.clock.now())
    .filter((publication) => publication.startedByHand && (publication.class === 'special') === special)
    .map(({ name }) => name);

const task = (world: World, step: PlanStep): Outcome => {
  const { act } = world;
  const snapshot = /^start-snapshot-(\d+)$/.exec(step.id);
  if (snapshot !== null) {
    const name = startedByHand(world, false)[Number(snapshot[1]) - 1];
    return name === undefined ? talk(world, step) : deliverSnapshot(world, name);
  }
  switch (step.id) {
    case 'start-special-snapshots':
      return all([
        talk(world, step),
        ...startedByHand(world, true).map((name) => deliverSnapshot(world, name)),
      ]);
    case 'sign-off-refresh':
      return all([talk(world, step), act.signOff('production')]);
    case 'start-batch':
      return all([talk(world, step), act.releaseBatch()]);
    case 'restart-ax':
      return all(world.scene().options.aosHosts.map((host) => act.startAos(host)));
    default:
      return talk(world, step);
  }
};

/** What the owner of a step does before saying that it is done. */
export const deedOf =
  (world: World, step: PlanStep): Deed =>
  () => {
    const { act } = world;
    const params = step.params as Record<string, unknown>;
    switch (step.kind) {
      case 'toolkit':
        return act.toolkit(Number(params.entry) as ToolkitEntry);
      case 'stop-aos':
        return all(world.scene().options.aosHosts.map((host) => act.stopAos(host)));
      case 'backup-source':
        return act.takeBackup();
      case 'refresh-database': {
        const started = act.startRefresh('production', 'person');
        // It is reported when it has begun; that it ended is read in the history.
        return started.accepted ? { accepted: true, finishesAt: world.clock.now() + MINUTE_MS } : started;
      }
      case 'open-access':
        return act.openAccess(String(params.wave), params.companies as readonly string[]);
      default:
        return task(world, step);
    }
  };

/** What these people know to do about a failed step; null leaves it to whoever plays the cutover manager. */
export const remedyOf = (world: World, step: PlanStep): Deed | null =>
  step.kind === 'data-upgrade' ? () => world.act.resumeUpgrade() : null;
