import { CATALOGUE } from '../shared/contract/statements/catalogue.ts';
import { reviewOf } from '../shared/contract/statements/review.ts';
import { FIGURES } from './run-errand.ts';

type Reviewed = ReturnType<typeof reviewOf>;

const headOf = ({
  name,
  server,
  purpose,
  permission,
  writes,
  timeLimitMs,
  parameters,
}: Reviewed): string[] => [
  `-- ${name}, on the ${server} server${writes ? '; it WRITES' : ''}`,
  `-- ${purpose}`,
  `-- needs ${permission}; limit ${timeLimitMs / 1_000} s`,
  ...parameters.map(({ name: parameter, type, example }) => `-- ${parameter} ${type}, such as ${example}`),
];

/** Every statement a collector may run, as a DBA reviews it: permissions first, then the texts. */
export const statementsText = (figures: ReadonlySet<string>): string => {
  const all = CATALOGUE.map(reviewOf);
  const needs = [...new Set(all.map(({ server, permission }) => `--   ${server}: ${permission}`))].sort();
  const bodyOf = (reviewed: Reviewed): readonly string[] => {
    if (!FIGURES.has(reviewed.name)) return [reviewed.text];
    if (figures.size === 0) return ['-- nothing: no figures were given with --figures'];
    return [...figures];
  };
  return [
    '-- Every statement the collector may run; names of tables and databases are examples.',
    '-- Permissions:',
    ...needs,
    ...all.flatMap((reviewed) => ['', ...headOf(reviewed), bodyOf(reviewed).join('\n;\n'), 'GO']),
    '',
  ].join('\n');
};
