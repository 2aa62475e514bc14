import { describe, expect, it } from 'vitest';
import type { Bindings } from '../../../shared/contract/bindings.ts';
import { changedBindings, readBindings } from '../../../shared/contract/bindings.ts';
import { defaultPlanDocument } from '../../../shared/contract/plans/default-plan.ts';
import { mockPlanDocument } from '../../../shared/contract/plans/mock-plan.ts';
import { sampleBindings } from '../../../shared/contract/plans/sample-bindings.ts';
import { readPlan } from '../../../shared/contract/read-plan.ts';
import type { Plan } from '../../../shared/core/plan.ts';
import { KIND_BY_NAME } from '../../../shared/kinds/registry.ts';

const planOf = (document: unknown): Plan => {
  const reading = readPlan(document, KIND_BY_NAME);
  if ('problems' in reading) throw new Error(JSON.stringify(reading.problems));
  return reading.plan;
};

const plan = planOf(mockPlanDocument());
const bindings = sampleBindings();

const messages = (document: unknown): readonly string[] => {
  const reading = readBindings(document, plan);
  return 'problems' in reading ? reading.problems.map(({ message }) => message) : [];
};

const { dba, ...withoutDba } = bindings.people;

describe('changedBindings', () => {
  it('names what differs, a role or an automation by itself, and nothing of what it says', () => {
    expect(changedBindings(bindings, structuredClone(bindings))).toEqual([]);
    const changed = {
      ...bindings,
      aosHosts: ['other'],
      people: { ...withoutDba, newcomer: [{ id: 'n', name: 'N' }] },
      automations: { ...bindings.automations, robot: 'https://robot.example/hook?sig=secret' },
    };
    const names = ['aosHosts', 'automations.robot', 'people.dba', 'people.newcomer'];
    expect(changedBindings(bindings, changed)).toEqual(names);
    expect(changedBindings(changed, bindings)).toEqual(names);
  });
});

