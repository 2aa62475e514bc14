import type { SourceFacts, TargetFacts } from '../contract/statements/server-facts.ts';
import type { LcsEnvironment } from './kind-ports.ts';
import { lcsState } from './lcs-state.ts';

/** What the source server says of itself, whoever has read it. */
export type SourceSaid = Omit<SourceFacts, 'serverTime'>;
/** … the target database. */
export type TargetSaid = Omit<TargetFacts, 'serverTime'>;

/** Why something could not be looked at. */
export type Unreadable = { readonly code: string; readonly message: string };

/** Something looked at, or why it could not be. */
export type Looked<T> =
  { readonly facts: T; readonly error: null } | { readonly facts: null; readonly error: Unreadable };

/** One item of the preflight: what was read, why it matters, how to mend it. */
export type PreflightItem = {
  readonly check: string;
  readonly level: 'green' | 'amber' | 'red';
  readonly read: string;
  readonly why: string;
  readonly mend: string;
};

type Level = PreflightItem['level'];
type Outcome = { readonly level: Level; readonly read: string };
type Environments = { readonly sandbox: LcsEnvironment; readonly production: LcsEnvironment };

const when = (good: boolean, read: string, otherwise: Level = 'red'): Outcome => ({
  level: good ? 'green' : otherwise,
  read,
});

/** The oldest builds that may publish to Azure SQL Database: 2012 SP2 CU8, 2014 RTM CU10 and SP1 CU3, any later version. */
const mayPublish = (version: string): boolean => {
  const [major = 0, , build = 0] = version.split('.').map(Number);
  if (major === 11) return build >= 5634;
  if (major === 12) return (build >= 2556 && build < 4100) || build >= 4427;
  return major >= 13;
};

const gigabytes = (bytes: number): string => `${Math.floor(bytes / 1024 ** 3).toLocaleString('en-US')} GiB`;

const diskSpace = ({ dataBytes, largestFreeBytes }: SourceSaid): Outcome => {
  const data = gigabytes(dataBytes);
  if (largestFreeBytes === null) return { level: 'amber', read: `data ${data}, free space not readable` };
  const read = `data ${data}, largest free volume ${gigabytes(largestFreeBytes)}`;
  if (largestFreeBytes >= 2 * dataBytes) return { level: 'green', read };
  return { level: largestFreeBytes >= dataBytes ? 'amber' : 'red', read };
};

type SourceBinding = { readonly server: string; readonly database: string };

const sourceReached = (facts: SourceSaid, bound: SourceBinding): Outcome => {
  const same = (a: string, b: string): boolean => a.toUpperCase() === b.toUpperCase();
  const read = `server ${facts.server}, database ${facts.database}`;
  return when(same(facts.server, bound.server) && same(facts.database, bound.database), read);
};

type Check<Facts> = {
  readonly judge: (facts: Facts) => Outcome;
  readonly why: string;
  readonly mend: string;
};

/** Checks of what the source server says of itself. */
export const sourceChecks = (bound: SourceBinding): Readonly<Record<string, Check<SourceSaid>>> => ({
  'source-reachable': {
    judge: (facts) => sourceReached(facts, bound),
    why: 'Publications are found by the name the server gives itself.',
    mend: 'Let the app reach the server; write SELECT @@SERVERNAME and DB_NAME() into the bindings.',
  },
  'sql-version': {
    judge: ({ version, edition }) =>
      when(mayPublish(version) && !/express/i.test(edition), `${version}, ${edition}`),
    why: 'Only certain builds can publish to Azure SQL Database, and Express cannot publish at all.',
    mend: 'Install SQL Server 2012 SP2 CU8, 2014 RTM CU10, 2014 SP1 CU3 or later.',
  },
  'replication-feature': {
    judge: ({ replicationInstalled }) =>
      when(replicationInstalled, replicationInstalled ? 'installed' : 'not installed'),
    why: 'The toolkit sets up SQL Server replication.',
    mend: 'Add the feature "SQL Server Replication" with the setup of SQL Server.',
  },
  'sql-agent-running': {
    judge: ({ agent }) => when(agent?.toLowerCase() === 'running', agent ?? 'no such service'),
    why: 'The replication agents are jobs of SQL Server Agent.',
    mend: 'Start SQL Server Agent and set it to start automatically.',
  },
  'mixed-authentication': {
    judge: ({ windowsLoginsOnly }) =>
      when(!windowsLoginsOnly, windowsLoginsOnly ? 'Windows logins only' : 'SQL and Windows logins'),
    why: 'The toolkit takes only a SQL login.',
    mend: 'Allow SQL Server and Windows authentication, then restart the server in a quiet hour.',
  },
  'text-repl-size': {
    judge: ({ maxTextReplBytes }) =>
      when(maxTextReplBytes === -1 || maxTextReplBytes === 2_147_483_647, `${maxTextReplBytes} bytes`),
    why: "A longer value fails replication, and the AX user's own write too.",
    mend: "EXEC sp_configure 'max text repl size', -1; RECONFIGURE.",
  },
  'database-owner': {
    judge: ({ owner }) => when(owner !== null, owner ?? 'nobody'),
    why: 'Without an owner the log reader fails with error 15517.',
    mend: "EXEC sp_changedbowner 'sa' in the source database.",
  },
  'disk-space': {
    judge: diskSpace,
    why: 'The distribution database and the snapshot folder each need the size of the data, on local disks.',
    mend: 'Free or add local disk space, and name these disks in toolkit entry 1.',
  },
});

const stateIs = (environment: LcsEnvironment): Outcome =>
  when(lcsState(environment.state) === 'deployed', environment.state);

/** Checks of what Lifecycle Services says of the two environments. */
export const lcsChecks: Readonly<Record<string, Check<Environments>>> = {
  'sandbox-deployed': {
    judge: ({ sandbox }) => stateIs(sandbox),
    why: 'Only a deployed sandbox can be prepared for the data upgrade.',
    mend: 'Deploy the sandbox, or mend what failed there, in Lifecycle Services.',
  },
  'production-deployed': {
    judge: ({ production }) => stateIs(production),
    why: 'The refresh needs a deployed production environment, and deploying one takes up to a day.',
    mend: 'Complete the go-live readiness review and deploy production.',
  },
  'releases-equal': {
    judge: ({ sandbox, production }) =>
      when(
        sandbox.release === production.release,
        `sandbox ${sandbox.release}, production ${production.release}`,
      ),
    why: 'A refresh needs the same application release on both sides.',
    mend: 'Update the older environment, then pause updates.',
  },
  'target-is-not-production': {
    judge: ({ sandbox, production }) =>
      when(
        sandbox.type === 'Sandbox' && sandbox.environmentId !== production.environmentId,
        `the environment of the upgrade is of type ${sandbox.type}`,
      ),
    why: 'The data upgrade deletes the tables of its target: it runs in a sandbox, never in production.',
    mend: 'Correct the environment ids in the bindings.',
  },
};

/** The item of one check over what was looked at; what could not be looked at is red, and says so. */
export const itemOf = <Facts>(
  check: string,
  { judge, why, mend }: Check<Facts>,
  looked: Looked<Facts>,
): PreflightItem =>
  looked.error === null
    ? { check, ...judge(looked.facts), why, mend }
    : { check, level: 'red', read: `${looked.error.code} ${looked.error.message}`, why, mend };

/** The item of a check that needs Lifecycle Services where there is no access to it. */
export const statedItem = (
  check: string,
  { why, mend }: Pick<PreflightItem, 'why' | 'mend'>,
): PreflightItem => ({
  check,
  level: 'amber',
  read: 'stated, no LCS access',
  why,
  mend,
});
