import type { AxTable, TableCensus } from './ax-tables.ts';
import type { PublicationDesign } from './publications.ts';
import type { TroubleName } from './troubles.ts';

/** An entry of the migration toolkit's menu. */
export type ToolkitEntry = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11;

/**
 * What can be made to go wrong:
 * `snapshot-agent-fails`: the first run of one keyed publication's snapshot agent fails; starting it again cures it.
 * `rows-lost`: one keyed table misses rows at the target for ever, unless it is republished.
 * `upgrade-fails-once`: the first data upgrade fails in PostSync; Resume cures it.
 * `sync-stalls-once`: in the first data upgrade the database synchronisation of DbSync stands still for three quarters of
 *   an hour.
 * `lcs-refuses`: Lifecycle Services refuses every operation asked for over its API, and now and then a query.
 * `giant-table`: one keyed table has two billion rows.
 */
export type FaultName =
  | 'snapshot-agent-fails'
  | 'rows-lost'
  | 'upgrade-fails-once'
  | 'sync-stalls-once'
  | 'lcs-refuses'
  | 'giant-table';

/** Something people or systems did to the world; everything the world shows follows from these and the time. */
export type WorldEvent = { readonly at: number } & (
  | { readonly type: 'toolkit-run'; readonly entry: ToolkitEntry }
  | { readonly type: 'replication-reset' }
  | { readonly type: 'snapshot-started'; readonly publication: string }
  | { readonly type: 'tracer-posted'; readonly publication: string; readonly tracerId: number }
  | { readonly type: 'aos-stopped'; readonly host: string }
  | { readonly type: 'aos-started'; readonly host: string }
  | { readonly type: 'backup-started' }
  | { readonly type: 'trouble-begun' | 'trouble-ended'; readonly trouble: TroubleName }
  | { readonly type: 'republished'; readonly tables: readonly string[] }
  | { readonly type: 'upgrade-resumed' }
  | {
      readonly type: 'refresh-started';
      readonly target: 'production' | 'sandbox';
      readonly by: 'person' | 'api';
      readonly activityId: string;
    }
  | { readonly type: 'refresh-signed-off'; readonly activityId: string }
  | { readonly type: 'batch-released' }
  | { readonly type: 'access-opened'; readonly wave: string; readonly companies: readonly string[] }
);

/** The events of one type. */
export type WorldEventOf<T extends WorldEvent['type']> = Extract<WorldEvent, { readonly type: T }>;

/** How long the processes of the world take, in milliseconds of its own time. */
export type Durations = {
  readonly toolkitMs: Readonly<Record<ToolkitEntry, number>>;
  readonly snapshotMs: number;
  readonly deliveryMs: number;
  readonly stopAosMs: number;
  readonly startAosMs: number;
  readonly backupMs: number;
  readonly republishMs: number;
  readonly upgradeMs: number;
  readonly refreshMs: number;
};

/** The customer whose systems these are. */
export type WorldOptions = {
  readonly seed: number;
  /** When the world begins; nothing may be asked about earlier times. */
  readonly begunAt: number;
  readonly census: TableCensus;
  /** How many publications share the keyed tables (the toolkit's `NumberOfPublishers`). */
  readonly publishers: number;
  readonly aosHosts: readonly string[];
  readonly companies: readonly string[];
  readonly source: {
    readonly server: string;
    readonly database: string;
    /** Local time of the server, in which msdb and the distribution history are written. */
    readonly utcOffsetMs: number;
    /** By how much its clock is fast. */
    readonly skewMs: number;
  };
  readonly target: { readonly server: string; readonly database: string };
  readonly lcs: {
    readonly projectId: string;
    readonly sandboxEnvironmentId: string;
    readonly productionEnvironmentId: string;
    readonly release: string;
  };
  readonly durations: Durations;
  readonly faults: ReadonlySet<FaultName>;
};

/** The world at rest: who the customer is, the tables, and what happened so far, oldest first. */
export type Scene = {
  readonly options: WorldOptions;
  readonly tables: readonly AxTable[];
  /** Which publication will carry what, whether set up yet or not. */
  readonly designs: readonly PublicationDesign[];
  readonly history: readonly WorldEvent[];
};

/** What a person or a system is told who tries to do something. */
export type Outcome =
  | { readonly accepted: true; readonly finishesAt: number }
  | { readonly accepted: false; readonly message: string };

/** The events of one type, oldest first. */
export const eventsOf = <T extends WorldEvent['type']>(scene: Scene, type: T): readonly WorldEventOf<T>[] =>
  scene.history.filter((event): event is WorldEventOf<T> => event.type === type);
