import type { Bindings } from '../../../shared/contract/bindings.ts';
import type { GivenDocument } from '../../../shared/contract/upload.ts';
import type { Snapshot } from '../../../shared/core/counts.ts';
import { CutoverError } from '../../../shared/core/errors.ts';
import type { Json } from '../../../shared/core/json.ts';
import type { ReplicationReading } from '../../../shared/core/replication.ts';
import type { Claim, CutoverState, StepState, Wait } from '../../../shared/core/state.ts';
import type {
  Dynamics,
  KindPorts,
  Lcs,
  LcsEnvironment,
  LcsOperation,
  Sql,
} from '../../../shared/kinds/kind-ports.ts';
import { makeCountingStore } from '../../../shared/engine/counting-store.ts';
import type { Given, Kind, KindReading, KindVerdict, StepContext } from '../../../shared/kinds/kind.ts';
import { makeMemoryTables } from '../../support/memory-tables.ts';
import { planOf, step as plannedStep } from '../../support/sample-plan.ts';

export const NOW = Date.UTC(2031, 4, 3, 1, 0);
export const MINUTE = 60_000;
export const iso = (instant: number): string => new Date(instant).toISOString();

export const SANDBOX = '5f9d2a40-6c1e-4d0b-9a57-1f2e8c7b3a61';
export const PRODUCTION = 'c3b1e7d2-08a4-4f6e-b5c9-7d40a9e61b52';

export const BINDINGS: Bindings = {
  lcs: { projectId: '1234567', sandboxEnvironmentId: SANDBOX, productionEnvironmentId: PRODUCTION },
  source: { server: 'AXSQL01', database: 'AX2012PROD' },
  target: { server: 'target', database: 'AxDB' },
  aosHosts: ['AXAOS01', 'AXAOS02'],
  people: {
    dba: [{ id: 'p-dba', name: 'Dina' }],
    manager: [
      { id: 'p-1', name: 'Mona' },
      { id: 'p-2', name: 'Max' },
    ],
    sponsor: [{ id: 'p-1', name: 'Mona' }],
  },
  automations: { runbook: 'https://automation.example/run' },
};

export const DINA = { id: 'p-dba', name: 'Dina' };
export const claim = (result: Claim['result'] = 'pass'): Claim => ({
  result,
  by: DINA,
  at: NOW - MINUTE,
  note: '',
});

export const wait = (changes: Partial<Wait> = {}): Wait => ({
  asks: 'person',
  openedAt: NOW - 30 * MINUTE,
  deadlineAt: NOW + 60 * MINUTE,
  remindAt: [],
  tokenHash: null,
  claim: null,
  votes: [],
  rule: null,
  evidenceHash: null,
  ...changes,
});

export const stepState = (changes: Partial<StepState> = {}): StepState => ({
  status: 'waiting',
  attempt: 1,
  dispatch: 1,
  revision: 1,
  startedAt: NOW - 30 * MINUTE,
  endedAt: null,
  deadlineAt: NOW + 60 * MINUTE,
  nextReadAt: null,
  retryAt: null,
  decideAt: null,
  pollEveryMs: 1000,
  wait: wait(),
  effect: null,
  unmet: [],
  stuck: null,
  earlyClaim: null,
  evidence: null,
  error: null,
  skipProposal: null,
  waiver: null,
  ...changes,
});

/** Rows as the driver gives them, an error, or what depends on the parameters; by the name of the statement. */
export type Answers = Readonly<
  Record<string, readonly unknown[] | CutoverError | ((parameters: never) => readonly unknown[])>
>;

/** A publication of the distribution database without agents, tokens and backlog, as the driver gives it. */
export const publicationRow = (publication: string, changes: object = {}) => ({
  publication,
  type: 0,
  articles: 1,
  subscriptions: 1,
  active: 0,
  delivered: 0,
  role: null,
  agent: null,
  runStatus: null,
  comment: null,
  at: null,
  latencyMs: null,
  error: null,
  retentionHours: 336,
  undeliveredSince: null,
  tracerPostedAt: null,
  tracerAtDistributor: null,
  tracerSubscriptions: null,
  tracerArrived: null,
  distributionBytes: '4096',
  ...changes,
});

/** A SQL port that answers from a table and refuses what is not in it; `asked` lists the statements in order. */
export const fakeSql = (answers: Answers): Sql & { readonly asked: string[] } => {
  const asked: string[] = [];
  return {
    asked,
    sourceOf: () => 'pulled',
    query: (statement, parameters) => {
      asked.push(statement.name);
      const answer = answers[statement.name];
      if (answer === undefined) return Promise.reject(new Error(`Nobody expected ${statement.name}.`));
      if (answer instanceof CutoverError) return Promise.reject(answer);
      const rows = typeof answer === 'function' ? answer(parameters as never) : answer;
      return Promise.resolve(rows.map((row) => statement.row.parse(row)));
    },
  };
};

export const environment = (changes: Partial<LcsEnvironment> = {}): LcsEnvironment => ({
  environmentId: SANDBOX,
  type: 'Sandbox',
  state: 'Deployed',
  release: '10.0.44',
  ...changes,
});

