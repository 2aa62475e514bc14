import { z } from 'zod';
import type { Statement } from '../statement.ts';

/** What may not occur outside literals, comments and quoted names: everything that does more than read. */
const FORBIDDEN =
  /\b(?:insert|update|delete|merge|truncate|into|exec|execute|create|alter|drop|grant|revoke|deny|declare|set|use|begin|commit|rollback|save|waitfor|shutdown|kill|dbcc|backup|restore|bulk|openrowset|openquery|opendatasource|openxml|reconfigure|writetext|updatetext|raiserror|throw|print|go|goto|while|if|next\s+value|nolock|readuncommitted)\b|\b(?:xp|sp)_\w+/i;

const COMMENT_LITERAL_OR_NAME =
  /--[^\r\n]*|\/\*[\s\S]*?\*\/|N?'(?:[^']|'')*'|\[(?:[^\]]|\]\])*\]|"(?:[^"]|"")*"/g;

/** T-SQL lets comments nest and this reader does not: where they would disagree, the text is refused. */
const NESTED_COMMENT = /\/\*(?:(?!\*\/)[\s\S])*\/\*/;

/** The text outside all parentheses. */
const topLevel = (text: string): string => {
  const outer = text.replaceAll(/\([^()]*\)/g, ' ');
  return outer === text ? text : topLevel(outer);
};

/** Why a text is not one plain SELECT of one column `figure`; null if it is. */
export const selectProblem = (sql: string): string | null => {
  if (NESTED_COMMENT.test(sql)) return 'has a comment within a comment';
  // eslint-disable-next-line no-control-regex -- exactly these are meant
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u0085\u2028\u2029]/.test(sql))
    return 'has a control character';
  const bare = sql
    .replaceAll(COMMENT_LITERAL_OR_NAME, (part) => (/^(?:--|\/\*)/.test(part) ? ' ' : ' x '))
    .replace(/;\s*$/, '')
    .trim();
  if (/\/\*|\*\/|['"[\]]/.test(bare)) return 'has a comment, literal or name that does not end';
  if (bare.includes(';')) return 'is more than one statement';
  if (!/^(?:select|with)\b/i.test(bare)) return 'is not a SELECT';
  const word = FORBIDDEN.exec(bare)?.[0];
  if (word !== undefined) return `may only read: ${word.toUpperCase()} is not allowed`;
  // T-SQL needs no separator: a second SELECT outside parentheses would be a statement of its own.
  const branches = topLevel(bare).replaceAll(/\b(?:union(?:\s+all)?|except|intersect)\s+select\b/gi, ' ');
  if ((branches.match(/\bselect\b/gi) ?? []).length !== 1) return 'is more than one statement';
  if (!/\bfigure\b/i.test(sql)) return 'does not name its one column "figure"';
  return null;
};

/** Whatever the SQL of a plan gives: the kind that asks knows of which pair it is, and says what is wrong with it. */
const row = z.object({ figure: z.unknown().optional() });

const figure = (server: 'source' | 'target'): Statement<{ readonly sql: string }, z.infer<typeof row>> => ({
  name: `reconciliation-figure-${server}`,
  server,
  parameters: z.object({ sql: z.string().min(1).max(100_000) }),
  text: ({ sql }) => sql,
  values: () => ({}),
  row,
  permission: 'db_datareader',
  purpose: 'Reads one business figure with the SQL of the plan, exactly as the plan has it.',
  timeoutMs: 2 * 60_000,
});

/** A figure of the source database. */
export const sourceFigure = figure('source');

/** The same figure of the target database. */
export const targetFigure = figure('target');
