import js from '@eslint/js';
import tseslint from 'typescript-eslint';

// One block per layer: an import, a global or an expression that breaks the dependency rule of ARCHITECTURE.md fails
// the build. Layers and packages are listed as what a layer may use, so that a new one is forbidden until it is listed.

const LAYERS = [
  'core',
  'contract',
  'kinds',
  'engine',
  'adapters',
  'http',
  'view',
  'functions',
  'cli',
  'local',
  'test',
  '.ci',
];

// What each adapter stands for: one SDK per file.
const SDK_OF_ADAPTER = {
  'automation.ts': ['standardwebhooks'],
  'receivers.ts': ['ipaddr.js', 'node:dns', 'node:dns/promises', 'standardwebhooks', 'undici'],
  'service-bus.ts': ['@azure/service-bus'],
  'sql.ts': ['mssql'],
  'tables.ts': ['@azure/data-tables', '@azure/identity'],
  'telemetry.ts': ['@opentelemetry/api'],
  'webhooks.ts': ['standardwebhooks'],
};

const escaped = (text) => text.replaceAll('.', '\\.');
const forbid = (...patterns) => [
  'error',
  { patterns: patterns.map(([regex, message]) => ({ regex, message })) },
];
const layersBut = (allowed, message) => [
  `^\\.\\.?/(.*/)?(${LAYERS.filter((layer) => !allowed.includes(layer))
    .map(escaped)
    .join('|')})(/|$)`,
  message,
];
const packagesBut = (allowed, message) => [`^(?!\\.\\.?/)(?!(${allowed.map(escaped).join('|')})$)`, message];
const notLocal = ['(^|/)(local|test)/', 'Nothing imports local/ or test/.'];

const forbidGlobals = (...globals) => ['error', { globals, checkGlobalObject: true }];
const environment = [{ name: 'process', message: 'Only functions/main.ts reads the environment.' }];
const outside = [
  { name: 'fetch', message: 'Only ports do input and output.' },
  { name: 'WebSocket', message: 'Only ports do input and output.' },
  { name: 'console', message: 'Only ports do input and output.' },
  { name: 'performance', message: 'Time is an argument: use the Clock port or `now`.' },
  { name: 'crypto', message: 'Chance is an argument: use the Random port.' },
  ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'].map((name) => ({
    name,
    message: 'Only ports are asynchronous here.',
  })),
];
const deterministicGlobals = forbidGlobals(...environment, ...outside);
const pureGlobals = forbidGlobals(...environment, ...outside, {
  name: 'Buffer',
  message: 'No Node built-ins here.',
});

const hiddenImports = [
  { selector: 'ImportExpression', message: 'Imports are static, so that the dependency rule sees them.' },
  { selector: 'TSImportType', message: 'Imports are static, so that the dependency rule sees them.' },
];
const clockAndChance = [
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'Time is an argument: use the Clock port or `now`.',
  },
  {
    selector: "CallExpression[callee.name='Date']",
    message: 'Time is an argument: use the Clock port or `now`.',
  },
  {
    selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
    message: 'Time is an argument: use the Clock port or `now`.',
  },
  {
    selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
    message: 'Chance is an argument: use the Random port.',
  },
  {
    selector: 'CallExpression[callee.property.name=/^random(UUID|Bytes|Int)$/]',
    message: 'Chance is an argument: use the Random port.',
  },
  {
    selector: "CallExpression[callee.object.name='AbortSignal'][callee.property.name='timeout']",
    message: 'Only ports are asynchronous here.',
  },
];
const staticSyntax = ['error', ...hiddenImports];
const pureSyntax = ['error', ...hiddenImports, ...clockAndChance];

const onlyPorts = [
  ['/engine/(?!(ports|limits)\\.ts$)', 'Of the engine, adapters know its ports and limits.'],
  ['/kinds/(?!kind-ports\\.ts$)', 'Of the kinds, adapters know their ports.'],
];
const adapterImports = (sdks) =>
  forbid(
    ['^\\./', 'An adapter knows no other adapter.'],
    layersBut(
      ['core', 'contract', 'kinds', 'engine', 'http'],
      'Adapters implement ports and know no other adapter.',
    ),
    ...onlyPorts,
    packagesBut(['zod', 'node:crypto', ...sdks], 'One SDK per adapter, listed in eslint.config.js.'),
  );

