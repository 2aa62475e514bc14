import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { MUTATIONS } from './mutations.ts';
import { runCheck } from './run-check.ts';
import { runMutations } from './run-mutations.ts';

const [wanted = ''] = process.argv.slice(2);
const mutations = MUTATIONS.filter(({ name }) => name.includes(wanted));
if (mutations.length === 0) throw new Error(`no mutation is called like "${wanted}"`);

const allCaught = await runMutations({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  mutations,
  copies: availableParallelism(),
  runCheck,
  print: (line) => {
    process.stdout.write(`${line}\n`);
  },
});
process.exitCode = allCaught ? 0 : 1;
