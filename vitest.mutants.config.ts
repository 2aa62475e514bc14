import { defineConfig } from 'vitest/config';

// The tests that count for the mutation score of shared/core: its tables of behaviours alone. The properties draw their
// cases at random and the simulation passes through everything, so what they notice is not sure to be noticed again.
export default defineConfig({
  test: { include: ['test/unit/core/**/*.test.ts'], testTimeout: 60_000 },
});
