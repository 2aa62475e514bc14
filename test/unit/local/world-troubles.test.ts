import { describe, expect, it } from 'vitest';
import { sqlHandlers } from '../../../local/sql-servers.ts';
import type { TroubleName } from '../../../local/world/troubles.ts';
import { watchConditions } from '../../../shared/core/replication-watch.ts';
import { lookAtReplication } from '../../../shared/kinds/replication-reading.ts';
import type { Sql } from '../../../shared/kinds/kind-ports.ts';
import { makeTestWorld, MINUTE } from '../../support/test-world.ts';

const PK1 = 'AX_PUB_PkTable_1';

/** A world in which replication runs, read by the statements of the catalogue themselves. */
const replicated = () => {
  const test = makeTestWorld();
  test.setUpDistributor();
  test.replicate();
  const handlers = sqlHandlers({ world: test.world, logins: [] });
  const sql: Sql = {
    sourceOf: () => 'pulled',
    query: async (statement, parameters) => {
      const { source, target } = test.world.scene().options;
      const isTarget = statement.server === 'target';
      const answer = await handlers[isTarget ? 'target' : 'source']({
        sql: statement.text(parameters),
        parameters: new Map(Object.entries(statement.values(parameters))),
        procedure: null,
        login: 'monitor',
        database: (isTarget ? target : source).database,
      } as never);
      const [set] = answer?.resultSets ?? [];
      const rows = (set?.rows ?? []).map((row) =>
        Object.fromEntries(row.map((value: unknown, index) => [String(set?.columns[index]?.name), value])),
      );
      return rows.map((row) => statement.row.parse(row));
    },
  };
  const lacking = async () => {
    const { source } = test.world.scene().options;
    const at = test.clock.now();
    const { reading } = await lookAtReplication(sql, at, at, source, 'counts');
    return watchConditions({ ...reading, paceMs: MINUTE });
  };
  return { test, lacking };
};

describe('trouble that befalls the replication of the world', () => {
  it.each<{ trouble: TroubleName; code: string; next: string }>([
    { trouble: 'log-reader-stops', code: `agent:${PK1}:log-reader`, next: 'Start the agent again' },
    { trouble: 'database-has-no-owner', code: `agent:${PK1}:log-reader`, next: 'sp_changedbowner' },
    { trouble: 'text-too-long', code: `agent:${PK1}:log-reader`, next: 'max text repl size' },
    { trouble: 'target-refuses-address', code: `agent:${PK1}:distribution`, next: 'toolkit entry 1' },
    { trouble: 'objects-not-listed', code: `agent:${PK1}:snapshot`, next: 'Generate Snapshot' },
    { trouble: 'unknown-error', code: `agent:${PK1}:distribution`, next: 'Start the agent again' },
    { trouble: 'subscription-deactivated', code: `subscriptions:${PK1}`, next: 'reinitialise' },
    { trouble: 'commands-age', code: `retention:${PK1}`, next: 'deliver them now' },
    { trouble: 'log-fills', code: 'source-log', next: 'AX stops' },
    { trouble: 'disk-fills', code: 'disk:L:\\', next: 'Make room' },
  ])('$trouble is $code, with its cure, until it is mended', async ({ trouble, code, next }) => {
    const { test, lacking } = replicated();
    expect(await lacking()).toEqual([]);
    test.finish(test.world.act.trouble(trouble, true));
    expect((await lacking()).find((condition) => condition.code === code)?.next).toContain(next);
    test.finish(test.world.act.trouble(trouble, false));
    expect(await lacking()).toEqual([]);
  });
});
