import { startSqlServers } from '../../local/sql-servers.ts';
import type { FaultName } from '../../local/world/history.ts';
import { makeSql } from '../../shared/adapters/sql.ts';
import type { Snapshot } from '../../shared/core/counts.ts';
import type { Unmet } from '../../shared/core/replication-agents.ts';
import { watchConditions } from '../../shared/core/replication-watch.ts';
import type { ReplicationReading } from '../../shared/core/replication.ts';
import type { Sql } from '../../shared/kinds/kind-ports.ts';
import { lookAtReplication } from '../../shared/kinds/replication-reading.ts';
import { makeTestWorld, MINUTE, type TestWorld } from './test-world.ts';

/** A small world on a clock that the test moves, read over TDS by the real client. */
export type WorldOverTds = {
  readonly test: TestWorld;
  readonly sql: Sql;
  /** One look at replication, with estimated counts if they could be read. */
  readonly look: () => Promise<{ readonly reading: ReplicationReading; readonly snapshot: Snapshot | null }>;
  /** What the watch finds lacking. */
  readonly lacking: () => Promise<readonly Unmet[]>;
  readonly stop: () => Promise<void>;
};

const LOGIN = { name: 'monitor', password: 'a password' };

/** Starts the two servers of a world, and a client of them. */
export const startWorldOverTds = async (faults: readonly FaultName[] = []): Promise<WorldOverTds> => {
  const test = makeTestWorld(faults);
  const servers = await startSqlServers({ world: test.world, logins: [LOGIN] });
  const { source, target } = test.world.scene().options;
  const connection = (port: number, database: string): string =>
    `Server=127.0.0.1,${port};Database=${database};User Id=${LOGIN.name};Password=${LOGIN.password};Encrypt=false`;
  const sql = makeSql({
    source: connection(servers.source.port, source.database),
    distribution: connection(servers.source.port, 'msdb'),
    target: connection(servers.target.port, target.database),
  });
  const look: WorldOverTds['look'] = async () => {
    const at = test.clock.now();
    const { reading, snapshot } = await lookAtReplication(sql, at, at, source, 'counts');
    return { reading: { ...reading, paceMs: MINUTE }, snapshot };
  };
  return {
    test,
    sql,
    look,
    lacking: async () => watchConditions((await look()).reading),
    stop: async () => {
      await sql.close();
      await servers.stop();
    },
  };
};
