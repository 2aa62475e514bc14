import type { z } from 'zod';

/** One mistake in a document: where it is and, in plain words, what is wrong. */
export type Problem = { readonly path: string; readonly message: string };

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object with keys',
  record: 'an object with keys',
  null: 'empty (null)',
};

const SIZE_WORDS: Readonly<Record<string, string>> = {
  string: 'character(s)',
  array: 'entry(s)',
  set: 'entry(s)',
};

const shown = (value: unknown): string => {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
};

const range = (issue: z.core.$ZodRawIssue<z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall>): string => {
  const unit = SIZE_WORDS[issue.origin];
  const [bound, limit] =
    issue.code === 'too_small' ? ['at least', issue.minimum] : ['at most', issue.maximum];
  return unit === undefined ? `must be ${bound} ${limit}` : `must have ${bound} ${limit} ${unit}`;
};

/** Words a schema's issue as what is wrong with the field it names; for the `error` option of zod's `safeParse`. */
export const inPlainWords = (issue: z.core.$ZodRawIssue): string | undefined => {
  if (issue.input === undefined && issue.code !== 'unrecognized_keys' && issue.code !== 'custom') {
    return 'is missing';
  }
  switch (issue.code) {
    case 'invalid_type':
      return `is not ${TYPE_WORDS[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `is not ${issue.values.map(shown).join(', ')}`.replace(/, ([^,]*)$/, ' or $1');
    case 'too_big':
    case 'too_small':
      return range(issue);
    case 'invalid_format':
      return issue.format === 'datetime'
        ? 'is not a moment in UTC such as 2026-11-20T22:00:00Z'
        : 'is not written as it must be';
    case 'invalid_union':
      return 'is none of the forms allowed here';
    default:
      return undefined;
  }
};

/** Writes a path as in `steps[3].after[0]`. */
export const pathText = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');

/** One field's mistake, before it is told to whom it belongs. */
export type FieldProblem = { readonly path: readonly PropertyKey[]; readonly message: string };

/** Every mistake of a failed parse, one for each unknown key and for each field of the nearest form of a union. */
export const fieldProblems = (issues: readonly z.core.$ZodIssue[]): readonly FieldProblem[] =>
  issues.flatMap((issue): readonly FieldProblem[] => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        path: [...issue.path, key],
        message: 'is not a known key here',
      }));
    }
    if (issue.code === 'invalid_union') {
      const [nearest] = issue.errors.toSorted((a, b) => a.length - b.length);
      if (nearest && nearest.length > 0) {
        return fieldProblems(nearest).map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
      }
    }
    return [{ path: issue.path, message: issue.message }];
  });

/** Every mistake of a failed parse in one line; `whole` names what has no field at fault but itself. */
export const problemLine = ({ issues }: z.ZodError, whole: string): string =>
  fieldProblems(issues)
    .map(({ path, message }) => `${path.length === 0 ? whole : pathText(path)}: ${message}`)
    .join('; ');
