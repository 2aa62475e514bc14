import type { Clock } from '../../shared/adapters/clock.ts';
import { isAosUp, isAosWanted, stoppedAt } from './activity.ts';
import { makeAxTables, withGiant } from './ax-tables.ts';
import {
  nextActivityId,
  operationsAt,
  refreshedAt,
  refusalOfRefresh,
  type EnvironmentName,
} from './environments.ts';
import type { Outcome, Scene, ToolkitEntry, WorldEvent, WorldOptions } from './history.ts';
import { designPublications, publicationsAt } from './publications.ts';
import { refusalOfSnapshot, snapshotRuns } from './snapshots.ts';
import { refusalOfEntry, refusalOfReset, sandboxStateAt } from './toolkit.ts';
import type { TroubleName } from './troubles.ts';
import { nextTracerId, refusalOfTracer } from './tracers.ts';

/**
 * The customer's systems. What happened is kept as events; everything they show is a pure function of the scene and the
 * time, so that nobody has to wait for a timer and two who ask at one time see the same.
 */
export type World = {
  readonly clock: Clock;
  readonly scene: () => Scene;
  /** What people and systems can do; each is refused where the real thing would refuse it. */
  readonly act: Actions;
};

/** See {@link World}. Outcomes tell when what was begun will be finished. */
export type Actions = {
  readonly toolkit: (entry: ToolkitEntry) => Outcome;
  /** The toolkit's `Reset-rep`. */
  readonly resetReplication: () => Outcome;
  readonly startSnapshot: (publication: string) => Outcome;
  readonly postTracer: (
    publication: string,
  ) =>
    | { readonly accepted: true; readonly tracerId: number }
    | { readonly accepted: false; readonly number: number; readonly message: string };
  readonly stopAos: (host: string) => Outcome;
  readonly startAos: (host: string) => Outcome;
  readonly takeBackup: () => Outcome;
  /** Lets trouble befall replication, or ends it as whoever mends it would. */
  readonly trouble: (trouble: TroubleName, begins: boolean) => Outcome;
  /** The toolkit's publication for mismatched tables, offered by its report `dv`. */
  readonly republish: (tables: readonly string[]) => Outcome;
  readonly resumeUpgrade: () => Outcome;
  readonly startRefresh: (
    target: EnvironmentName,
    by: 'person' | 'api',
  ) =>
    | { readonly accepted: true; readonly finishesAt: number; readonly activityId: string }
    | { readonly accepted: false; readonly message: string };
  readonly signOff: (environment: EnvironmentName) => Outcome;
  readonly releaseBatch: () => Outcome;
  readonly openAccess: (wave: string, companies: readonly string[]) => Outcome;
};

const refused = (message: string): Outcome & { readonly accepted: false } => ({ accepted: false, message });

/** Begins a world, or takes one up again where `history` left it. */
export const makeWorld = (
  clock: Clock,
  options: WorldOptions,
  history: readonly WorldEvent[] = [],
): World => {
  const ordinary = makeAxTables(options.census, options.seed);
  const tables = options.faults.has('giant-table') ? withGiant(ordinary) : ordinary;
  const designs = designPublications(tables, options.publishers);
  let events = history;
  const scene = (): Scene => ({ options, tables, designs, history: events });
  const take: Take = (event, durationMs = 0) => {
    events = [...events, event];
    return { accepted: true, finishesAt: event.at + durationMs };
  };
  const now = (): number => Math.max(clock.now(), events.at(-1)?.at ?? options.begunAt);
  return {
    clock,
    scene,
    act: {
      ...replicationActions(scene, now, take),
      ...serverActions(scene, now, take),
      ...environmentActions(scene, now, take),
    },
  };
};

type Take = (event: WorldEvent, durationMs?: number) => Outcome;

const replicationActions = (
  scene: () => Scene,
  now: () => number,
  take: Take,
): Pick<
  Actions,
  'toolkit' | 'resetReplication' | 'startSnapshot' | 'postTracer' | 'republish' | 'resumeUpgrade'
