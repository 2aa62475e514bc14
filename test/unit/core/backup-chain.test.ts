import { describe, expect, it } from 'vitest';
import type { Backup } from '../../../shared/core/backup-chain.ts';
import { chainAfter } from '../../../shared/core/backup-chain.ts';

const STOP = Date.UTC(2031, 4, 3, 1, 0);
const MINUTE = 60_000;
const lsn = (number: number): string => String(number).padStart(25, '0');

/** A backup taken so many minutes after the stop; its log reaches to the same minute. */
const backup = (minutes: number, differs: Partial<Backup> = {}): Backup => ({
  id: `b${minutes}`,
  kind: 'full',
  copyOnly: false,
  startedAt: STOP + minutes * MINUTE,
  finishedAt: STOP + (minutes + 20) * MINUTE,
  damaged: false,
  checksums: true,
  firstLsn: lsn(10_000 + minutes),
  lastLsn: lsn(10_001 + minutes),
  baseId: null,
  device: 'D:\\ax.bak',
  ...differs,
});
const full = backup;
const differential = (minutes: number, baseId: string | null, differs: Partial<Backup> = {}) =>
  backup(minutes, { kind: 'differential', baseId, ...differs });
const log = (from: number, minutes: number, differs: Partial<Backup> = {}) =>
  backup(minutes, {
    kind: 'log',
    firstLsn: lsn(10_000 + from),
    lastLsn: lsn(10_000 + minutes),
    ...differs,
  });

const ids = (backups: readonly Backup[]): readonly string[] | string | null => {
  const found = chainAfter(backups, STOP);
  if (found === null) return null;
  return 'chain' in found ? found.chain.map(({ id }) => id) : `${found.newest.id} ${found.why}`;
};

const NIGHT = full(-420);

describe('what AX held when it went off can be restored', () => {
  it.each<[string, readonly Backup[], readonly string[]]>([
    ['from a full backup begun at the stop', [full(0)], ['b0']],
    ['from one that is copy-only', [full(1, { copyOnly: true })], ['b1']],
    ['from a sound backup beside a later one that is flawed', [full(1), full(9, { damaged: true })], ['b1']],
    ['from the newest of several', [full(1), full(9)], ['b9']],
    ['from a differential and its full backup', [NIGHT, differential(1, 'b-420')], ['b-420', 'b1']],
    ['from a full backup and the log since', [NIGHT, log(-430, 5)], ['b-420', 'b5']],
    [
      'from a full backup and several logs without a gap',
      [NIGHT, log(-430, -200), log(-200, -100), log(-100, 5)],
      ['b-420', 'b-200', 'b-100', 'b5'],
    ],
    [
      'from a full backup, a differential and the log since',
      [NIGHT, differential(-60, 'b-420'), log(-90, 5)],
      ['b-420', 'b-60', 'b5'],
    ],
    [
      'from a copy-only full backup and the log since',
      [full(-420, { copyOnly: true }), log(-430, 5)],
      ['b-420', 'b5'],
    ],
  ])('%s', (_, backups, chain) => {
    expect(ids(backups)).toEqual(chain);
  });
});

describe('nothing is proved', () => {
  it.each<[string, readonly Backup[], string | null]>([
    ['without a backup', [], null],
    ['by a backup begun before the stop, though it ended after it', [full(-1)], null],
    ['by a log backup begun before the stop', [NIGHT, log(-430, -1)], null],
    ['by a backup that has not finished', [full(1, { finishedAt: null })], 'b1 has not finished'],
    ['by a damaged backup', [full(1, { damaged: true })], 'b1 is damaged'],
    [
      'by a backup without checksums',
      [full(1, { checksums: false })],
      'b1 was taken without checksums, so it cannot be verified',
    ],
    [
      'by a differential alone',
      [differential(1, 'b-420')],
      'b1 is a differential without the full backup it stands on',
    ],
    [
      'by a differential of another full backup',
      [NIGHT, differential(1, 'b-999')],
      'b1 is a differential without the full backup it stands on',
    ],
    [
      'by a differential whose full backup is copy-only',
      [full(-420, { copyOnly: true }), differential(1, 'b-420')],
      'b1 is a differential without the full backup it stands on',
    ],
    [
      'by a differential whose base is no full backup',
      [log(-430, -420), differential(1, 'b-420')],
      'b1 is a differential without the full backup it stands on',
    ],
    [
      'by a differential whose full backup is damaged',
      [full(-420, { damaged: true }), differential(1, 'b-420')],
      'b1 is a differential without the full backup it stands on',
    ],
    ['by a log with nothing before it', [log(-10, 5)], 'b5 is a log backup, and those before it have a gap'],
    [
      'by logs with a gap',
      [NIGHT, log(-430, -200), log(-100, 5)],
      'b5 is a log backup, and those before it have a gap',
    ],
    [
      'by logs of which one is damaged',
      [NIGHT, log(-430, -200), log(-200, -100, { damaged: true }), log(-100, 5)],
      'b5 is a log backup, and those before it have a gap',
    ],
    [
      'by a full backup that says nothing of its log, and a log',
      [full(-420, { lastLsn: null }), log(-430, 5)],
      'b5 is a log backup, and those before it have a gap',
    ],
    [
      'by a log that does not say where it begins',
      [NIGHT, log(-430, 5, { firstLsn: null })],
      'b5 is a log backup, and those before it have a gap',
    ],
    [
      'by a log that does not say where it ends',
      [NIGHT, log(-430, 5, { lastLsn: null })],
      'b5 is a log backup, and those before it have a gap',
    ],
    [
      'by a log that begins where it ends, for ever',
      [log(5, 5)],
      'b5 is a log backup, and those before it have a gap',
    ],
  ])('%s', (_, backups, found) => {
    expect(ids(backups)).toBe(found);
  });
});