describe('readBindings', () => {
  it.each([
    ['mock', plan],
    ['production', planOf(defaultPlanDocument())],
  ])('finds nothing wrong with the sample bindings of the default %s plan', (_mode, sampled) => {
    expect(readBindings(bindings, sampled)).toEqual({ bindings });
  });

  it('tells apart two roles that hold the same person from one that names a person twice', () => {
    const twice = { ...bindings.people, dba: [...(dba ?? []), ...(dba ?? [])] };
    expect(messages({ ...bindings, people: twice })).toEqual([
      'the role "dba" names the same person twice',
      'the role "dba" names the same person twice',
    ]);
  });

  it('names a role nobody holds once, however many steps need it', () => {
    expect(messages({ ...bindings, people: withoutDba })).toEqual([
      expect.stringMatching(/^nobody holds the role "dba", which step "preflight" and \d+ other\(s\) needs$/),
    ]);
  });

  it('counts people, not roles, against the quorum of an approval', () => {
    const [one] = bindings.people['business-owner'] ?? [];
    const everybodyIsOne = Object.fromEntries(Object.keys(bindings.people).map((role) => [role, [one]]));
    expect(messages({ ...bindings, people: everybodyIsOne })).toContain(
      'step "approve-start" needs 2 approver(s), but business-owner, functional-lead, dba are held by 1 person(s)',
    );
  });

  it.each<[string, Partial<Bindings>, string]>([
    [
      'an automation without an endpoint',
      { automations: {} },
      'the automation "stop-aos", which step "stop-aos" calls, has no endpoint',
    ],
    [
      'a sandbox that is production, however it is written',
      {
        lcs: {
          projectId: '1',
          sandboxEnvironmentId: 'c3b1e7d2-08a4-4f6e-b5c9-7d40a9e61b52',
          productionEnvironmentId: 'C3B1E7D2-08A4-4F6E-B5C9-7D40A9E61B52',
        },
      },
      'the sandbox and production are the same environment: the upgrade would run on production',
    ],
    [
      'a target that is the source',
      { target: { server: 'axsql01', database: 'AX2012PROD' } },
      'source and target are the same database',
    ],
    ['no AOS host', { aosHosts: [] }, 'no AOS host is named, but step "stop-aos" has to stop them all'],
  ])('refuses %s', (_case, change, expected) => {
    expect(messages({ ...bindings, ...change })).toEqual([expected]);
  });

  it('reports mistakes of writing together with what is missing', () => {
    const document = {
      ...bindings,
      people: withoutDba,
      automations: {},
      aosHosts: 'AXAOS01',
      source: { server: 'AXSQL01' },
      extra: 1,
    };
    expect(messages(document)).toEqual([
      'source.database is missing',
      'aosHosts is not a list',
      'extra is not a known key here',
      expect.stringContaining('nobody holds the role "dba"'),
      'the automation "stop-aos", which step "stop-aos" calls, has no endpoint',
    ]);
  });

  it('tells the mistakes of the bindings themselves when there is no usable plan', () => {
    expect(readBindings({ ...bindings, people: {}, aosHosts: 1 }, null)).toEqual({
      problems: [{ path: 'aosHosts', message: 'aosHosts is not a list' }],
    });
  });

  const downtime = {
    endsAt: '2026-03-29T18:00:00+02:00',
    zone: 'Europe/Berlin',
    endsWith: 'check-ax',
    waves: [{ step: 'check-ax', opensAt: '2026-03-29T12:00:00-04:00', zone: 'America/New_York' }],
    margin: '1h',
    waysBack: [{ id: 'restore-ax', estimate: { takes: '8h', by: 'Martin' } }],
  };

  it('takes a downtime by the clocks of its zones, or in UTC', () => {
    expect(messages({ ...bindings, downtime })).toEqual([]);
    expect(
      messages({ ...bindings, downtime: { endsAt: '2026-03-29T16:00:00Z', zone: 'Europe/Berlin' } }),
    ).toEqual([]);
  });

  it.each<[string, object, string]>([
    [
      'an end that was copied over the change of the clocks',
      { endsAt: '2026-03-29T18:00:00+01:00' },
      'the clocks of Europe/Berlin do not show 2026-03-29T18:00:00+01:00 then, but 2026-03-29T19:00:00+02:00',
    ],
    [
      'a wave by the clocks of another zone',
      { waves: [{ step: 'check-ax', opensAt: '2026-03-29T12:00:00-04:00' }] },
      'the clocks of Europe/Berlin do not show 2026-03-29T12:00:00-04:00 then, but 2026-03-29T18:00:00+02:00',
    ],
    ['an end without an offset', { endsAt: '2026-03-29T18:00:00' }, 'downtime.endsAt'],
    ['a zone that is none', { zone: 'Europe/Atlantis' }, 'is not a time zone such as Europe/Copenhagen'],
    ['an end by a step of no plan', { endsWith: 'gone' }, 'the plan has no step "gone"'],
    [
      'a wave by a step of no plan',
      { waves: [{ step: 'gone', opensAt: '2026-03-29T18:00:00+02:00' }] },
      'the plan has no step "gone"',
    ],
    ['a way back of no plan', { waysBack: [{ id: 'gone' }] }, 'the plan has no way back "gone"'],
    [
      'an estimate of nobody',
      { waysBack: [{ id: 'restore-ax', estimate: { takes: '8h' } }] },
      'downtime.waysBack[0].estimate.by is missing',
    ],
  ])('refuses %s', (_case, change, expected) => {
    expect(messages({ ...bindings, downtime: { ...downtime, ...change } })).toEqual([
      expect.stringContaining(expected),
    ]);
  });

  it.each([null, 7, 'bindings', []])('refuses %j without throwing', (document) => {
    expect(messages(document).length).toBeGreaterThan(0);
  });

  it('takes no inherited property for an automation', () => {
    const named = {
      ...plan,
      steps: plan.steps.map((step) =>
        step.id === 'stop-aos' ? { ...step, params: { automation: 'constructor' } } : step,
      ),
    };
    expect(readBindings(bindings, named)).toHaveProperty('problems[0].path', 'automations.constructor');
  });
});
