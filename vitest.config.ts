import { defineConfig } from 'vitest/config';

const project = (name: string, testTimeout: number) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout, hookTimeout: testTimeout },
});

export default defineConfig({
  test: {
    projects: [
      project('unit', 60_000),
      project('property', 300_000),
      project('contract', 120_000),
      project('integration', 120_000),
      project('simulation', 900_000),
      project('e2e', 300_000),
      project('kill', 1_800_000),
    ],
    coverage: {
      provider: 'v8',
      include: ['shared/**/*.ts', 'functions/**/*.ts'],
      thresholds: {
        'shared/core/**/*.ts': { statements: 100, branches: 100, functions: 100, lines: 100 },
      },
    },
  },
});
