import type { Bindings } from '../../shared/contract/bindings.ts';
import { distributionDatabase, replicationStatus } from '../../shared/contract/statements/distribution.ts';
import { postTracerToken } from '../../shared/contract/statements/tracer-token.ts';
import type { Snapshot } from '../../shared/core/counts.ts';
import { CutoverError } from '../../shared/core/errors.ts';
import type { ReplicationLook, ReplicationReading } from '../../shared/core/replication.ts';
import type { EngineParts } from '../../shared/engine/engine.ts';
import type { Clock } from '../../shared/engine/ports.ts';
import { APPROVERS } from '../support/sample-inputs.ts';

/** What the golden cutovers are bound to. */
export const BINDINGS: Bindings = {
  lcs: {
    projectId: '1234567',
    sandboxEnvironmentId: '5f9d2a40-6c1e-4d0b-9a57-1f2e8c7b3a61',
    productionEnvironmentId: 'c3b1e7d2-08a4-4f6e-b5c9-7d40a9e61b52',
  },
  source: { server: 'AXSQL01', database: 'AX2012PROD' },
  target: { server: 'spartan', database: 'db_uat_ax' },
  aosHosts: ['AXAOS01'],
  people: { approver: [...APPROVERS] },
  automations: {
    'good-robot': 'https://robots.example/good',
    'deaf-robot': 'https://robots.example/deaf',
    'strict-robot': 'https://robots.example/strict',
  },
};

const PUBLICATION = 'AX_PUB_PkTable_1';

const publicationAt = (at: number, pendingCommands: number): ReplicationReading['publications'][number] => ({
  name: PUBLICATION,
  class: 'keyed',
  transactional: true,
  articles: 2,
  subscriptions: { total: 1, active: 1 },
  snapshotDelivered: true,
  pendingCommands,
  undeliveredSince: pendingCommands === 0 ? null : at - 60_000,
  retentionHours: 336,
  agents: (['log-reader', 'distribution'] as const).map((role) => ({
    name: `AXSQL01-AX2012PROD-${role}`,
    role,
    runStatus: 4,
    comment: 'No replicated transactions are available.',
    at,
    latencyMs: 1_500,
    error: null,
  })),
  tracer: { postedAt: at - 1_000, arrived: true },
});

const SOURCE_SERVER: ReplicationReading['sourceServer'] = {
  logReuseWait: 'NOTHING',
  logBytes: 64_000_000_000,
  logUsedBytes: 8_000_000_000,
  volumes: [{ name: 'D:\\', bytes: 900_000_000_000, freeBytes: 500_000_000_000 }],
};

const snapshotAt = (at: number): Snapshot => ({
  schema: 1,
  id: `estimate-${at}`,
  takenAt: at,
  method: 'estimate',
  sides: 'both',
  readingSource: 'pulled',
  tables: [
    { table: 'dbo.CUSTTABLE', source: 1_200, target: 1_180 },
    { table: 'dbo.NEWTABLE', source: 3, target: null },
  ],
});

/** A world so small that it is a few lines: it is unwell while a cutover is recorded, and well when it goes on. */
export const makeOutside = (clock: Clock) => {
  const outside = { isWell: false, pendingCommands: 0, isBlind: false, isSqlDown: false };
  let refreshStartedAt: number | null = null;

  const look: EngineParts['look'] = (slot, now, _, depth) => {
    const at = now - 2_000;
    const reading: ReplicationLook = {
      schema: 1,
      slot,
      source: 'pulled',
      takenAt: now,
      depth,
      serverTime: outside.isBlind ? null : at,
      blind: outside.isBlind ? { code: 'C501', message: 'The source did not answer' } : null,
      distributionExists: !outside.isBlind,
      publications: outside.isBlind ? [] : [publicationAt(at, outside.pendingCommands)],
      distributionBytes: outside.isBlind ? null : 4_000_000_000,
      sourceServer: outside.isBlind ? null : SOURCE_SERVER,
      gaps: [],
      estimates:
        outside.isBlind || depth !== 'counts'
          ? null
          : { tables: 2, equal: 0, sourceRows: 1_203, targetRows: 1_180 },
    };
    return Promise.resolve({ reading, snapshot: reading.estimates && snapshotAt(now) });
  };

  const rowsOf = (statement: string): readonly unknown[] => {
    if (statement === distributionDatabase.name) {
      return [{ database: 'distribution', accessible: true, mayLook: true, serverTime: clock.now() }];
    }
    if (statement === replicationStatus.name) return [{ publication: PUBLICATION, type: 0 }];
    if (statement === postTracerToken.name) return [{ tracerId: 7 }];
    throw new Error(`nobody here knows the statement ${statement}`);
  };

  const parts: EngineParts['outside'] = {
    // What a statement gives back is its own matter; here nobody looks at more than the names.
    sql: {
      sourceOf: () => 'pulled',
      query: ({ name }) =>
        outside.isSqlDown
          ? Promise.reject(new CutoverError('C501', 'the source'))
          : Promise.resolve(rowsOf(name) as never),
    },
    lcs: () => ({
      environment: (environmentId) =>
        Promise.resolve({ environmentId, type: 'Sandbox', state: 'Deployed', release: '10.0.40' }),
      history: () =>
        Promise.resolve([
          {
            activityId: 'activity-1',
            type: 'Database refresh',
            status: outside.isWell ? 'Completed' : 'InProgress',
            startedAt: refreshStartedAt ?? clock.now(),
            endedAt: outside.isWell ? clock.now() : null,
          },
        ]),
      startRefresh: () => {
        refreshStartedAt = clock.now();
        return Promise.resolve({ accepted: true, activityId: 'activity-1' });
      },
    }),
    dynamics: {
      get: () =>
        outside.isWell
          ? Promise.resolve({ status: 200, body: { value: [] } })
          : Promise.reject(new CutoverError('C801', 'the outside of the golden cutovers')),
    },
    automation: {
      call: (endpoint) => {
        if (outside.isWell || endpoint.endsWith('good')) return Promise.resolve({ status: 202, body: '' });
        return endpoint.endsWith('deaf')
          ? Promise.reject(new CutoverError('C801', endpoint))
          : Promise.resolve({ status: 422, body: 'not now' });
      },
    },
  };
  return { mood: outside, parts, look };
};