export default tseslint.config(
  { ignores: ['dist', 'coverage', 'node_modules', 'reports', '.stryker-tmp', 'functions/dashboard/assets'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/consistent-type-definitions': ['error', 'type'],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/prefer-readonly-parameter-types': 'off',
      'no-restricted-imports': forbid(notLocal),
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['shared/**/*.ts', 'functions/**/*.ts', 'functions/**/*.tsx'],
    rules: { 'no-restricted-syntax': staticSyntax, 'no-restricted-globals': forbidGlobals(...environment) },
  },
  {
    files: ['shared/core/**/*.ts'],
    rules: {
      'no-restricted-imports': forbid(
        ['^(?!\\./)', 'core imports nothing but core.'],
        ['^\\./.*\\.\\./', 'core imports nothing but core.'],
      ),
      'no-restricted-globals': pureGlobals,
      'no-restricted-syntax': pureSyntax,
    },
  },
  {
    files: ['shared/contract/**/*.ts'],
    rules: {
      'no-restricted-imports': forbid(
        layersBut(['core', 'contract', 'kinds'], 'contract imports core and kinds.'),
        packagesBut(
          ['zod', 'zod-openapi', 'yaml', 'sax', 'csv-parse/sync'],
          'contract imports zod and readers of yaml, XML and CSV: no SDK, no Node built-ins.',
        ),
      ),
      'no-restricted-globals': pureGlobals,
      'no-restricted-syntax': pureSyntax,
    },
  },
  {
    files: ['shared/kinds/**/*.ts'],
    rules: {
      'no-restricted-imports': forbid(
        layersBut(
          ['core', 'contract', 'kinds'],
          'kinds import core and contract; their ports are in kind-ports.ts.',
        ),
        packagesBut(['zod'], 'kinds import zod: no SDK, no Node built-ins.'),
      ),
      'no-restricted-globals': pureGlobals,
      'no-restricted-syntax': pureSyntax,
    },
  },
  {
    files: ['shared/engine/**/*.ts'],
    rules: {
      'no-restricted-imports': forbid(
        layersBut(['core', 'contract', 'kinds', 'engine'], 'The engine imports core, contract and kinds.'),
        packagesBut(['zod', 'node:crypto', 'node:zlib'], 'The engine knows ports, never SDKs.'),
      ),
      'no-restricted-globals': deterministicGlobals,
      'no-restricted-syntax': pureSyntax,
    },
  },
  {
    files: ['shared/view/**/*.ts'],
    rules: {
      'no-restricted-imports': forbid(
        layersBut(['core', 'contract', 'view'], 'Views render core state: they import core and contract.'),
        packagesBut([], 'Views import no package and no Node built-ins.'),
      ),
      'no-restricted-globals': pureGlobals,
      'no-restricted-syntax': pureSyntax,
    },
  },
  {
    files: ['shared/http/**/*.ts'],
    rules: {
      'no-restricted-imports': forbid(
        layersBut(['core', 'http'], 'http imports core.'),
        packagesBut([], 'http stands on the built-in fetch alone.'),
      ),
    },
  },
  { files: ['shared/adapters/**/*.ts'], rules: { 'no-restricted-imports': adapterImports([]) } },
  ...Object.entries(SDK_OF_ADAPTER).map(([file, sdks]) => ({
    files: [`shared/adapters/${file}`],
    rules: { 'no-restricted-imports': adapterImports(sdks) },
  })),
  {
    files: ['functions/**/*.ts', 'functions/**/*.tsx'],
    ignores: ['functions/main.ts'],
    rules: {
      'no-restricted-imports': forbid(
        ['/shared/(adapters|http)/', 'Adapters are wired in functions/main.ts only.'],
        ['^\\.\\.?/(.*/)?main\\.ts$', 'Nothing imports the composition root.'],
        packagesBut(['@azure/functions', 'zod'], 'SDK clients are built in functions/main.ts only.'),
        notLocal,
      ),
      'no-restricted-globals': deterministicGlobals,
      'no-restricted-syntax': pureSyntax,
    },
  },
  {
    files: ['cli/**/*.ts'],
    rules: {
      'no-restricted-imports': forbid(
        ['/engine/', 'The command line runs beside the app: it has no engine.'],
        layersBut(
          ['core', 'contract', 'kinds', 'adapters', 'http', 'cli'],
          'The command line uses adapters and what they stand on.',
        ),
        ...onlyPorts,
        packagesBut(
          [
            'zod',
            'standardwebhooks',
            'node:crypto',
            'node:events',
            'node:fs/promises',
            'node:timers/promises',
            'node:util',
          ],
          'The command line reads files, signs and waits; everything else are adapters.',
        ),
      ),
      'no-restricted-globals': forbidGlobals(...environment),
      'no-restricted-syntax': staticSyntax,
    },
  },
  { files: ['cli/main.ts'], rules: { 'no-restricted-globals': 'off' } },
  { files: ['functions/main.ts'], rules: { 'no-restricted-globals': 'off' } },
  { files: ['local/**/*.ts', 'test/**/*.ts'], rules: { 'no-restricted-imports': 'off' } },
  {
    files: ['test/**/*.ts'],
    rules: {
      'max-lines': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
    },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { globals: { console: 'readonly', process: 'readonly' } },
  },
);
