import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { beforeAll, describe, expect, it } from 'vitest';

const IMPORTS = 'no-restricted-imports';
const GLOBALS = 'no-restricted-globals';
const SYNTAX = 'no-restricted-syntax';

type BadCode = readonly [file: string, code: string, rule: string];
type GoodCode = readonly [file: string, code: string];

// The files need not exist: the rules go by the path alone, and the type-aware ones are left out.
const eslint = new ESLint({
  cwd: new URL('../../..', import.meta.url).pathname,
  overrideConfig: [{ files: ['**/*.ts'], ...tseslint.configs.disableTypeChecked }],
  ruleFilter: ({ ruleId }) => ruleId.startsWith('no-restricted-'),
});

/** The rules broken; a parsing error is `null`. */
const broken = async (filePath: string, code: string): Promise<readonly (string | null)[]> => {
  const results = await eslint.lintText(code, { filePath });
  return results.flatMap(({ messages }) => messages.map(({ ruleId }) => ruleId));
};

const imports = (file: string, ...specifiers: readonly string[]): readonly BadCode[] =>
  specifiers.map((specifier) => [file, `import { x } from '${specifier}';`, IMPORTS]);

const CORE = 'shared/core/sample.ts';
const CONTRACT = 'shared/contract/sample.ts';
const PLANS = 'shared/contract/plans/sample.ts';
const KIND = 'shared/kinds/sample.ts';
const ENGINE = 'shared/engine/sample.ts';
const VIEW = 'shared/view/sample.ts';
const HTTP = 'shared/http/sample.ts';
const ADAPTER = 'shared/adapters/sample.ts';
const HANDLER = 'functions/http/sample.ts';
const MAIN = 'functions/main.ts';
const CLI = 'cli/sample.ts';

const PURE = [CORE, CONTRACT, PLANS, KIND, VIEW];
const DETERMINISTIC = [...PURE, ENGINE, HANDLER];
const BUT_MAIN = [...DETERMINISTIC, HTTP, ADAPTER, CLI, 'shared/adapters/sql.ts'];

const badImports: readonly BadCode[] = [
  ...imports(
    CORE,
    '../contract/plan.ts',
    './../contract/plan.ts',
    '../http/bounded-fetch.ts',
    'zod',
    'node:crypto',
  ),
  ...imports(
    CONTRACT,
    '../engine/engine.ts',
    '../http/bounded-fetch.ts',
    '../view/page.ts',
    'mssql',
    'node:crypto',
  ),
  ...imports(PLANS, '../../engine/engine.ts', '../../adapters/sql.ts', '../../../functions/main.ts'),
  ...imports(KIND, '../engine/advance.ts', '../engine/ports.ts', '../adapters/sql.ts', '../view/page.ts'),
  ...imports(KIND, '../http/bounded-fetch.ts', '../../functions/main.ts', '@azure/functions', 'node:crypto'),
  ...imports(ENGINE, '../view/page.ts', '../adapters/clock.ts', '../http/bounded-fetch.ts', 'mssql'),
  ...imports(ENGINE, 'node:timers/promises', 'node:stream', 'fs', '../../functions/main.ts'),
  ...imports(
    VIEW,
    '../engine/engine.ts',
    '../kinds/registry.ts',
    '../adapters/sql.ts',
    'node:crypto',
    'mssql',
  ),
  ...imports(
    HTTP,
    '../contract/plan.ts',
    '../engine/ports.ts',
    '../kinds/kind-ports.ts',
    '../adapters/lcs.ts',
  ),
  ...imports(HTTP, 'mssql', 'zod', 'node:http'),
  ...imports(ADAPTER, './clock.ts', '../adapters/clock.ts', '../engine/advance.ts', '../kinds/registry.ts'),
  ...imports(ADAPTER, '../view/page.ts', '../../functions/main.ts', '@azure/service-bus'),
  ...imports('shared/adapters/sql.ts', '@azure/data-tables'),
  ...imports('shared/adapters/service-bus.ts', 'mssql', '@azure/data-tables'),
  ...imports(
    HANDLER,
    '../../shared/adapters/sql.ts',
    '../../shared/http/bounded-fetch.ts',
    '../main.ts',
    'mssql',
  ),
  ...imports(HANDLER, '@azure/identity', 'node:fs/promises'),
  ...imports(CLI, '../shared/engine/engine.ts', '../shared/kinds/registry.ts', '../shared/view/page.ts'),
  ...imports(CLI, '../functions/handlers.ts', 'mssql', '@azure/data-tables', 'node:http'),
  ...[...BUT_MAIN, MAIN].flatMap((file) =>
    imports(file, '../../local/main.ts', '../../test/support/plan.ts'),
  ),
  ...BUT_MAIN.flatMap((file) => imports(file, 'node:process', 'process')),
];

