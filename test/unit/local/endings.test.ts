import { describe, expect, it } from 'vitest';
import { makeEndings } from '../../../local/endings.ts';

describe('the endings of what was started', () => {
  it('run the last first, and each once', async () => {
    const endings = makeEndings();
    const ended: string[] = [];
    endings.add(() => void ended.push('folder'));
    endings.add(async () => {
      await Promise.resolve();
      ended.push('server');
    });
    await endings.run();
    await endings.run();
    expect(ended).toEqual(['server', 'folder']);
  });

  it('run on after one that fails, and tell the failure in the end', async () => {
    const endings = makeEndings();
    const ended: string[] = [];
    const failure = new Error('it hangs');
    endings.add(() => void ended.push('folder'));
    endings.add(() => Promise.reject(failure));
    await expect(endings.run()).rejects.toMatchObject({ errors: [failure] });
    expect(ended).toEqual(['folder']);
  });
});
