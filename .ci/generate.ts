import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { apiFiles } from './generate-api.ts';
import { planFiles } from './generate-plan.ts';
import { queueFiles } from './generate-queues.ts';
import type { GeneratedFile } from './generated-file.ts';

/** Everything generated; a new sort of file is a module `generate-….ts` and a line here. */
const FILES: readonly GeneratedFile[] = [...planFiles, ...apiFiles, ...queueFiles];

const pathOf = (file: string): string => fileURLToPath(new URL(`../${file}`, import.meta.url));

const contentOf = async ({ file, content }: GeneratedFile): Promise<string> => {
  const filepath = pathOf(file);
  return await format(await content(), { ...(await resolveConfig(filepath)), filepath });
};

const isCurrent = async (file: string, content: string): Promise<boolean> => {
  try {
    return (await readFile(pathOf(file), 'utf8')) === content;
  } catch {
    return false;
  }
};

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const stale: string[] = [];
for (const generated of FILES) {
  const content = await contentOf(generated);
  if (await isCurrent(generated.file, content)) continue;
  stale.push(generated.file);
  if (values.check) continue;
  await mkdir(dirname(pathOf(generated.file)), { recursive: true });
  await writeFile(pathOf(generated.file), content);
}
const verb = values.check ? 'is stale: run "npm run generate"' : 'is written';
for (const file of stale) process.stdout.write(`${file} ${verb}\n`);
if (values.check && stale.length > 0) process.exitCode = 1;
