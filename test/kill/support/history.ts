/** An event as the feed showed it; which other fields it has depends on its type. */
export type SeenEvent = {
  readonly n: number;
  /** The time of its commit, ISO 8601. */
  readonly at: string;
  readonly type: string;
  readonly inputId: string;
  readonly hash: string;
} & Readonly<Record<string, unknown>>;

/** One try of a request; instants are milliseconds of the client's own clock. */
export type Exchange = {
  /** What makes it apply at most once: an Idempotency-Key, or a webhook id. */
  readonly key: string;
  readonly what: 'start' | 'request' | 'callback';
  readonly path: string;
  readonly sentAt: number;
  readonly endedAt: number;
  /** Null when nothing came back: it may have been carried out or not. */
  readonly answer: { readonly status: number; readonly body: Readonly<Record<string, unknown>> } | null;
};

/** One page of the feed of events that was asked for and came. */
export type Page = {
  readonly sentAt: number;
  readonly endedAt: number;
  /** Only events numbered after this were asked for, at most `limit`. */
  readonly after: number;
  readonly limit: number;
  readonly events: readonly SeenEvent[];
};

/** One look at the status. */
export type Look = {
  readonly sentAt: number;
  readonly endedAt: number;
  readonly status: string;
  readonly events: number;
  readonly steps: readonly {
    readonly id: string;
    readonly after: readonly string[];
    readonly status: string;
    readonly attempts: number;
  }[];
};

/** A task an automation got. */
export type Call = {
  /** The cutover's time, epoch milliseconds. */
  readonly at: number;
  readonly webhookId: string;
  readonly stepId: string;
  readonly attempt: number;
};

/** All that was seen of one cutover from outside the app: what clients got, and what the outside got. */
export type History = {
  readonly exchanges: readonly Exchange[];
  readonly pages: readonly Page[];
  readonly looks: readonly Look[];
  readonly calls: readonly Call[];
  /** What the app asked Lifecycle Services to do, as method and path. */
  readonly operations: readonly string[];
  /** Bodies of evidence by the hash they were asked for with; null when there was none. */
  readonly evidence: Readonly<Record<string, unknown>>;
  /** Messages the app gave up, as it lists them. */
  readonly deadLetters: readonly { readonly id: string; readonly reason: string }[];
};

/** A promise that was broken, in words. */
export type Violation = string;

/** Looks for one kind of broken promise; `log` is the whole feed, as it was read last. */
export type Check = (history: History, log: readonly SeenEvent[]) => readonly Violation[];

/** The input of an exchange as the feed names it. */
export const inputIdOf = ({ what, key }: Exchange): string => {
  if (what === 'callback') return `webhook:${key}`;
  return what === 'start' ? `start:${key}` : `http:${key}`;
};

/** The whole feed as it stood at the end: pages are read from its beginning until nothing is left. */
export const finalLog = ({ pages }: Pick<History, 'pages'>): readonly SeenEvent[] => {
  const log: SeenEvent[] = [];
  const last = pages.findLastIndex(({ after }) => after === 0);
  for (const page of last < 0 ? [] : pages.slice(last))
    if (page.after === log.length) log.push(...page.events);
  return log;
};

/** The number of the last event of the commit an event belongs to: a commit is one input (I2). */
export const isEndOfCommit = (log: readonly SeenEvent[], n: number): boolean =>
  log[n - 1]?.inputId !== log[n]?.inputId;
