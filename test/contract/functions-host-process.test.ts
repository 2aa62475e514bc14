import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { writeApp } from '../support/functions-host.ts';

type Ending = { readonly code: number | string | null; readonly stdout: string; readonly stderr: string };

/** Runs an app in a process of its own, on Node alone; `then` is run with the started `host`. */
const runAlone = async (appRoot: string, then: string): Promise<Ending> => {
  const startHost = resolve(import.meta.dirname, '../../local/host/start-host.ts');
  const script = `
    const { startHost } = await import(${JSON.stringify(startHost)});
    const host = await startHost({
      appRoot: ${JSON.stringify(appRoot)},
      clock: { now: Date.now },
      timeFactor: 1,
      functionKey: 'key',
      log: () => {},
    });
    ${then}`;
  return new Promise((done) => {
    execFile(process.execPath, ['--input-type=module', '-e', script], (error, stdout, stderr) => {
      done({ code: error === null ? 0 : (error.code ?? null), stdout, stderr });
    });
  });
};

test('an app runs on Node alone, quietly, and the process ends by itself after the host has stopped', async () => {
  const appRoot = await writeApp(`
    await Promise.resolve();
    app.get('hello', () => ({ body: 'hello' }));`);
  const ending = await runAlone(
    appRoot,
    `console.log(await (await fetch(host.url + '/hello')).text()); await host.stop();`,
  );
  expect(ending).toEqual({ code: 0, stdout: 'hello\n', stderr: '' });
});

test('a host that stops finishes the request it is answering, and waits for nothing else', async () => {
  const appRoot = await writeApp(`
    import { once } from 'node:events';
    app.get('waits', async () => {
      process.emit('waiting');
      await once(process, 'release');
      return { body: 'released' };
    });`);
  const ending = await runAlone(
    appRoot,
    `const waiting = new Promise((resolve) => process.once('waiting', resolve));
    const answer = fetch(host.url + '/waits').then((response) => response.text());
    await waiting;
    const stopped = host.stop();
    process.emit('release');
    console.log(await answer);
    const answeredMs = performance.now();
    await stopped;
    console.log(performance.now() - answeredMs < 1_000 ? 'at once' : 'late');`,
  );
  expect(ending).toEqual({ code: 0, stdout: 'released\nat once\n', stderr: '' });
});

test('a function that exceeds its time ends the process', async () => {
  const appRoot = await writeApp(`app.get('stuck', () => new Promise(() => {}));`, {
    version: '2.0',
    functionTimeout: '00:00:01',
  });
  const ending = await runAlone(appRoot, `await fetch(host.url + '/stuck');`);
  expect(ending).toEqual({
    code: 1,
    stdout: '',
    stderr: 'Function "stuck" ran longer than 1000 ms; the worker ends with it.\n',
  });
});

test.each([
  [`app.setup({ enableHttpStream: true }); app.get('one', () => ({}));`, 'This host has no HTTP streaming'],
  [`throw new Error('SETTING_A is missing');`, 'SETTING_A is missing'],
])('an app that cannot run ends the process with its reason: %s', async (source, reason) => {
  const ending = await runAlone(await writeApp(source), '');
  expect(ending.code).toBe(1);
  expect(ending.stderr).toContain(reason);
});
