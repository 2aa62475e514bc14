import { isAosUp } from '../../../local/world/activity.ts';
import { sourceRows, targetRows } from '../../../local/world/counts.ts';
import { arrivedAt, deliveredRun, pendingCommands } from '../../../local/world/delivery.ts';
import { operationsAt, refreshedAt } from '../../../local/world/environments.ts';
import type { Scene } from '../../../local/world/history.ts';
import { eventsOf } from '../../../local/world/history.ts';
import type { Publication } from '../../../local/world/publications.ts';
import { distributionExists, publicationsAt } from '../../../local/world/publications.ts';
import { toolkitRuns } from '../../../local/world/toolkit-runs.ts';
import { upgradeAt } from '../../../local/world/upgrade.ts';
import type { PlanStep } from '../../../shared/core/plan.ts';
import type { Check } from './history.ts';
import { plannedIn, stagesOfType, stepIn } from './history.ts';

/** A step that has just succeeded: the world at that instant, and the state before. */
type Success = {
  readonly scene: Scene;
  readonly planned: PlanStep;
  readonly at: number;
  readonly openedAt: number;
  /** When the stop of AX was proved; null before that. */
  readonly axOffAt: number | null;
};
type Lie = string | null;

/** Clocks of processes and the rounding of histories to whole minutes. */
const TOLERANCE_MS = 70_000;

const upAt = (scene: Scene, at: number): readonly string[] =>
  scene.options.aosHosts.filter((host) => isAosUp(scene, host, at));

/** Whether somebody had started AX when its stop was proved and it came up afterwards: then later proofs cannot know. */
const wasRevived = ({ scene, at, axOffAt }: Success): boolean =>
  axOffAt !== null &&
  eventsOf(scene, 'aos-started').some((event) => {
    const upFrom = event.at + scene.options.durations.startAosMs;
    return upFrom > axOffAt - TOLERANCE_MS && upFrom <= at;
  });

const inClasses = ({ scene, planned, at }: Success): readonly Publication[] => {
  const { classes } = planned.params as { readonly classes: readonly string[] };
  return publicationsAt(scene, at).filter((publication) => classes.includes(publication.class));
};

const axRuns = ({ scene, at }: Success): Lie => {
  const hosts = upAt(scene, at);
  return hosts.length === 0 ? null : `AX runs on ${hosts.join(', ')}`;
};

const noBackup = (success: Success): Lie => {
  const { scene, at } = success;
  const isGood = ({ at: startedAt }: { readonly at: number }): boolean =>
    startedAt + scene.options.durations.backupMs <= at && upAt(scene, startedAt).length === 0;
  if (wasRevived(success) || eventsOf(scene, 'backup-started').some(isGood)) return null;
  return 'no backup was taken while AX was off';
};

const tracerMissing = ({ scene, at, openedAt }: Success, publication: Publication): boolean =>
  publication.transactional &&
  !eventsOf(scene, 'tracer-posted').some(
    (event) =>
      event.publication === publication.name &&
      event.at >= openedAt - TOLERANCE_MS &&
      arrivedAt(scene, publication, event.at, at) !== null,
  );

const gateLies = (success: Success): Lie => {
  const { scene, planned, at } = success;
  const { goal, tracer } = planned.params as { readonly goal: string; readonly tracer: boolean };
  const publications = inClasses(success);
  if (publications.length === 0) return 'nothing is published';
  const undelivered = publications.find((publication) => deliveredRun(scene, publication, at) === null);
  if (undelivered) return `the snapshot of ${undelivered.name} is not delivered`;
  if (goal !== 'drained' || wasRevived(success)) return null;
  const behind = publications.find((publication) => pendingCommands(scene, publication, at) > 0);
  if (behind) return `commands of ${behind.name} are under way`;
  const unmarked = tracer ? publications.find((publication) => tracerMissing(success, publication)) : null;
  return unmarked ? `no tracer token of ${unmarked.name} has arrived` : null;
};

const countsDiffer = (success: Success): Lie => {
  if (wasRevived(success)) return null;
  const { scene, at } = success;
  const [source, target] = [sourceRows(scene, at), targetRows(scene, at)];
  const names = inClasses(success).flatMap(({ articles }) => articles.map(({ name }) => name));
  const differs = names.find((name) => source.get(name) !== target.get(name));
  if (names.length === 0) return 'nothing is published';
  return differs === undefined
    ? null
    : `${differs} has ${source.get(differs)} and ${target.get(differs)} rows`;
};

