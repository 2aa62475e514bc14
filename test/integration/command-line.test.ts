import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAULTS, HELP } from '../../local/arguments.ts';
import { run } from '../e2e/play.ts';
import { planDocumentOf, robotStep, taskStep } from '../support/step-documents.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ax-cutover-plans-'));
});
afterAll(() => rm(folder, { recursive: true }));

const planFile = async (name: string, content: string): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
};

describe.concurrent('the local command', () => {
  it('explains itself, every option and every fault, and ends well', async () => {
    const { code, stdout, stderr } = await run(['--help']);
    expect([code, stdout, stderr]).toEqual([0, HELP, '']);
    for (const word of [
      '--exit',
      '--json',
      '--plan',
      '--speed',
      '--seed',
      '--fault',
      '--port',
      'Exit codes',
    ]) {
      expect(stdout).toContain(word);
    }
    for (const fault of Object.keys(FAULTS)) expect(stdout).toContain(fault);
  });

  it.each<[string, readonly string[], readonly (string | RegExp)[]]>([
    ['an unknown fault', ['--fault', 'power-cut'], [/--fault takes one of .*rows-lost.*, not "power-cut"/]],
    ['an unknown option', ['--fast'], [/--fast/]],
    ['an option without its value', ['--plan'], [/--plan/]],
    ['a word too many', ['mock'], [/mock/]],
    [
      'everything wrong at once',
      ['--fault', 'toString', '--speed', '0', '--seed', 'x', '--port', '70000'],
      [/--fault .*"toString"/, /--speed .*1 to 2000.*"0"/, /--seed .*"x"/, /--port .*"70000"/],
    ],
  ])('refuses %s with exit code 2 and the way to the help', async (_, args, problems) => {
    const { code, stdout, stderr } = await run(args);
    expect([code, stdout]).toEqual([2, '']);
    for (const problem of problems) expect(stderr).toMatch(problem);
    expect(stderr).toContain('--help');
    expect(stderr).not.toContain('    at ');
  });

  it('refuses a plan with mistakes with exit code 2 and all of them, each by its place', async () => {
    const plan = planDocumentOf([
      { ...taskStep('first'), kind: 'magic' },
      { ...taskStep('second'), after: ['nobody'], deadline: 'never' },
      robotStep('third', { owner: 'a-role-nobody-holds' }),
    ]);
    const { code, stdout, stderr } = await run([
      '--plan',
      await planFile('flawed.json', JSON.stringify(plan)),
    ]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('The plan has 3 problem(s):');
    expect(stderr).toMatch(/steps\[0\]\.kind: .*"magic"/);
    expect(stderr).toMatch(/steps\[1\]\.after: .*"nobody"/);
    expect(stderr).toMatch(/steps\[1\]\.deadline: .*duration/);
  });

  it('refuses a plan that the sample bindings do not fit with exit code 2 and what they lack', async () => {
    const plan = planDocumentOf([robotStep('first'), taskStep('second', { owner: 'a-role-nobody-holds' })]);
    const { code, stderr } = await run(['--plan', await planFile('unbound.json', JSON.stringify(plan))]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/automations\.robot: .*"first"/);
    expect(stderr).toMatch(/people\.a-role-nobody-holds: .*"second"/);
  });

  it.each([
    ['broken JSON', 'broken.json', '{"schema": 1,\n "steps": [}', /line 2, column \d+/],
    ['broken YAML', 'broken.yaml', 'schema: 1\nsteps: [\n', /line \d, column \d+/],
    ['nothing', 'empty.yaml', '', /the plan is not an object|the plan is missing/],
    ['more than 1 MiB', 'large.yaml', `# ${'x'.repeat(1024 * 1024)}\n`, /larger than 1 MiB/],
    ['a program', 'program.ts', 'export const plan = () => 1;\n', /the plan is not an object/],
  ])(
    'refuses a plan file that holds %s with exit code 2 and where it is wrong',
    async (_, name, content, problem) => {
      const { code, stdout, stderr } = await run(['--plan', await planFile(name, content)]);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(problem);
      expect(stderr).not.toContain('    at ');
    },
  );

  it.each([
    ['is not there', () => join(folder, 'missing.yaml'), /missing\.yaml: cannot be read: .*no such file/],
    ['is a folder', () => folder, /cannot be read: .*directory/],
  ])(
    'refuses a plan file that %s with exit code 2 and its path, not with a stack',
    async (_, path, problem) => {
      const { code, stdout, stderr } = await run(['--plan', path()]);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(problem);
      expect(stderr).toContain(path());
      expect(stderr).not.toContain('    at ');
    },
  );

  it('says that its port is taken, and ends with exit code 1 without a stack', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const { code, stderr } = await run(['--exit', '--port', String(port)]);
    taken.close();
    expect(code).toBe(1);
    expect(stderr).toContain(`Port ${port} is taken`);
    expect(stderr).toContain('--port 0');
    expect(stderr).not.toContain('    at ');
  });
});
