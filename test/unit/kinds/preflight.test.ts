import { describe, expect, it } from 'vitest';
import { CutoverError } from '../../../shared/core/errors.ts';
import type { LcsEnvironment } from '../../../shared/kinds/kind-ports.ts';
import { preflight } from '../../../shared/kinds/preflight.ts';
import { KIND_BY_NAME, KINDS } from '../../../shared/kinds/registry.ts';
import { step as plannedStep } from '../../support/sample-plan.ts';
import type { Answers } from './kind-context.ts';
import { contextFor, fakeLcs, fakeSql, iso, look, NOW, SANDBOX } from './kind-context.ts';

const GIB = 1024 ** 3;
const facts = {
  server: 'axsql01',
  database: 'AX2012PROD',
  version: '11.0.7001.0',
  edition: 'Enterprise Edition',
  windowsLoginsOnly: 0,
  replicationInstalled: 1,
  agent: 'Running',
  maxTextReplBytes: -1,
  owner: 'sa',
  dataBytes: String(900 * GIB),
  largestFreeBytes: String(2_000 * GIB),
  serverTime: iso(NOW),
};

const levelOf = async (
  check: string,
  sql: Answers = {},
  ports: object = {},
): Promise<{ level: string; read: string }> => {
  const { reading } = await look(preflight, {
    params: { checks: [check] },
    ports: { sql: fakeSql(sql), ...ports },
  });
  const { items } = reading.body as { items: { check: string; level: string; read: string }[] };
  expect(items).toHaveLength(1);
  return items[0]!;
};

describe('the preflight of the source server', () => {
  it.each<{ check: string; change: object; level: string }>([
    { check: 'source-reachable', change: {}, level: 'green' },
    { check: 'source-reachable', change: { server: 'OTHER' }, level: 'red' },
    { check: 'source-reachable', change: { database: 'AX2012TEST' }, level: 'red' },
    { check: 'sql-version', change: {}, level: 'green' },
    { check: 'sql-version', change: { version: '10.50.6000.34' }, level: 'red' },
    { check: 'sql-version', change: { version: '11.0.5633.0' }, level: 'red' },
    { check: 'sql-version', change: { version: '11.0.5634.1' }, level: 'green' },
    { check: 'sql-version', change: { version: '12.0.2555.0' }, level: 'red' },
    { check: 'sql-version', change: { version: '12.0.2556.4' }, level: 'green' },
    { check: 'sql-version', change: { version: '12.0.4100.1' }, level: 'red' },
    { check: 'sql-version', change: { version: '12.0.4427.24' }, level: 'green' },
    { check: 'sql-version', change: { version: '15.0.4123.1' }, level: 'green' },
    { check: 'sql-version', change: { edition: 'Express Edition (64-bit)' }, level: 'red' },
    { check: 'replication-feature', change: {}, level: 'green' },
    { check: 'replication-feature', change: { replicationInstalled: 0 }, level: 'red' },
    { check: 'sql-agent-running', change: {}, level: 'green' },
    { check: 'sql-agent-running', change: { agent: 'Stopped' }, level: 'red' },
    { check: 'sql-agent-running', change: { agent: null }, level: 'red' },
    { check: 'mixed-authentication', change: {}, level: 'green' },
    { check: 'mixed-authentication', change: { windowsLoginsOnly: 1 }, level: 'red' },
    { check: 'text-repl-size', change: {}, level: 'green' },
    { check: 'text-repl-size', change: { maxTextReplBytes: 65_536 }, level: 'red' },
    { check: 'database-owner', change: {}, level: 'green' },
    { check: 'database-owner', change: { owner: null }, level: 'red' },
    { check: 'disk-space', change: {}, level: 'green' },
    { check: 'disk-space', change: { largestFreeBytes: String(1_000 * GIB) }, level: 'amber' },
    { check: 'disk-space', change: { largestFreeBytes: String(899 * GIB) }, level: 'red' },
    { check: 'disk-space', change: { largestFreeBytes: null }, level: 'amber' },
  ])('finds $check with $change $level', async ({ check, change, level }) => {
    expect((await levelOf(check, { 'source-facts': [{ ...facts, ...change }] })).level).toBe(level);
  });

  it('is red with the code where the server cannot be read', async () => {
    const item = await levelOf('disk-space', {
      'source-facts': new CutoverError('C503', 'VIEW SERVER STATE'),
    });
    expect(item).toMatchObject({ level: 'red', read: expect.stringContaining('C503') });
  });
});