> => {
  const resumeUpgrade = (): Outcome => {
    const state = sandboxStateAt(scene(), now());
    if (state !== 'Failed') return refused(`There is nothing to resume: the environment is ${state}.`);
    return take({ type: 'upgrade-resumed', at: now() });
  };
  return {
    resumeUpgrade,
    toolkit: (entry) => {
      const refusal = refusalOfEntry(scene(), entry, now());
      if (refusal !== null) return refused(refusal);
      if (entry === 10 && sandboxStateAt(scene(), now()) === 'Failed') return resumeUpgrade();
      return take({ type: 'toolkit-run', entry, at: now() }, scene().options.durations.toolkitMs[entry]);
    },
    resetReplication: () => {
      const refusal = refusalOfReset(scene(), now());
      return refusal === null ? take({ type: 'replication-reset', at: now() }) : refused(refusal);
    },
    startSnapshot: (name) => {
      const publication = publicationsAt(scene(), now()).find((candidate) => candidate.name === name);
      const refusal = refusalOfSnapshot(scene(), publication, now());
      if (publication === undefined || refusal !== null) return refused(refusal ?? '');
      take({ type: 'snapshot-started', publication: name, at: now() });
      const run = snapshotRuns(scene(), publication).at(-1);
      return { accepted: true, finishesAt: run?.deliveredAt ?? run?.endsAt ?? now() };
    },
    postTracer: (publication) => {
      const refusal = refusalOfTracer(scene(), publication, now());
      if (refusal !== null) return { accepted: false, ...refusal };
      const tracerId = nextTracerId(scene());
      take({ type: 'tracer-posted', publication, tracerId, at: now() });
      return { accepted: true, tracerId };
    },
    republish: (tables) => {
      const isSetUp = publicationsAt(scene(), now()).some(({ class: of }) => of === 'non-keyed');
      if (!isSetUp) return refused('The report "dv" offers this between the entries 7 and 8 only.');
      return take({ type: 'republished', tables, at: now() }, scene().options.durations.republishMs);
    },
  };
};

const serverActions = (
  scene: () => Scene,
  now: () => number,
  take: Take,
): Pick<Actions, 'stopAos' | 'startAos' | 'takeBackup' | 'trouble'> => ({
  stopAos: (host) => {
    const { aosHosts, durations } = scene().options;
    if (!aosHosts.includes(host)) return refused(`There is no host ${host}.`);
    if (!isAosWanted(scene(), host)) {
      const stoppedSince = stoppedAt(scene(), host) ?? now();
      return { accepted: true, finishesAt: Math.max(now(), stoppedSince + durations.stopAosMs) };
    }
    return take({ type: 'aos-stopped', host, at: now() }, durations.stopAosMs);
  },
  startAos: (host) => {
    const { aosHosts, durations } = scene().options;
    if (!aosHosts.includes(host)) return refused(`There is no host ${host}.`);
    if (isAosWanted(scene(), host) || isAosUp(scene(), host, now())) {
      return refused(`The service on ${host} is running, starting or stopping.`);
    }
    return take({ type: 'aos-started', host, at: now() }, durations.startAosMs);
  },
  trouble: (trouble, begins) =>
    take({ type: begins ? 'trouble-begun' : 'trouble-ended', trouble, at: now() }),
  takeBackup: () => take({ type: 'backup-started', at: now() }, scene().options.durations.backupMs),
});

const environmentActions = (
  scene: () => Scene,
  now: () => number,
  take: Take,
): Pick<Actions, 'startRefresh' | 'signOff' | 'releaseBatch' | 'openAccess'> => {
  const afterRefresh = (event: WorldEvent): Outcome =>
    refreshedAt(scene(), 'production', now()) === null
      ? refused('Production has not been refreshed.')
      : take(event);
  return {
    startRefresh: (target, by) => {
      const refusal = refusalOfRefresh(scene(), target, now());
      if (refusal !== null) return refused(refusal);
      const activityId = nextActivityId(scene());
      const at = now();
      take({ type: 'refresh-started', target, by, activityId, at });
      return { accepted: true, finishesAt: at + scene().options.durations.refreshMs, activityId };
    },
    signOff: (environment) => {
      const completed = operationsAt(scene(), environment, now()).find(
        ({ type, status }) => type === 'DatabaseRefresh' && status === 'Completed',
      );
      return completed === undefined
        ? refused('There is no completed operation to sign off.')
        : take({ type: 'refresh-signed-off', activityId: completed.activityId, at: now() });
    },
    releaseBatch: () => afterRefresh({ type: 'batch-released', at: now() }),
    openAccess: (wave, companies) => {
      const unknown = companies.filter((company) => !scene().options.companies.includes(company));
      if (unknown.length > 0) return refused(`There is no company ${unknown.join(', ')}.`);
      return afterRefresh({ type: 'access-opened', wave, companies, at: now() });
    },
  };
};
