import { answerOf } from '../../../local/dynamics.ts';
import type { Cells } from '../../../local/sql/ask.ts';
import { askHandler } from '../../../local/sql/ask.ts';
import { sqlHandlers } from '../../../local/sql-servers.ts';
import { SqlError } from '../../../local/tds/sql-error.ts';
import type { EnvironmentName } from '../../../local/world/environments.ts';
import { operationsAt } from '../../../local/world/environments.ts';
import { sandboxStateAt } from '../../../local/world/toolkit.ts';
import type { World } from '../../../local/world/world.ts';
import type { Statement } from '../../../shared/contract/statement.ts';
import { postTracerToken } from '../../../shared/contract/statements/tracer-token.ts';
import type { ErrorCode } from '../../../shared/core/errors.ts';
import { CutoverError } from '../../../shared/core/errors.ts';
import type { Json } from '../../../shared/core/json.ts';
import type { Dynamics, Lcs, Sql } from '../../../shared/kinds/kind-ports.ts';
import type { Chance } from './random.ts';
import type { Owner, Scheduler } from './scheduler.ts';
import type { VirtualTime } from './virtual-time.ts';

/** A system outside that can be away as a whole for a while. */
export type System = 'source' | 'target' | 'lcs' | 'dynamics';

/** What the ports of the outside stand on. */
export type PortParts = {
  readonly chance: Chance;
  readonly time: VirtualTime;
  readonly scheduler: Scheduler;
  readonly world: World;
  /** How often an answer is late or wrong; changed when the faults stop. */
  readonly trouble: { readonly rate: number };
  readonly isAway: (system: System) => boolean;
};

const LOGIN = 'monitor';
/** What a statement may meet: mostly the network, at times the login, its rights, a lock or an answer of another shape. */
const SQL_FAILURES: readonly ErrorCode[] = ['C501', 'C501', 'C501', 'C502', 'C503', 'C504', 'C505'];
const LCS_FAILURES: readonly ErrorCode[] = ['C701', 'C701', 'C702'];

const systemOf = ({ server }: Pick<Statement<never, unknown>, 'server'>): System =>
  server === 'target' ? 'target' : 'source';

/** An answer of another shape: a column is missing. */
const mangled = (rows: readonly Cells[], chance: Chance): readonly Cells[] =>
  rows.map((row, index) => {
    if (index > 0) return row;
    const lost = chance.pick(Object.keys(row));
    return Object.fromEntries(Object.entries(row).filter(([name]) => name !== lost));
  });

/** The two servers, by the statements of the catalogue; errors have the codes that the adapter gives them. */
export const sqlPort = (parts: PortParts): ((owner: Owner) => Sql) => {
  const { chance, time, scheduler, world, trouble, isAway } = parts;
  const handlers = sqlHandlers({ world, logins: [{ name: LOGIN, password: '' }] });
  const { source, target } = world.scene().options;

  const answer = <Parameters, Row>(
    statement: Statement<Parameters, Row>,
    parameters: Parameters,
    askedAt: number,
  ): readonly Row[] => {
    if (isAway(systemOf(statement))) throw new CutoverError('C501', statement.name);
    if (time.now() - askedAt > statement.timeoutMs) throw new CutoverError('C504', statement.name);
    const [handle, { database }] =
      statement.server === 'target' ? [handlers.target, target] : [handlers.source, source];
    try {
      const rows = askHandler(handle, LOGIN, database, statement, parameters);
      const told = chance.happens(trouble.rate / 4) ? mangled(rows, chance) : rows;
      return told.map((row) => {
        const parsed = statement.row.safeParse(row);
        if (parsed.success) return parsed.data;
        throw new CutoverError('C505', `${statement.name}: ${parsed.error.message}`);
      });
    } catch (error) {
      if (error instanceof SqlError) throw new CutoverError('C505', `${statement.name}: ${error.message}`);
      throw error;
    }
  };

  return (owner) => ({
    sourceOf: () => 'pulled',
    query: async (statement, parameters) => {
      const askedAt = time.now();
      const failure = (): CutoverError => new CutoverError(chance.pick(SQL_FAILURES), statement.name);
      const mayLandLate = statement.name === postTracerToken.name;
      const rows = await scheduler.call(
        owner,
        `sql ${statement.name}`,
        () => answer(statement, parameters, askedAt),
        { failure, mayLandLate },
      );
      if (!chance.happens(trouble.rate)) return rows;
      // The answer is on its way for a while: what it tells is then of the past.
      return await scheduler.call(
        owner,
        `answer of ${statement.name}`,
        () => {
          if (time.now() - askedAt > statement.timeoutMs) throw new CutoverError('C504', statement.name);
          return rows;
        },
        null,
      );
    },
  });
};

/** Lifecycle Services, as its adapter reads it. */
export const lcsPort = (parts: PortParts): ((owner: Owner) => Lcs) => {
  const { chance, time, scheduler, world, trouble, isAway } = parts;
  const { sandboxEnvironmentId, release } = world.scene().options.lcs;
  const nameOf = (id: string): EnvironmentName => (id === sandboxEnvironmentId ? 'sandbox' : 'production');

  return (owner) => {
    const call = <T>(what: string, answer: () => T, mayLandLate = false): Promise<T> =>
      scheduler.call(
        owner,
        `lcs ${what}`,
        () => {
          if (isAway('lcs')) throw new CutoverError('C701', what);
          return answer();
        },
        { failure: () => new CutoverError(chance.pick(LCS_FAILURES), what), mayLandLate },
      );
    return {
      environment: (environmentId) =>
        call('environment', () => {
          const isSandbox = nameOf(environmentId) === 'sandbox';
          const state = isSandbox ? sandboxStateAt(world.scene(), time.now()) : 'Deployed';
          // While an environment is serviced, the portal shows words of its own.
          const shown = chance.happens(trouble.rate / 4) ? 'Servicing' : state;
          return { environmentId, type: isSandbox ? 'Sandbox' : 'Production', state: shown, release };
        }),
      history: (environmentId) =>
        call('history', () => {
          const operations = operationsAt(world.scene(), nameOf(environmentId), time.now());
          // A new operation may appear late.
          return chance.happens(trouble.rate / 4) ? operations.slice(1) : operations;
        }),
      startRefresh: (_, targetEnvironmentId) =>
        call('refresh', () => world.act.startRefresh(nameOf(targetEnvironmentId), 'api'), true),
    };
  };
};

const UNAVAILABLE = 503;

/** The production environment, as its adapter reads it. */
export const dynamicsPort = (parts: PortParts): ((owner: Owner) => Dynamics) => {
  const { chance, scheduler, world, trouble, isAway } = parts;
  return (owner) => ({
    get: (path) => {
      const unreachable = (): CutoverError => new CutoverError('C801', path);
      return scheduler.call(
        owner,
        'odata',
        () => {
          if (isAway('dynamics')) throw unreachable();
          if (chance.happens(trouble.rate / 4)) return { status: 500, body: null };
          const url = new URL(path, 'https://dynamics.example');
          const { status, body = null } = answerOf(world, { path: url.pathname, query: url.searchParams });
          if (status === UNAVAILABLE) throw unreachable();
          return { status, body: body as Json };
        },
        { failure: unreachable, mayLandLate: false },
      );
    },
  });
};
