import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

// Writes what the last run of Stryker found as a page of the reference.

const pathOf = (file: string): string => fileURLToPath(new URL(`../${file}`, import.meta.url));
const PAGE = pathOf('docs/reference/mutation-score.md');

type Mutant = { readonly status: string };
type Report = {
  readonly framework: { readonly version: string };
  readonly files: Readonly<Record<string, { readonly mutants: readonly Mutant[] }>>;
};

/** A mutant that makes the code run for ever is noticed as well. */
const CAUGHT = ['Killed', 'Timeout'];
const countOf = (mutants: readonly Mutant[], ...statuses: readonly string[]): number =>
  mutants.filter(({ status }) => statuses.includes(status)).length;

const row = (name: string, mutants: readonly Mutant[]): string => {
  const caught = countOf(mutants, ...CAUGHT);
  const survived = countOf(mutants, 'Survived');
  const uncovered = countOf(mutants, 'NoCoverage');
  const all = caught + survived + uncovered;
  const score = all === 0 ? '' : `${((100 * caught) / all).toFixed(1)} %`;
  return `| ${[name, score, caught, survived, uncovered, countOf(mutants, 'Ignored')].join(' | ')} |`;
};

const { framework, files } = JSON.parse(
  await readFile(pathOf('reports/mutation/mutation.json'), 'utf8'),
) as Report;
const tried = Object.entries(files).filter(([, { mutants }]) => mutants.length > 0);
const content = `<!-- Written by "npm run mutation-score"; do not edit. -->

# The mutation score of the core

Stryker ${framework.version} changes \`shared/core\` in one small place at a time and runs the tests of [\`test/unit/core\`](../../test/unit/core); a change that no test notices has survived. The score is the share of noticed changes. \`npm run mutation-score\` writes this page anew, and fails below 90 %.

Ignored are changes of what is made only once, when a module is loaded.

| File | Score | Noticed | Survived | Not covered | Ignored |
| --- | ---: | ---: | ---: | ---: | ---: |
${tried.map(([file, { mutants }]) => row(`\`${file}\``, mutants)).join('\n')}
${row(
  '**All**',
  tried.flatMap(([, { mutants }]) => mutants),
)}
`;
await writeFile(PAGE, await format(content, { ...(await resolveConfig(PAGE)), filepath: PAGE }));
