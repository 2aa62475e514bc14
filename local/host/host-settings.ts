import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** What this host reads from host.json. */
export type HostSettings = {
  readonly routePrefix: string;
  /** `null` when functions may run without a limit. */
  readonly functionTimeoutMs: number | null;
  readonly serviceBus: {
    readonly maxConcurrentCalls: number;
    readonly maxAutoLockRenewalDurationMs: number;
  };
};

const timeSpan = /^(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})$/;

const toDurationMs = (text: string, context: z.RefinementCtx): number => {
  const match = timeSpan.exec(text);
  if (match === null) {
    context.addIssue({ code: 'custom', message: `"${text}" is not a time span such as "00:05:00".` });
    return z.NEVER;
  }
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part || 0)) as [
    number,
    number,
    number,
    number,
  ];
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
};

const durationMs = z.string().transform(toDurationMs);

const hostJson = z.object({
  version: z.literal('2.0'),
  functionTimeout: z
    .string()
    .default('00:30:00')
    .transform((text, context) => (text === '-1' ? null : toDurationMs(text, context))),
  extensions: z
    .object({
      http: z.object({ routePrefix: z.string().default('api') }).prefault({}),
      serviceBus: z
        .object({
          // Without auto-completion a function would have to settle through the SDK binding, which is not spoken here.
          autoCompleteMessages: z.literal(true).default(true),
          maxConcurrentCalls: z.int().min(1).default(16),
          maxAutoLockRenewalDuration: durationMs.default(5 * 60_000),
        })
        .prefault({}),
    })
    .prefault({}),
});

/**
 * Reads host.json with the defaults of the real host.
 * @throws with every problem it has.
 */
export const readHostSettings = async (appRoot: string): Promise<HostSettings> => {
  const path = join(appRoot, 'host.json');
  const parsed = hostJson.safeParse(JSON.parse(await readFile(path, 'utf8')));
  if (!parsed.success) throw new Error(`${path} cannot be used:\n${z.prettifyError(parsed.error)}`);
  const { functionTimeout, extensions } = parsed.data;
  return {
    routePrefix: extensions.http.routePrefix,
    functionTimeoutMs: functionTimeout,
    serviceBus: {
      maxConcurrentCalls: extensions.serviceBus.maxConcurrentCalls,
      maxAutoLockRenewalDurationMs: extensions.serviceBus.maxAutoLockRenewalDuration,
    },
  };
};
