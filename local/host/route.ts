/** A compiled route template. */
export type Route = {
  readonly template: string;
  /** Sorts before another route when its string is smaller: literal segments win over constrained, free and rest ones. */
  readonly precedence: string;
  /** The route's parameters, or `null` when the path is another's. `path` is what follows the prefix, still encoded. */
  readonly match: (path: string) => Readonly<Record<string, string>> | null;
};

type Segment = {
  readonly rank: '1' | '2' | '3' | '4';
  readonly pattern: string;
};
type Parameter = { readonly name: string; readonly accepts: readonly ((value: string) => boolean)[] };

const parameterPattern = /\{([^{}]+(?:\{[^{}]*\}[^{}]*)*)\}/g;
const guid = /^\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?$/i;
const integer = /^[+-]?\d+$/;
const number = /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i;

const isWithin = (low: number, high: number) => (value: string) =>
  integer.test(value) && Number(value) >= low && Number(value) <= high;

const hasLength = (low: number, high: number) => (value: string) =>
  value.length >= low && value.length <= high;

const constraints: Readonly<Record<string, (argument: string) => (value: string) => boolean>> = {
  int: () => isWithin(-(2 ** 31), 2 ** 31 - 1),
  long: () => isWithin(-(2 ** 63), 2 ** 63 - 1),
  decimal: () => (value) => number.test(value),
  double: () => (value) => number.test(value),
  float: () => (value) => number.test(value),
  bool: () => (value) => /^(true|false)$/i.test(value),
  guid: () => (value) => guid.test(value),
  datetime: () => (value) => !Number.isNaN(Date.parse(value)),
  alpha: () => (value) => /^[a-z]*$/i.test(value),
  minlength: (low) => hasLength(Number(low), Infinity),
  maxlength: (high) => hasLength(0, Number(high)),
  length: (range) => {
    const [low = 0, high = low] = range.split(',').map(Number);
    return hasLength(low, high);
  },
  min: (low) => isWithin(Number(low), Infinity),
  max: (high) => isWithin(-Infinity, Number(high)),
  range: (range) => {
    const [low = 0, high = low] = range.split(',').map(Number);
    return isWithin(low, high);
  },
  regex: (source) => {
    const pattern = new RegExp(source, 'i');
    return (value) => pattern.test(value);
  },
};

/**
 * Compiles a route such as `cutovers/{id}/steps/{step:int?}` or `files/{*path}`.
 * @throws when it uses what this host does not know, naming it.
 */
export const compileRoute = (template: string): Route => {
  const parameters: Parameter[] = [];
  const segments = template
    .split(/\/(?![^{}]*\})/)
    .filter((segment) => segment !== '')
    .map((segment) => compileSegment(segment, template, parameters));
  // A template may not hold more than its rest parameter after it; the pattern simply would not match then.
  const pattern = new RegExp(`^${segments.map(({ pattern: source }) => source).join('')}/?$`, 'i');
  return {
    template,
    precedence: segments.map(({ rank }) => rank).join(''),
    match: (path) => {
      const found = pattern.exec(path === '' ? '' : `/${path}`);
      return found === null ? null : toParameters(parameters, found.slice(1));
    },
  };
};

const toParameters = (
  parameters: readonly Parameter[],
  values: readonly (string | undefined)[],
): Readonly<Record<string, string>> | null => {
  const result: [string, string][] = [];
  for (const [index, { name, accepts }] of parameters.entries()) {
    const raw = values[index];
    if (raw === undefined || raw === '') continue;
    const value = decode(raw);
    if (!accepts.every((accept) => accept(value))) return null;
    result.push([name, value]);
  }
  return Object.fromEntries(result);
};

/** `RegExp.escape` is not in the oldest supported Node. */
const escape = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

const compileSegment = (segment: string, template: string, parameters: Parameter[]): Segment => {
  const matches = [...segment.matchAll(parameterPattern)];
  const [only] = matches;
  if (only?.[0] === segment) return compileParameter(String(only[1]), template, parameters);
  if (matches.length === 0) return { rank: '1', pattern: `/${escape(segment)}` };
  let source = '/';
  let end = 0;
  for (const match of matches) {
    source += escape(segment.slice(end, match.index));
    addParameter(String(match[1]), template, parameters);
    source += '([^/]+?)';
    end = match.index + match[0].length;
  }
  return { rank: '2', pattern: source + escape(segment.slice(end)) };
};

const compileParameter = (text: string, template: string, parameters: Parameter[]): Segment => {
  if (text.startsWith('*')) {
    addParameter(text.replace(/^\*{1,2}/, ''), template, parameters);
    return { rank: '4', pattern: '(?:/(.*))?' };
  }
  const isOptional = text.endsWith('?');
  const constrained = addParameter(isOptional ? text.slice(0, -1) : text, template, parameters);
  return { rank: constrained ? '2' : '3', pattern: isOptional ? '(?:/([^/]+))?' : '/([^/]+)' };
};

const addParameter = (text: string, template: string, parameters: Parameter[]): boolean => {
  const [name = '', ...rules] = text.split(/:(?![^()]*\))/);
  if (!/^\w+$/.test(name)) throw new Error(`Route "${template}": "{${text}}" is not understood.`);
  const accepts = rules.map((rule) => {
    const [, ruleName = '', argument = ''] = /^(\w+)(?:\((.*)\))?$/.exec(rule) ?? [];
    const make = constraints[ruleName];
    if (make === undefined) throw new Error(`Route "${template}": the constraint "${rule}" is not known.`);
    return make(argument);
  });
  parameters.push({ name, accepts });
  return accepts.length > 0;
};
