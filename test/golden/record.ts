// Records the golden rows of the present schema version: every stored row of every story, as today's code writes it.
//
//   npx node test/golden/record.ts
//
// While a version is not released, it is recorded again whenever the stored shape changes. The folder of a released
// version never changes: it is what customers have in their tables. Then add a step to shared/engine/upcast.ts first.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SCHEMA } from '../../shared/engine/upcast.ts';
import { playStory } from './play-story.ts';
import { toText } from './row-file.ts';
import { STORIES } from './stories.ts';

const folder = join(import.meta.dirname, `v${SCHEMA}`);
await mkdir(folder, { recursive: true });
for (const [name, story] of Object.entries(STORIES)) {
  await writeFile(join(folder, `${name}.json`), toText(await playStory(story)));
}
