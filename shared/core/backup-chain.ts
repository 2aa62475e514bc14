/**
 * A backup as the history of the server tells it. Sequence numbers of the log (LSN) are 25 digits, so that they compare
 * as texts; what they and the bases mean is general knowledge of SQL Server, to be tested on the customer's copy.
 */
export type Backup = {
  readonly id: string;
  readonly kind: 'full' | 'differential' | 'log';
  /** A full backup beside the chain: it can be restored, but no differential stands on it. */
  readonly copyOnly: boolean;
  readonly startedAt: number;
  readonly finishedAt: number | null;
  readonly damaged: boolean;
  readonly checksums: boolean;
  readonly firstLsn: string | null;
  readonly lastLsn: string | null;
  /** The full backup a differential stands on; null for any other. */
  readonly baseId: string | null;
  readonly device: string | null;
};

/** Backups in the order in which they are restored. */
export type Chain = readonly [Backup, ...Backup[]];

/** Why a backup cannot be relied on by itself; null where it can. */
export const flawOf = ({ finishedAt, damaged, checksums }: Backup): string | null => {
  if (finishedAt === null) return 'has not finished';
  if (damaged) return 'is damaged';
  return checksums ? null : 'was taken without checksums, so it cannot be verified';
};

/** How far the log is restored with it; what does not say so reaches nowhere. */
const reachOf = (chain: Chain): string => chain.reduce((_, { lastLsn }) => lastLsn ?? '', '');

/** What can be restored without the log: full backups, and differentials with the full one they stand on. */
const rootsOf = (sound: readonly Backup[]): readonly Chain[] =>
  sound.flatMap((backup): readonly Chain[] => {
    if (backup.kind === 'full') return [[backup]];
    if (backup.kind === 'log') return [];
    const base = sound.find(({ id, kind, copyOnly }) => id === backup.baseId && kind === 'full' && !copyOnly);
    return base === undefined ? [] : [[base, backup]];
  });

/** The logs before this one without a gap, back to what they are restored upon; null where there is a gap. */
const withLogs = (end: Backup, sound: readonly Backup[], roots: readonly Chain[]): Chain | null => {
  const logs = sound.filter(({ kind }) => kind === 'log');
  const needed: Backup[] = [];
  for (let log: Backup | undefined = end; log !== undefined && !needed.includes(log);) {
    const { firstLsn, lastLsn }: Backup = log;
    if (firstLsn === null || lastLsn === null) return null;
    needed.unshift(log);
    const root = roots.find((chain) => {
      const reached = reachOf(chain);
      return firstLsn <= reached && reached <= lastLsn;
    });
    if (root !== undefined) return [root[0], ...root.slice(1), ...needed];
    log = logs.find((earlier) => earlier.lastLsn === firstLsn);
  }
  return null;
};

const chainTo = (end: Backup, sound: readonly Backup[]): Chain | null => {
  const roots = rootsOf(sound);
  if (end.kind === 'log') return withLogs(end, sound, roots);
  return roots.find((chain) => chain.at(-1) === end) ?? null;
};

/** What proves that the state after an instant can be restored, or why the newest backup since does not; null: there is none. */
export type ChainFinding =
  { readonly chain: Chain } | { readonly newest: Backup; readonly why: string } | null;

/**
 * Looks for a restore chain of sound backups that ends with one started at or after `stop`, on the clock that dated the
 * backups: what was begun before may lack what AX wrote last.
 */
export const chainAfter = (backups: readonly Backup[], stop: number): ChainFinding => {
  const later = backups
    .filter(({ startedAt }) => startedAt >= stop)
    .toSorted((a, b) => b.startedAt - a.startedAt);
  const sound = backups.filter((backup) => flawOf(backup) === null);
  for (const end of later) {
    const chain = flawOf(end) === null ? chainTo(end, sound) : null;
    if (chain !== null) return { chain };
  }
  const [newest] = later;
  if (newest === undefined) return null;
  const broken =
    newest.kind === 'log'
      ? 'is a log backup, and those before it have a gap'
      : 'is a differential without the full backup it stands on';
  return { newest, why: flawOf(newest) ?? broken };
};
