import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAULTS, HELP } from '../../local/arguments.ts';
import { run } from '../e2e/play.ts';
import { planDocumentOf, robotStep, taskStep } from '../support/step-documents.ts';

const ROOT = join(import.meta.dirname, '..', '..');

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
      '--readings',
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
      'every kind of mistake at once',
      '--speed abc --seed 1.5 --fault nope --port 99999 --bogus extra --tables 5 --plan'.split(' '),
      ['abc', '1.5', 'nope', '99999', '--bogus', '"extra"', '"5"', '--plan'],
    ],
    [
      'everything wrong at once',
      ['--fault', 'toString', '--speed', '0', '--seed', 'x', '--port', '70000'],
      [/--fault .*"toString"/, /--speed .*1 to 2000.*"0"/, /--seed .*"x"/, /--port .*"70000"/],
    ],
  ])('refuses %s with exit code 2 and the way to the help', async (_, args, problems) => {
    const { code, stdout, stderr } = await run(args);
    expect([code, stdout]).toEqual([2, '']);
    for (const problem of problems) expect(stderr).toMatch(problem);
    expect(stderr).toMatch(/See npm start -- --help\n$/);
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

/** The command with a folder of its own for temporary files, interrupted at a moment. */
const interruptAt = async (
  moment: (child: ChildProcess, temporary: string) => Promise<unknown>,
  name: NodeJS.Signals,
) => {
  const temporary = await mkdtemp(join(folder, 'tmp-'));
  const child = spawn(
    process.execPath,
    [join(ROOT, 'dist/local/main.js'), '--port', '0', '--tables', '100'],
    {
      cwd: ROOT,
      env: { ...process.env, TMPDIR: temporary, TMP: temporary, TEMP: temporary },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  const closed = once(child, 'close');
  await moment(child, temporary);
  const before = await readdir(temporary);
  child.kill(name);
  const [code] = (await closed) as [number | null];
  return { code, stderr, before, left: await readdir(temporary) };
};

const onceItPrints = (words: string) => (child: ChildProcess) =>
  new Promise<void>((resolve) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      if (text.includes(words)) resolve();
    });
  });
const onceItsFolderIsThere = async (_: ChildProcess, temporary: string): Promise<void> => {
  const watcher = watch(temporary);
  await once(watcher, 'change');
  watcher.close();
};

describe('the local command, interrupted', () => {
  it.each<[string, Parameters<typeof interruptAt>[0], NodeJS.Signals, number]>([
    ['by Ctrl+C while it starts', onceItsFolderIsThere, 'SIGINT', 130],
    ['by SIGTERM while it starts', onceItsFolderIsThere, 'SIGTERM', 143],
    ['by Ctrl+C in the middle of a cutover', onceItPrints('Status page'), 'SIGINT', 130],
    ['by SIGTERM in the middle of a cutover', onceItPrints('Status page'), 'SIGTERM', 143],
  ])('%s stops without a stack and leaves no file', async (_, moment, name, exitCode) => {
    const { code, stderr, before, left } = await interruptAt(moment, name);
    expect(before).toEqual([expect.stringMatching(/^ax-cutover-/)]);
    expect([code, left]).toEqual([exitCode, []]);
    expect(stderr).toContain('Stopping; once more ends at once.\n');
    expect(stderr).not.toMatch(/^ {4}at |Error/m);
  });
});
