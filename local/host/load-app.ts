import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

// A test runner rewrites `import()` to go through its own loader. The app has to be loaded by Node itself, as a worker
// loads it, or it would see other module instances than the library does; nobody rewrites a data URL.
const importerUrl = 'data:text/javascript,export const importByNode = (url) => import(url);';
const { importByNode } = (await import(importerUrl)) as {
  readonly importByNode: (url: string) => Promise<unknown>;
};

/**
 * Loads the files that the `main` of the app's package.json names (a path or a glob), in the order of their names.
 * @throws whatever the app throws while loading; or an error naming the pattern that matches no file.
 */
export const loadApp = async (appRoot: string): Promise<void> => {
  const manifest = JSON.parse(await readFile(join(appRoot, 'package.json'), 'utf8')) as {
    readonly main?: unknown;
  };
  if (typeof manifest.main !== 'string')
    throw new Error(`${join(appRoot, 'package.json')} has no "main": the app's entry point is unknown.`);
  const files: string[] = [];
  for await (const file of glob(manifest.main, { cwd: appRoot })) files.push(file);
  if (files.length === 0)
    throw new Error(
      `No file in ${appRoot} matches the "main" of package.json, "${manifest.main}". Build the app first.`,
    );
  for (const file of files.sort()) await importByNode(pathToFileURL(join(appRoot, file)).href);
};
