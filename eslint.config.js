import js from '@eslint/js';
import tseslint from 'typescript-eslint';

// One block per layer: an import or a global that breaks the dependency rule of ARCHITECTURE.md fails the build.

const clockAndChance = [
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
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
    selector: 'CallExpression[callee.name=/^(setTimeout|setInterval|setImmediate|queueMicrotask)$/]',
    message: 'Only ports are asynchronous here.',
  },
];
const environment = [
  {
    selector: "MemberExpression[object.name='process'][property.name='env']",
    message: 'Only functions/main.ts reads the environment.',
  },
];
const noEnvironment = ['error', ...environment];
const pureSyntax = ['error', ...environment, ...clockAndChance];

const forbid = (...patterns) => [
  'error',
  { patterns: patterns.map(([regex, message]) => ({ regex, message })) },
];
const anySdk = ['^(@azure/|mssql$|tedious|rhea|azurite)', 'SDKs belong to shared/adapters.'];
const anyNode = ['^node:', 'No Node built-ins here.'];
const notLocal = ['(^|/)(local|test)/', 'Nothing imports local/ or test/.'];
const asyncNode = [
  '^node:(timers|stream|fs|net|http|https|dns|child_process|worker_threads|async_hooks)',
  'Only ports do input and output.',
];

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
      'no-restricted-syntax': noEnvironment,
      'no-restricted-imports': forbid(notLocal),
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['shared/core/**/*.ts'],
    rules: {
      'no-restricted-imports': forbid(
        ['^(?!\\./)', 'core imports nothing but core.'],
        ['^\\./.*\\.\\./', 'core imports nothing but core.'],
      ),
      'no-restricted-globals': ['error', 'process', 'Buffer', 'fetch', 'performance', 'crypto', 'console'],
      'no-restricted-syntax': pureSyntax,
    },
  },
  {
    files: ['shared/contract/**/*.ts'],
    rules: {
      'no-restricted-imports': forbid(anySdk, anyNode, notLocal, [
        '/(engine|adapters|view|functions)/',
        'contract imports core, kinds and zod only.',
      ]),
      'no-restricted-syntax': pureSyntax,
    },
  },
  {
    files: ['shared/kinds/**/*.ts'],
    rules: {
      'no-restricted-imports': forbid(anySdk, anyNode, notLocal, [
        '/(adapters|view|functions)/',
        'kinds import core, contract and port types.',
      ]),
      'no-restricted-syntax': pureSyntax,
    },
  },
  {
    files: ['shared/engine/**/*.ts'],
    rules: {
      'no-restricted-imports': forbid(anySdk, asyncNode, notLocal, [
        '/(adapters|functions)/',
        'the engine knows ports, never SDKs.',
      ]),
      'no-restricted-syntax': pureSyntax,
    },
  },
  {
    files: ['shared/view/**/*.ts'],
    rules: {
      'no-restricted-imports': forbid(anySdk, anyNode, notLocal, [
        '/(engine|adapters|functions)/',
        'views render core state.',
      ]),
      'no-restricted-syntax': pureSyntax,
    },
  },
  {
    files: ['shared/adapters/**/*.ts'],
    rules: {
      'no-restricted-imports': forbid(
        notLocal,
        ['^\\./(?!.*\\.json)', 'an adapter knows no other adapter.'],
        ['/functions/', 'adapters implement ports.'],
      ),
    },
  },
  {
    files: ['functions/**/*.ts', 'functions/**/*.tsx'],
    ignores: ['functions/main.ts'],
    rules: {
      'no-restricted-imports': forbid(
        [
          '^(@azure/(service-bus|data-tables|identity|keyvault)|mssql$|tedious|rhea|azurite)',
          'SDK clients are built in functions/main.ts only.',
        ],
        ['/adapters/', 'adapters are wired in functions/main.ts only.'],
        notLocal,
      ),
      'no-restricted-syntax': pureSyntax,
    },
  },
  {
    files: ['functions/main.ts', 'local/**/*.ts', 'test/**/*.ts', '*.config.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
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