const upgradeRuns = ({ scene, at }: Success): Lie => {
  const upgrade = upgradeAt(scene, at);
  const open = upgrade?.steps.find(({ status }) => status !== 'Completed');
  if (upgrade === null) return 'no upgrade was triggered';
  return open === undefined ? null : `${open.step} is ${open.status}`;
};

const notRefreshed = ({ scene, at, openedAt }: Success): Lie =>
  operationsAt(scene, 'production', at).some(
    ({ type, startedAt, endedAt }) =>
      type === 'DatabaseRefresh' && startedAt >= openedAt - TOLERANCE_MS && endedAt !== null,
  )
    ? null
    : 'no refresh that was asked for has ended';

/** What is so before entry 1 as well, or is not read at all: then somebody's word is all there is. */
const isProof = ({ is, state }: { readonly is: string; readonly state?: string }): boolean =>
  is !== 'stated' && state !== 'Deployed';

const entryNotRun = ({ scene, planned, at }: Success): Lie => {
  const { entry, expects } = planned.params as { entry: number; expects: readonly { is: string }[] };
  if (!expects.some(isProof)) return null;
  const isRun = toolkitRuns(scene, at).some((run) => run.entry === entry && run.finishesAt <= at);
  return isRun ? null : `toolkit entry ${entry} was not run`;
};

/** By kind: what the world says against a step that succeeded; null where it agrees. */
const LIES: Readonly<Record<string, (success: Success) => Lie>> = {
  'stop-aos': axRuns,
  'backup-source': noBackup,
  'replication-gate': gateLies,
  'validate-counts': countsDiffer,
  'data-upgrade': upgradeRuns,
  'refresh-database': notRefreshed,
  toolkit: entryNotRun,
  'replication-watch': ({ scene, at }) =>
    distributionExists(scene, at) ? 'replication is not removed' : null,
  'smoke-test': ({ scene, at }) =>
    refreshedAt(scene, 'production', at) === null ? 'production was not refreshed' : null,
};

/** I8, by the world itself: what a step took for proved was so when it succeeded. */
const checkProofs =
  (scene: () => Scene): Check =>
  (history, fail) => {
    let axOffAt: number | null = null;
    return (_, chapter) => {
      if (chapter === null) return;
      for (const { event, before } of stagesOfType(chapter, 'step-succeeded')) {
        const { stepId } = event;
        const { at } = chapter.fact;
        const planned = plannedIn(history, stepId);
        const openedAt = stepIn(before, stepId).wait?.openedAt ?? 0;
        const lie = LIES[planned.kind]?.({ scene: scene(), planned, at, openedAt, axOffAt }) ?? null;
        if (lie !== null) fail('I8', `${stepId} succeeded, but in the world ${lie}`);
        if (planned.kind === 'stop-aos') axOffAt = at;
      }
    };
  };

/**
 * I10, by the world itself: every tracer token was announced, or posted by hand; one announcement posts one into each
 * publication.
 */
const checkTokens =
  (scene: () => Scene, handPosted: ReadonlyMap<string, number>): Check =>
  (history, fail) => {
    let announced = 0;
    const isGate = (stepId: string): boolean => plannedIn(history, stepId).kind === 'replication-gate';
    return (_, chapter) => {
      if (chapter === null) return;
      announced += stagesOfType(chapter, 'step-opened', 'effect-repeated').filter(
        ({ event }) => isGate(event.stepId) && (event.type === 'effect-repeated' || event.effect !== null),
      ).length;
      const posted = Map.groupBy(eventsOf(scene(), 'tracer-posted'), ({ publication }) => publication);
      for (const [publication, { length }] of posted) {
        const due = announced + (handPosted.get(publication) ?? 0);
        if (length > due) fail('I10', `${publication} got ${length} tokens, announced were ${due}`);
      }
    };
  };

/** What the log claims and the world it is about denies; `handPosted` counts the tokens that people posted. */
export const truthChecks = (
  scene: () => Scene,
  handPosted: ReadonlyMap<string, number>,
): readonly Check[] => [checkProofs(scene), checkTokens(scene, handPosted)];