const badGlobals: readonly BadCode[] = [
  ...BUT_MAIN.flatMap((file): readonly BadCode[] => [
    [file, 'export const level = process.env.LEVEL;', GLOBALS],
    [file, 'export const { env } = process;', GLOBALS],
    [file, 'export const level = globalThis.process.env.LEVEL;', GLOBALS],
  ]),
  ...DETERMINISTIC.flatMap((file): readonly BadCode[] => [
    [file, "export const answer = fetch('https://example.test');", GLOBALS],
    [file, 'setTimeout(() => 1, 1);', GLOBALS],
    [file, 'export const now = () => performance.now();', GLOBALS],
    [file, "console.log('x');", GLOBALS],
    [file, 'crypto.getRandomValues(new Uint8Array(1));', GLOBALS],
  ]),
  ...PURE.map((file): BadCode => [file, "export const bytes = Buffer.from('x');", GLOBALS]),
];

const badSyntax: readonly BadCode[] = [
  ...[...BUT_MAIN, MAIN].flatMap((file): readonly BadCode[] => [
    [file, "export const load = () => import('mssql');", SYNTAX],
    [file, "export type Pool = import('mssql').ConnectionPool;", SYNTAX],
  ]),
  ...DETERMINISTIC.flatMap((file): readonly BadCode[] => [
    [file, 'export const now = () => new Date();', SYNTAX],
    [file, 'export const now = () => Date();', SYNTAX],
    [file, 'export const now = () => Date.now();', SYNTAX],
    [file, 'export const chance = () => Math.random();', SYNTAX],
    [file, 'export const signal = () => AbortSignal.timeout(1);', SYNTAX],
  ]),
  [ENGINE, "import * as hash from 'node:crypto';\nexport const id = hash.randomUUID();", SYNTAX],
];

const good: readonly GoodCode[] = [
  [CORE, "import { x } from './state.ts';\nexport const at = new Date(x);"],
  [CONTRACT, "import { x } from '../core/plan.ts';\nimport { z } from 'zod';\nimport { parse } from 'yaml';"],
  [
    PLANS,
    "import { x } from '../../core/plan.ts';\nimport { y } from '../plan.ts';\nimport { z } from './ways-back.ts';",
  ],
  [
    KIND,
    "import { x } from '../core/state.ts';\nimport { y } from '../contract/plan.ts';\nimport { z } from 'zod';",
  ],
  [
    KIND,
    "import type { Ports } from './kind-ports.ts';\nexport const read = (ports: Ports) => ports.fetch();",
  ],
  [
    ENGINE,
    "import { x } from '../kinds/kind.ts';\nimport { y } from './ports.ts';\nimport { z } from 'node:zlib';",
  ],
  [ENGINE, "import { createHash } from 'node:crypto';\nexport const bytes = Buffer.from('x');"],
  [
    VIEW,
    "import { x } from '../core/state.ts';\nimport { y } from '../contract/status.ts';\nimport { z } from './page.ts';",
  ],
  [HTTP, "import { x } from '../core/errors.ts';\nexport const signal = () => AbortSignal.timeout(1);"],
  [ADAPTER, "import type { x } from '../engine/ports.ts';\nimport { y } from '../http/bounded-fetch.ts';"],
  [ADAPTER, "import type { x } from '../kinds/kind-ports.ts';\nexport const now = () => new Date();"],
  ['shared/adapters/sql.ts', "import mssql from 'mssql';\nimport { x } from '../contract/statement.ts';"],
  ['shared/adapters/service-bus.ts', "import { ServiceBusClient } from '@azure/service-bus';"],
  [HANDLER, "import { x } from '../../shared/engine/engine.ts';\nimport { app } from '@azure/functions';"],
  [HANDLER, "import { x } from '../http/register.ts';\nexport const bytes = Buffer.from('x');"],
  [
    MAIN,
    "import { x } from '../shared/adapters/sql.ts';\nexport const env = process.env;\nconsole.warn(Date.now());",
  ],
  [
    CLI,
    "import { x } from '../shared/adapters/sql.ts';\nimport type { y } from '../shared/kinds/kind-ports.ts';",
  ],
  ['cli/main.ts', 'export const env = process.env;'],
  [
    'local/sample.ts',
    "import { x } from '../functions/main.ts';\nexport const load = () => import('mssql');",
  ],
  ['test/unit/sample.ts', "import { x } from '../../local/main.ts';\nexport const env = process.env;"],
];

describe('the dependency rule', () => {
  // Loads the configuration and the parser, which is most of the work.
  beforeAll(() => broken(CORE, ''), 60_000);

  it.each([...badImports, ...badGlobals, ...badSyntax])('refuses in %s: %s', async (file, code, rule) => {
    expect(new Set(await broken(file, code))).toEqual(new Set([rule]));
  });

  it.each(good)('accepts in %s: %s', async (file, code) => {
    expect(await broken(file, code)).toEqual([]);
  });
});
