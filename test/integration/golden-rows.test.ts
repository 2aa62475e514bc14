import { describe, expect, it } from 'vitest';
import type { GoldenFile } from '../golden/golden-files.ts';
import { goldenFiles } from '../golden/golden-files.ts';
import { restore } from '../golden/row-file.ts';
import { makeStage } from '../golden/stage.ts';
import { makeMemoryTables } from '../support/memory-tables.ts';

/** So far from any number used while recording that no made-up value repeats. */
const FIRST_TOKEN = 1_000_000;

const load = async ({ now, rows }: GoldenFile) => {
  const tables = makeMemoryTables();
  await restore(tables, rows);
  return makeStage(now, tables, FIRST_TOKEN);
};

describe.each(goldenFiles())('rows of version $version: $story', (file) => {
  it('give the same answer to the same request', async () => {
    const { engine } = await load(file);
    for (const { cutoverId, input, answer } of file.asked) {
      expect(await engine.advance(cutoverId, input)).toEqual(answer);
    }
  });
});
