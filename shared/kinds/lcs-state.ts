/** The states of an environment during the data upgrade, whatever words Lifecycle Services uses for them. */
export type LcsState =
  'deployed' | 'ready-for-replication' | 'replicating' | 'replicated' | 'preparing' | 'upgrading' | 'failed';

/** The shown words and the internal names, without blanks and case: both have been seen. */
const WORDS: Readonly<Record<string, LcsState>> = {
  deployed: 'deployed',
  preparingforreplication: 'preparing',
  readyforreplication: 'ready-for-replication',
  replicationinprogress: 'replicating',
  replicating: 'replicating',
  replicationcompleted: 'replicated',
  replicated: 'replicated',
  dataupgradeinprogress: 'upgrading',
  failed: 'failed',
};

const bare = (text: string): string => text.toLowerCase().replaceAll(/[\s_-]/g, '');

/** The state these words stand for; null for words nobody has met before. */
export const lcsState = (text: string): LcsState | null => WORDS[bare(text)] ?? null;

/** Whether two renderings mean the same state. */
export const sameLcsState = (a: string, b: string): boolean =>
  bare(a) === bare(b) || (lcsState(a) !== null && lcsState(a) === lcsState(b));
