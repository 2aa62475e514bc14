import type { Statement } from '../../shared/contract/statement.ts';
import type { Sql } from '../../shared/kinds/kind-ports.ts';
import { askHandler } from '../sql/ask.ts';
import { sqlHandlers } from '../sql-servers.ts';
import type { World } from '../world/world.ts';

const LOGIN = 'dba';

/** What a DBA sees on the servers, with a login of their own: the same figures as anybody would read there. */
export const eyesOn = (world: World, figures: readonly string[]): Sql => {
  const handlers = sqlHandlers({ world, logins: [{ name: LOGIN, password: '' }], figures });
  const { source, target } = world.scene().options;
  return {
    sourceOf: () => 'pulled',
    query: <Parameters, Row>(statement: Statement<Parameters, Row>, parameters: Parameters) => {
      const [handle, { database }] =
        statement.server === 'target' ? [handlers.target, target] : [handlers.source, source];
      const rows = askHandler(handle, LOGIN, database, statement, parameters);
      return Promise.resolve(rows.map((row) => statement.row.parse(row)));
    },
  };
};
