import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** What stands between the names of groups and that of a test. */
export const BETWEEN = ' › ';

const GROUPS = new Set(['describe']);
const TESTS = new Set(['it', 'test']);

const PASSED_OVER = new Set(['skip', 'todo']);

/** `it`, `it.only`, `it.each(rows)`: the function it begins with; none for what does not run. */
const rootOf = (callee: ts.Expression): string => {
  if (ts.isIdentifier(callee)) return callee.text;
  if (ts.isPropertyAccessExpression(callee) && PASSED_OVER.has(callee.name.text)) return '';
  if (ts.isPropertyAccessExpression(callee) || ts.isCallExpression(callee)) return rootOf(callee.expression);
  return ts.isTaggedTemplateExpression(callee) ? rootOf(callee.tag) : '';
};

/** The title of a call, a placeholder in the place of what is only known when it runs; null where it has none. */
const titleOf = (argument: ts.Expression | undefined): string | null => {
  if (argument === undefined) return null;
  if (ts.isStringLiteralLike(argument)) return argument.text;
  if (!ts.isTemplateExpression(argument)) return null;
  return argument.head.text + argument.templateSpans.map(({ literal }) => `%s${literal.text}`).join('');
};

/** Every test of a file by its full name as the file writes it, the names of its groups before it. */
const namesIn = (file: string, text: string): readonly string[] => {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node, groups: readonly string[]): void => {
    const root = ts.isCallExpression(node) ? rootOf(node.expression) : '';
    const title = ts.isCallExpression(node) ? titleOf(node.arguments[0]) : null;
    if (title !== null && TESTS.has(root)) found.push([...groups, title].join(BETWEEN));
    const inside = title !== null && GROUPS.has(root) ? [...groups, title] : groups;
    ts.forEachChild(node, (child) => {
      visit(child, inside);
    });
  };
  visit(source, []);
  return found;
};

/** What stands in a title for a parameter of a row of cases: `%s`, `$field`. */
const PARAMETER = /%[sdifjo]|\$[A-Za-z_][\w.]*/;

const escaped = (text: string): string => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);

/** Stands in a name for whatever a row of cases puts there. */
const ANYTHING = '…';

/** Whether a file writes this as a value of its own: a text in quotes, or a number. */
const isWrittenIn = (text: string, value: string): boolean =>
  [`'${value}'`, `"${value}"`, `\`${value}\``].some((quoted) => text.includes(quoted)) ||
  (/^\d+$/.test(value) && new RegExp(`\\b${value}\\b`).test(text));

/** Finds tests by the names under which they run; what a row of cases puts into a name must be a value in its file, or `…`. */
export const testsOf = (file: string): { readonly has: (name: string) => boolean } => {
  const text = readFileSync(file, 'utf8');
  const templates = namesIn(file, text).map(
    (name) => new RegExp(`^${name.split(PARAMETER).map(escaped).join('(.+?)')}$`),
  );
  return {
    has: (name) =>
      templates.some((template) => {
        const [match, ...parameters] = template.exec(name) ?? [];
        return (
          match !== undefined &&
          parameters.every((parameter) => parameter === ANYTHING || isWrittenIn(text, parameter))
        );
      }),
  };
};
