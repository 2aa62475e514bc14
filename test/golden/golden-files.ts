import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { RowFile } from './row-file.ts';
import { fromText } from './row-file.ts';

/** A golden file: the schema version it was recorded with, and the story it tells. */
export type GoldenFile = RowFile & { readonly version: number; readonly story: string };

const FOLDER = import.meta.dirname;

const filesOf = (version: number): readonly GoldenFile[] =>
  readdirSync(join(FOLDER, `v${version}`)).map((name) => ({
    version,
    story: basename(name, '.json'),
    ...fromText(readFileSync(join(FOLDER, `v${version}`, name), 'utf8')),
  }));

/** Every golden file of every version. */
export const goldenFiles = (): readonly GoldenFile[] =>
  readdirSync(FOLDER)
    .flatMap((name) => /^v(\d+)$/.exec(name)?.[1] ?? [])
    .flatMap((version) => filesOf(Number(version)));