/** Lifecycle Services with two environments and a history. */
export const fakeLcs = (
  sandbox: Partial<LcsEnvironment> = {},
  production: Partial<LcsEnvironment> = {},
  history: readonly LcsOperation[] = [],
): Lcs & { readonly started: string[] } => {
  const started: string[] = [];
  return {
    started,
    environment: (id) =>
      Promise.resolve(
        id === SANDBOX
          ? environment(sandbox)
          : environment({ environmentId: PRODUCTION, type: 'Production', ...production }),
      ),
    history: () => Promise.resolve(history),
    startRefresh: (source, target) => {
      started.push(`${source} -> ${target}`);
      return Promise.resolve({ accepted: true, activityId: 'activity-1' });
    },
  };
};

export const fakeDynamics = (
  answers: Readonly<Record<string, { status: number; body: Json }>>,
): Dynamics => ({
  get: (path) => Promise.resolve(answers[path] ?? { status: 404, body: null }),
});

/** Snapshots in memory; `stored` is what was kept. */
export const fakeSnapshots = (rehearsed: readonly Snapshot[] = []) => {
  const stored: Snapshot[] = [];
  return {
    stored,
    comparisons: () => Promise.resolve(rehearsed),
    store: (_: string, snapshot: Snapshot) => {
      stored.push(snapshot);
      return Promise.resolve({ hash: `hash-${stored.length}` });
    },
  };
};

/** What differs from a waiting step of a running cutover. */
export type Setting = {
  readonly params?: Json;
  readonly step?: Partial<StepState>;
  readonly after?: readonly string[];
  readonly state?: Partial<CutoverState>;
  readonly bindings?: Partial<Bindings>;
  readonly ports?: Partial<KindPorts>;
  readonly sql?: Answers;
  readonly readings?: readonly ReplicationReading[];
  readonly now?: number;
  readonly given?: readonly Given<GivenDocument['kind']>[];
};

/** A document that Dina gave an hour ago, confirmed by Max or by nobody. */
export const giving = (document: GivenDocument, confirmed = true): Given<GivenDocument['kind']> => ({
  upload: {
    kind: document.kind,
    stepId: null,
    hash: 'given',
    sizeBytes: 1,
    takenAt: null,
    by: DINA,
    at: NOW - 60 * MINUTE,
    confirmed: confirmed ? { by: { id: 'p-2', name: 'Max' }, at: NOW - 30 * MINUTE, comment: '' } : null,
  },
  document,
});

/** The context a step's function would have. */
export const contextFor = (kind: Kind, setting: Setting = {}): StepContext<unknown> => {
  const planned = plannedStep('it', { kind: kind.name, owner: 'dba', after: setting.after ?? [] });
  const step = stepState(setting.step);
  const state: CutoverState = {
    id: 'c1',
    title: 'A cutover',
    mode: 'mock',
    status: 'running',
    startedAt: NOW - 600 * MINUTE,
    endedAt: null,
    startedBy: DINA,
    held: null,
    plan: { hash: 'p', procedureHash: 'q', revision: 1 },
    earlierPlans: [],
    proposal: null,
    rollback: null,
    concurrency: 10,
    milestones: {},
    replication: null,
    lastCommitAt: NOW,
    commits: 1,
    events: 1,
    steps: { it: step },
    ...setting.state,
  };
  const ports: KindPorts = {
    sql: fakeSql(setting.sql ?? {}),
    lcs: null,
    dynamics: null,
    automation: { call: () => Promise.reject(new Error('Nobody expected a call.')) },
    snapshots: fakeSnapshots(),
    countings: makeCountingStore(makeMemoryTables()),
    elapsedMs: () => 0,
    hash: (value) => JSON.stringify(value),
    ...setting.ports,
  };
  return {
    cutoverId: 'c1',
    state,
    plan: planOf([planned]),
    planned,
    step,
    bindings: { ...BINDINGS, ...setting.bindings },
    params: kind.params.parse(setting.params ?? {}),
    now: setting.now ?? NOW,
    ports,
    callbackUrl: 'https://app.example/callback',
    readings: (since, limit) =>
      Promise.resolve((setting.readings ?? []).filter(({ slot }) => slot >= since).slice(-limit)),
    given: (kind) =>
      Promise.resolve((setting.given ?? []).find(({ document }) => document.kind === kind) ?? null) as never,
  };
};

/** Reads and judges, as the lifecycle does. */
export const look = async (
  kind: Kind,
  setting: Setting = {},
): Promise<{ readonly reading: KindReading<Json>; readonly verdict: KindVerdict }> => {
  const context = contextFor(kind, setting);
  const reading = await kind.read(context);
  return { reading, verdict: kind.judge(context, reading) };
};

/** A verdict in one line: its word, then codes, or the summary's place. */
export const short = (verdict: KindVerdict): string => {
  switch (verdict.verdict) {
    case 'done':
      return 'done';
    case 'failed':
      return `failed ${verdict.error.code}`;
    case 'not-yet':
      return `not-yet ${verdict.unmet.map(({ code }) => code).join(' ')}`;
  }
};
