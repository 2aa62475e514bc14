import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { formatDuration } from '../../../shared/core/duration.ts';
import type { PlanDocument, RollbackDocument, StepDocument } from '../../../shared/contract/plan.ts';
import type { KnownKinds } from '../../../shared/contract/read-plan.ts';
import { readPlan, readPlanText } from '../../../shared/contract/read-plan.ts';

const KINDS: KnownKinds = new Map(
  Object.entries({
    task: z.strictObject({ automation: z.string().nullable(), confirm: z.array(z.string()) }),
    toolkit: z.strictObject({ entry: z.int().min(1).max(11) }),
    'replication-gate': z.strictObject({ after: z.string().nullable() }),
    'backup-source': z.strictObject({}),
  }).map(([name, params]) => [name, { params, dataGate: name === 'replication-gate' }]),
);

const step = (id: string, more: Partial<StepDocument> = {}): StepDocument => ({
  id,
  title: `Do ${id}`,
  phase: 1,
  kind: 'task',
  owner: 'dba',
  planned: '30min',
  deadline: '2h',
  params: { automation: null, confirm: [] },
  ...more,
});

const plan = (steps: readonly StepDocument[], more: Partial<PlanDocument> = {}): PlanDocument => ({
  schema: 1,
  id: 'a-plan',
  title: 'A plan',
  mode: 'mock',
  steps: [...steps],
  ...more,
});

const messages = (document: unknown): readonly string[] => {
  const reading = readPlan(document, KINDS);
  return 'problems' in reading ? reading.problems.map(({ message }) => message) : [];
};

const without = (document: StepDocument, key: keyof StepDocument): StepDocument => {
  const { [key]: _left, ...rest } = document;
  return rest as StepDocument;
};

