/** What stands in for a reading, by the kind of the step that would read a server. */
const IN_PLACE: Readonly<Record<string, 'stated' | 'file'>> = {
  preflight: 'stated',
  toolkit: 'stated',
  'replication-gate': 'stated',
  'replication-watch': 'stated',
  'stop-aos': 'stated',
  reconcile: 'stated',
  'backup-source': 'file',
  baseline: 'file',
  'validate-counts': 'file',
  'data-upgrade': 'file',
};

type Step = { readonly kind?: unknown; readonly params?: object };

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const accepting = (step: unknown): unknown => {
  if (!isObject(step)) return step;
  const { kind, params = {} } = step as Step;
  const source = typeof kind === 'string' && Object.hasOwn(IN_PLACE, kind) ? IN_PLACE[kind] : undefined;
  return source === undefined ? step : { ...step, params: { accepts: [source], ...params } };
};

/** The plan whose steps read no server, where it does not say by itself what they accept. */
export const acceptingStatements = (document: unknown): unknown => {
  if (!isObject(document) || !('steps' in document) || !Array.isArray(document.steps)) return document;
  return { ...document, steps: document.steps.map(accepting) };
};
