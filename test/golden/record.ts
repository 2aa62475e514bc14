// Records the golden rows of a schema version: every stored row of every story, as today's code writes it.
//
//   npx node test/golden/record.ts 2
//
// The folder of a released version is never recorded again: it is what customers have in their tables.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toText } from './row-file.ts';
import { playStory } from './play-story.ts';
import { STORIES } from './stories.ts';

const folder = join(import.meta.dirname, `v${Number(process.argv[2])}`);
await mkdir(folder, { recursive: true });
for (const [name, story] of Object.entries(STORIES)) {
  await writeFile(join(folder, `${name}.json`), toText(await playStory(story)));
}