describe('the preflight of the target', () => {
  const target = { version: '12.0', database: 'AxDB', seesTables: 1, serverTime: iso(NOW) };

  it.each<{ what: string; sql: Answers; level: string }>([
    { what: 'that answers', sql: { 'target-facts': [target] }, level: 'green' },
    { what: 'that hides its tables', sql: { 'target-facts': [{ ...target, seesTables: 0 }] }, level: 'red' },
    { what: 'whose access has lapsed', sql: { 'target-facts': new CutoverError('C502', 'x') }, level: 'red' },
  ])('$what is $level', async ({ sql, level }) => {
    expect((await levelOf('target-reachable', sql)).level).toBe(level);
  });
});

describe('the preflight of the environments', () => {
  const lcs = (sandbox: Partial<LcsEnvironment> = {}, production: Partial<LcsEnvironment> = {}) => ({
    lcs: fakeLcs(sandbox, production),
  });

  it.each<{ check: string; ports: object; level: string }>([
    { check: 'sandbox-deployed', ports: lcs(), level: 'green' },
    { check: 'sandbox-deployed', ports: lcs({ state: 'Failed' }), level: 'red' },
    { check: 'production-deployed', ports: lcs(), level: 'green' },
    { check: 'production-deployed', ports: lcs({}, { state: 'Deploying' }), level: 'red' },
    { check: 'releases-equal', ports: lcs(), level: 'green' },
    { check: 'releases-equal', ports: lcs({ release: '10.0.43' }), level: 'red' },
    { check: 'target-is-not-production', ports: lcs(), level: 'green' },
    { check: 'target-is-not-production', ports: lcs({ type: 'Production' }), level: 'red' },
    { check: 'target-is-not-production', ports: lcs({}, { environmentId: SANDBOX }), level: 'red' },
    { check: 'sandbox-deployed', ports: { lcs: null }, level: 'amber' },
    {
      check: 'releases-equal',
      ports: { lcs: { ...fakeLcs(), environment: () => Promise.reject(new CutoverError('C701', 'x')) } },
      level: 'red',
    },
  ])('finds $check $level', async ({ check, ports, level }) => {
    expect((await levelOf(check, {}, ports)).level).toBe(level);
  });
});

describe('the preflight of the people', () => {
  const withPlan = async (steps: ReturnType<typeof plannedStep>[]) => {
    const context = contextFor(preflight, { params: { checks: ['people-bound'] } });
    const reading = await preflight.read({ ...context, plan: { ...context.plan, steps } });
    return (reading.body as { items: { level: string; read: string }[] }).items[0]!;
  };
  const approvalStep = (approvers: string[], quorum: number) =>
    plannedStep('go', {
      kind: 'approval',
      owner: 'manager',
      params: { question: '?', approvers, quorum, denials: 1 },
    });

  it('is green when every owner and approver is somebody', async () => {
    expect((await withPlan([plannedStep('a'), approvalStep(['manager'], 2)])).level).toBe('green');
  });

  it('names roles nobody holds, and approvals too few people can give', async () => {
    const steps = [plannedStep('a', { owner: 'finance' }), approvalStep(['sponsor', 'auditor'], 2)];
    expect(await withPlan(steps)).toMatchObject({
      level: 'red',
      read: 'nobody holds auditor, nobody holds finance, go needs 2 approvers',
    });
  });
});

describe('the preflight as a whole', () => {
  it('asks each server once and waits for every red item, each with its cure', async () => {
    const sql = fakeSql({ 'source-facts': [{ ...facts, agent: 'Stopped', owner: null }] });
    const { verdict } = await look(preflight, {
      params: { checks: ['sql-agent-running', 'database-owner', 'sandbox-deployed', 'people-bound'] },
      ports: { sql },
    });
    expect(sql.asked).toEqual(['source-facts']);
    expect(verdict).toMatchObject({
      verdict: 'not-yet',
      again: false,
      unmet: [
        { code: 'preflight:sql-agent-running', message: 'sql-agent-running: Stopped', who: 'dba' },
        { code: 'preflight:database-owner', next: "EXEC sp_changedbowner 'sa' in the source database." },
      ],
    });
  });

  it('passes with amber items and counts them', async () => {
    const { verdict } = await look(preflight, { params: { checks: ['people-bound', 'sandbox-deployed'] } });
    expect(verdict).toEqual({ verdict: 'done', summary: '1 green, 1 amber, none red' });
  });
});

describe('the registry', () => {
  it('holds every kind under one name of its own', () => {
    const names = KINDS.map(({ name }) => name);
    expect(new Set(names).size).toBe(15);
    for (const kind of KINDS) expect(KIND_BY_NAME.get(kind.name)).toBe(kind);
    expect(KIND_BY_NAME.get('none')).toBeUndefined();
  });

  it.each(KINDS)('$name takes no parameter it does not know', ({ params }) => {
    expect(params.safeParse({ surprise: true }).success).toBe(false);
  });

  it('gives every kind that asks for approval a rule, and no other', () => {
    expect(KINDS.filter(({ rule }) => rule !== null).map(({ name }) => name)).toEqual(['approval']);
  });
});