describe('readPlan', () => {
  it('turns written durations into milliseconds and fills in every default', () => {
    expect(readPlan(plan([step('a', { remindAfter: ['1h 30min', '30min'] })]), KINDS)).toEqual({
      plan: {
        schema: 1,
        id: 'a-plan',
        title: 'A plan',
        mode: 'mock',
        source: 'live-ax',
        concurrency: 100,
        rollbacks: [],
        steps: [
          {
            id: 'a',
            title: 'Do a',
            phase: 1,
            kind: 'task',
            after: [],
            owner: 'dba',
            plannedMs: 1_800_000,
            deadlineMs: 7_200_000,
            onDeadline: 'fail',
            remindAfterMs: [1_800_000, 5_400_000],
            maxAttempts: 1,
            retryDelayMs: 60_000,
            required: true,
            dataGate: false,
            marks: null,
            instruction: '',
            params: { automation: null, confirm: [] },
          },
        ],
      },
    });
  });

  it.each([
    [{ planned: '30min', deadline: '2h' }, ['30min', '1h 15min', '1h 50min']],
    [{ planned: '1h', deadline: '1h' }, ['54min']],
    [{ planned: '0s', deadline: '8h' }, ['4h', '7h 10min']],
    [{ planned: '2d', deadline: '3d' }, ['2d', '2d 12h', '2d 17h']],
    [{ planned: '20s', deadline: '30s' }, ['20s', '25s', '27s']],
  ])('reminds at the usual times where the plan does not say: %j', (times, expected) => {
    const reading = readPlan(plan([step('a', times)]), KINDS);
    const [read] = 'plan' in reading ? reading.plan.steps : [];
    expect(read?.remindAfterMs.map(formatDuration)).toEqual(expected);
  });

  it('refuses a step without a deadline, by name', () => {
    expect(messages(plan([without(step('a'), 'deadline')]))).toEqual(['step "a" waits without a deadline']);
  });

  it.each<[string, StepDocument[], Partial<PlanDocument>, unknown[]]>([
    ['an id used twice', [step('a'), step('a')], {}, ['step "a" has an id that is used already by steps[0]']],
    [
      'an unknown predecessor',
      [step('a', { after: ['b'] })],
      {},
      ['step "a" waits for "b", which is no step of this plan'],
    ],
    ['a step that waits for itself', [step('a', { after: ['a'] })], {}, ['step "a" waits for itself']],
    [
      'a circle and what stands behind it',
      [step('a', { after: ['b'] }), step('b', { after: ['a'] }), step('c', { after: ['b'] })],
      {},
      [
        'step "a" waits in a circle, each for the next: a -> b -> a; none of them can start',
        'step "c" can never start: what it waits for waits in a circle',
      ],
    ],
    [
      'an unknown kind',
      [step('a', { kind: 'dance' })],
      {},
      ['step "a" has the unknown kind "dance"; known are backup-source, replication-gate, task, toolkit'],
    ],
    [
      'parameters of the wrong kind',
      [step('a', { kind: 'toolkit', params: { entry: 12 } })],
      {},
      ['step "a": params.entry must be at most 11'],
    ],
    [
      'a deadline shorter than planned',
      [step('a', { deadline: '10min' })],
      {},
      ['step "a" has a deadline of 10min but is planned to take 30min'],
    ],
    [
      'a question nobody would be reminded of',
      [step('a', { remindAfter: [] })],
      {},
      [
        expect.stringMatching(
          /^step "a": remindAfter is empty, so that nobody would be reminded; leave it out/,
        ),
      ],
    ],
    [
      'a reminder at the deadline',
      [step('a', { remindAfter: ['2h'] })],
      {},
      ['step "a" reminds after 2h, not before its deadline of 2h'],
    ],
    [
      'phases that go backwards',
      [step('a', { phase: 2 }), step('b', { after: ['a'] })],
      {},
      ['step "b" is of phase 1 but waits for "a" of phase 2'],
    ],
    [
      'a milestone marked twice',
      [step('a', { marks: 'aos-stopped' }), step('b', { marks: 'aos-stopped' })],
      {},
      ['step "b" marks "aos-stopped", which step "a" marks already'],
    ],
    [
      'a way back between milestones nobody marks',
      [step('a')],
      { rollbacks: [{ id: 'back', title: 'Back', availableFrom: 'refresh-done', steps: [step('rb.a')] }] },
      ['way back "back" is available from "refresh-done", which no forward step marks'],
    ],
    [
      'a way back while a step has failed that is none, or one of a way back',
      [step('a')],
      {
        rollbacks: [
          { id: 'back', title: 'Back', availableWhileFailed: 'b', steps: [step('rb.a')] },
          { id: 'home', title: 'Home', availableWhileFailed: 'rb.a', steps: [step('rb.b')] },
        ],
      },
      [
        'way back "home": availableWhileFailed must be lower-case words joined by hyphens, beginning with a letter, at most 64 characters',
        'way back "back" is available while "b" has failed, which is no forward step of this plan',
        'way back "home" is available while "rb.a" has failed, which is no forward step of this plan',
      ],
    ],
    [
      'a way back whose step has a forward id and waits for a forward step',
      [step('a')],
      { rollbacks: [{ id: 'back', title: 'Back', steps: [step('b', { after: ['a'] })] }] },
      [
        'step "b": id must begin with "rb."; the rest must be lower-case words joined by hyphens, beginning with a letter, at most 64 characters',
        'step "b" waits for "a", which stands among the forward steps',
      ],
    ],
    [
      'a gate whose milestone nobody marks',
      [step('a', { kind: 'backup-source', params: {} })],
      {},
      ['step "a" needs the milestone "aos-stopped", which no step marks'],
    ],
    [
      'a gate whose milestone is marked only behind it',
      [
        step('a', { kind: 'replication-gate', params: { after: 'aos-stopped' } }),
        step('b', { after: ['a'], marks: 'aos-stopped' }),
      ],
      {},
      ['step "a" needs the milestone "aos-stopped", which step "b" marks only after it'],
    ],
    [
      'a milestone whose step may be skipped, forward and on a way back',
      [step('a', { marks: 'aos-stopped', required: false })],
      {
        rollbacks: [
          {
            id: 'back',
            title: 'Back',
            steps: [
              { ...step('rb.a'), marks: 'access-opened', required: false },
              { ...step('rb.b'), required: false },
            ],
          },
        ],
      },
      [
        'step "a" marks "aos-stopped", so it must be required',
        'step "rb.a" marks "access-opened", so it must be required',
      ],
    ],
    [
      'a duration in no known form',
      [step('a', { planned: '2 hours' })],
      {},
      ['step "a": planned is not a duration; write it like 30min, 2h, 1d 4h or 90s'],
    ],
    [
      'a duration that names a unit twice',
      [step('a', { planned: '2h 2h' })],
      {},
      [
        'step "a": planned is not a duration; name each unit once, the largest first (1d 4h 30min), at most 366d',
      ],
    ],
  ])('refuses %s', (_case, steps, more, expected) => {
    expect(messages(plan(steps, more))).toEqual(expected);
  });

  describe('a way back that loses data without saying so', () => {
    const SILENT = 'is open after the point of no return, so it must say what is lost (dataLossStatement)';
    const opening = [
      step('a', { marks: 'refresh-done' }),
      step('b', { after: ['a'], marks: 'point-of-no-return' }),
      step('c', { after: ['b'], marks: 'access-opened' }),
      step('d', { marks: 'aos-stopped' }),
    ];
    const back = (differs: Partial<RollbackDocument>, steps = opening, mode: PlanDocument['mode'] = 'mock') =>
      messages(
        plan(steps, { mode, rollbacks: [{ id: 'back', title: 'Back', steps: [step('rb.a')], ...differs }] }),
      );

    it.each<[string, Partial<RollbackDocument>]>([
      ['from which it is open', { availableFrom: 'point-of-no-return' }],
      ['that does not close it', {}],
      ['before the milestone that closes it', { availableUntil: 'access-opened' }],
      ['not surely after the milestone that closes it', { availableUntil: 'aos-stopped' }],
    ])('is refused when the plan marks the point of no return %s', (_, differs) => {
      expect(back(differs)).toEqual([`way back "back" ${SILENT}`]);
      expect(back({ ...differs, dataLossStatement: 'The orders since then.' })).toEqual([]);
    });

    it.each<[string, Partial<RollbackDocument>]>([
      ['at that point', { availableUntil: 'point-of-no-return' }],
      ['before that point', { availableUntil: 'refresh-done' }],
    ])('is no way that ends %s', (_, differs) => {
      expect(back(differs)).toEqual([]);
    });

    it('is refused in production even if no step marks the point, and not in a rehearsal', () => {
      expect(back({}, [step('a')], 'production')).toEqual([`way back "back" ${SILENT}`]);
      expect(back({}, [step('a')])).toEqual([]);
    });
  });

  it('refuses an unknown key by its name and place', () => {
    expect(readPlan(plan([{ ...step('a'), owners: 'dba' } as StepDocument]), KINDS)).toEqual({
      problems: [{ path: 'steps[0].owners', message: 'step "a": owners is not a known key here' }],
    });
  });

  it.each([null, 1, 'plan', [], {}])('refuses %j without throwing', (document) => {
    expect(messages(document).length).toBeGreaterThan(0);
  });

  it('reports twenty-three mistakes of as many sorts in one list', () => {
    const document = {
      schema: 2,
      id: 'A Plan',
      title: '',
      mode: 'rehearsal',
      extra: true,
      steps: [
        without(step('one'), 'deadline'),
        step('two', { after: ['three'] }),
        step('three', { after: ['two'] }),
        step('four', { after: ['three'] }),
        step('five', { after: ['five'] }),
        step('six', { after: ['nowhere'] }),
        step('six'),
        step('seven', { kind: 'dance' }),
        step('eight', { kind: 'toolkit', params: { entry: 0 } }),
        step('nine', { deadline: '1min', remindAfter: [] }),
        step('ten', { remindAfter: ['3h'] }),
        step('eleven', { phase: 3, marks: 'aos-stopped', required: false }),
        step('twelve', { phase: 2, after: ['eleven'], marks: 'aos-stopped' }),
        step('thirteen', { planned: 'soon' }),
        step('fourteen', { params: { automation: null, confirm: 'yes' } }),
        without(step('fifteen'), 'owner'),
        step('sixteen', { marks: 'point-of-no-return' }),
      ],
      rollbacks: [{ id: 'back', title: 'Back', availableUntil: 'refresh-done', steps: [step('rb.one')] }],
    };
    const expected = [
      'schema is not 1',
      'id must be lower-case words',
      'title must have at least 1 character(s)',
      'mode is not "mock" or "production"',
      'extra is not a known key here',
      'step "one" waits without a deadline',
      'two -> three -> two',
      'step "four" can never start',
      'step "five" waits for itself',
      'step "six" waits for "nowhere"',
      'step "six" has an id that is used already',
      'step "seven" has the unknown kind "dance"',
      'step "eight": params.entry must be at least 1',
      'step "nine": remindAfter is empty',
      'step "nine" has a deadline of 1min',
      'step "ten" reminds after 3h',
      'step "twelve" is of phase 2 but waits for "eleven" of phase 3',
      'step "twelve" marks "aos-stopped"',
      'step "thirteen": planned is not a duration',
      'step "fourteen": params.confirm is not a list',
      'step "fifteen": owner is missing',
      'way back "back" is available until "refresh-done"',
      'way back "back" is open after the point of no return',
      'step "eleven" marks "aos-stopped", so it must be required',
    ];
    const found = messages(document);
    expect(found).toHaveLength(expected.length);
    for (const words of expected) {
      expect(found).toEqual(expect.arrayContaining([expect.stringContaining(words)]));
    }
  });

  it('reads a thousand steps', () => {
    const steps = Array.from({ length: 1000 }, (_, index) =>
      step(`s${index}`, {
        after: [index - 1, index - 7, index - 50]
          .filter((before) => before >= 0)
          .map((before) => `s${before}`),
      }),
    );
    const read = readPlan(plan(steps), KINDS);
    expect('plan' in read && read.plan.steps.length).toBe(1000);
  });

  it('refuses parameters nested out of all reason instead of overflowing', () => {
    let nested: unknown = 0;
    for (let depth = 0; depth < 100_000; depth += 1) nested = [nested];
    expect(messages(plan([step('a', { params: nested as never })]))).toEqual([
      'step "a": params is not JSON, or is nested too deeply',
    ]);
  });
});

