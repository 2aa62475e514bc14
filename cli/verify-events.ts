import { createHash } from 'node:crypto';
import { z } from 'zod';

/** The text of `verify-events --help`. */
export const VERIFY_EVENTS_HELP = `Checks the events that a receiver was sent: that none is missing, out of order or altered.

npx ax-cutover verify-events FILE

  FILE    the body of every delivery as it was received, one a line, in the order of receipt; of any number of cutovers

It needs neither the app nor a secret. Check the signature of each delivery when it arrives: the chain alone does not tell
who wrote it. Whether events after the last one are missing it cannot know: compare number and hash with those of
GET /api/cutovers/{id}/events/verification.

Exit codes: 0 all is well, 1 something is missing or was altered, 2 the file cannot be read.
`;

/** What an envelope and its entry must have to be checked at all; anything else is kept, because the hash covers it. */
const receivedSchema = z.looseObject({
  id: z.string(),
  source: z.string(),
  type: z.string(),
  subject: z.string().optional(),
  time: z.string(),
  sequence: z.string(),
  previoushash: z.string().optional(),
  data: z.looseObject({
    n: z.int().min(1),
    at: z.int().min(-8.64e15).max(8.64e15),
    type: z.string(),
    stepId: z.unknown().optional(),
    hash: z.string(),
  }),
});

type Received = z.infer<typeof receivedSchema>;

/** What was received of one cutover, whole from its first event on. */
export type Chain = {
  readonly source: string;
  /** The hash of each event, in order. */
  readonly hashes: readonly string[];
  /** How many came more than once, as they may. */
  readonly repeats: number;
  readonly lastType: string;
};

/** What a file of events says; `problem` names the first line that is wrong. */
export type Verification = { readonly chains: readonly Chain[]; readonly problem: string | null };

/**
 * JSON as the hashes cover it: sorted keys, no white space. Written down once more from docs/audit.md, and not shared with
 * the app: whoever checks the app must not rest on its code.
 */
const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = value as Readonly<Record<string, unknown>>;
  const parts = Object.keys(fields)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(fields[key])}`);
  return `{${parts.join(',')}}`;
};

const linkHash = (previous: string, { hash: _, ...entry }: Received['data']): string =>
  createHash('sha256')
    .update(previous + canonical(entry))
    .digest('hex');

/** What of an envelope differs from the entry it carries and the hash before it; null if nothing does. */
const envelopeFault = (
  { id, source, type, subject, time, sequence, previoushash, data }: Received,
  previous: string,
): string | null => {
  const cutoverId = source.slice(source.lastIndexOf('/') + 1);
  const expected = {
    id: `${cutoverId}_${data.n}`,
    type: `ax-cutover.${data.type}`,
    subject: typeof data.stepId === 'string' ? data.stepId : undefined,
    time: new Date(data.at).toISOString(),
    sequence: String(data.n).padStart(12, '0'),
    previoushash: previous === '' ? undefined : previous,
  };
  const actual = { id, type, subject, time, sequence, previoushash };
  const names = Object.keys(expected) as (keyof typeof expected)[];
  return names.find((name) => expected[name] !== actual[name]) ?? null;
};

const parsed = (line: string): Received | null => {
  try {
    return receivedSchema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
};

/** A chain with one delivery more, or what is wrong with it. */
const follow = (chain: Chain | undefined, received: Received): Chain | string => {
  const { hashes = [], repeats = 0, lastType = '' } = chain ?? {};
  const { source, data } = received;
  const { n } = data;
  const next = hashes.length + 1;
  if (n > next) return `event ${next} of ${source} is missing: event ${n} comes in its place`;
  const previous = n === 1 ? '' : (hashes[n - 2] ?? '');
  if (linkHash(previous, data) !== data.hash || (n < next && hashes[n - 1] !== data.hash)) {
    return `event ${n} of ${source} is not what was sent: its hash does not follow from it and from the one before`;
  }
  const fault = envelopeFault(received, previous);
  if (fault !== null) return `event ${n} of ${source} is not what was sent: its ${fault} is another`;
  if (n < next) return { source, hashes, repeats: repeats + 1, lastType };
  return { source, hashes: [...hashes, data.hash], repeats, lastType: data.type };
};

/** Checks deliveries, one a line, in the order of receipt. */
export const verifyEvents = (lines: readonly string[]): Verification => {
  const chains = new Map<string, Chain>();
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const received = parsed(line);
    const followed =
      received === null ? 'is no event of a cutover' : follow(chains.get(received.source), received);
    if (typeof followed === 'string') {
      return { chains: [...chains.values()], problem: `line ${index + 1}: ${followed}` };
    }
    chains.set(followed.source, followed);
  }
  return {
    chains: [...chains.values()],
    problem: chains.size === 0 ? 'there is no event in the file' : null,
  };
};

/** What was found, in words, a line for each cutover. */
export const verificationText = ({ chains, problem }: Verification): string =>
  [
    ...chains.map(
      ({ source, hashes, repeats, lastType }) =>
        `${source}: events 1 to ${hashes.length} are whole, ${repeats} came more than once, the last is ${lastType} with hash ${hashes.at(-1) ?? ''}`,
    ),
    ...(problem === null ? [] : [problem]),
    '',
  ].join('\n');
