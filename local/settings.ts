import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A Standard Webhooks secret nobody else knows. */
export const freshSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

/** The values of `local.settings.sample.json`: where a local run begins; every address in it is replaced. */
export const sampleSettings = async (appRoot: string): Promise<Record<string, string>> => {
  const text = await readFile(join(appRoot, 'local.settings.sample.json'), 'utf8');
  return (JSON.parse(text) as { Values: Record<string, string> }).Values;
};