describe('readPlanText', () => {
  const yaml = [
    'schema: 1',
    'id: a-plan',
    'title: A plan',
    'mode: mock',
    'steps:',
    '  - { id: a, title: A, phase: 1, kind: toolkit, owner: dba, planned: 1h, deadline: 2h, params: { entry: 1 } }',
  ].join('\n');

  it('reads the same plan from YAML and from JSON', () => {
    const fromYaml = readPlanText(yaml, KINDS);
    const steps = [
      {
        id: 'a',
        title: 'A',
        phase: 1,
        kind: 'toolkit',
        owner: 'dba',
        planned: '1h',
        deadline: '2h',
        params: { entry: 1 },
      },
    ];
    const json = JSON.stringify({ schema: 1, id: 'a-plan', title: 'A plan', mode: 'mock', steps });
    expect(fromYaml).toHaveProperty('plan.steps[0].id', 'a');
    expect(readPlanText(json, KINDS)).toEqual(fromYaml);
  });

  it.each([
    ['YAML', 'schema: 1\nid: [a', /^line 2, column \d+: /],
    ['a key given twice', 'schema: 1\nschema: 1', /^line 2, column 1: /],
    ['JSON', '{\n  "schema": 1,\n  "id" "x" }', /^line 3, column \d+: /],
  ])('names line and column of what is not written well in %s', (_case, text, expected) => {
    const reading = readPlanText(text, KINDS);
    expect(reading).toHaveProperty('problems[0].message', expect.stringMatching(expected));
  });

  it('refuses a bomb of aliases', () => {
    const levels = Array.from({ length: 12 }, (_, index) =>
      index === 0
        ? 'l0: &l0 [x, x, x, x, x, x, x, x, x]'
        : `l${index}: &l${index} [${Array.from({ length: 9 }, () => `*l${index - 1}`).join(', ')}]`,
    );
    expect(readPlanText(levels.join('\n'), KINDS)).toEqual({
      problems: [{ path: '', message: 'repeats parts of itself by aliases too often' }],
    });
  });

  it('refuses a text of more than 1 MiB, and one nested too deeply', () => {
    expect(readPlanText(`# ${'é'.repeat(524_288)}`, KINDS)).toHaveProperty(
      'problems[0].message',
      'is larger than 1 MiB',
    );
    const nested = `a: ${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    expect(readPlanText(nested, KINDS)).toHaveProperty('problems[0].message', 'is nested too deeply');
  });
});
