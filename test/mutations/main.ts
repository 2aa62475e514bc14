import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MUTATIONS } from './mutations.ts';
import { runCheck } from './run-check.ts';
import { runMutations } from './run-mutations.ts';

const { values, positionals } = parseArgs({
  options: { within: { type: 'string' } },
  allowPositionals: true,
});
const [wanted = ''] = positionals;
const withinMs = Number(values.within ?? 'Infinity') * 60_000;
if (!(withinMs > 0)) throw new Error(`--within takes minutes, not ${values.within}`);

/** In another order each time where time is short, so that in the end all have their turn. */
const inSomeOrder = <T>(items: readonly T[]): readonly T[] =>
  items
    .map((item) => ({ item, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);

const named = MUTATIONS.filter(({ name }) => name.includes(wanted));
const mutations = withinMs === Infinity ? named : inSomeOrder(named);
if (mutations.length === 0) throw new Error(`no mutation is called like "${wanted}"`);

const allCaught = await runMutations({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  mutations,
  copies: availableParallelism(),
  runCheck,
  isLate: () => performance.now() > withinMs,
  print: (line) => {
    process.stdout.write(`${line}\n`);
  },
});
process.exitCode = allCaught ? 0 : 1;
