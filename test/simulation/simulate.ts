import { parseArgs } from 'node:util';
import { simulate } from './support/simulation.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    start: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const USAGE = `Usage: npm run simulate -- --seeds N [--start S]   play N seeds, from S on
       npm run simulate -- --seed S [--trace]     play one seed, and show all that happens`;

const whole = (name: string, text: string): number => {
  if (!/^\d{1,15}$/.test(text)) throw new Error(`--${name} takes a whole number, not ${text}`);
  return Number(text);
};

const main = async (): Promise<number> => {
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const first = whole('start', values.seed ?? values.start);
  const count = values.seed === undefined ? whole('seeds', values.seeds) : 1;
  const began = performance.now();
  const ends = new Map<string, number>();
  let [bad, commits, actions] = [0, 0, 0];
  for (let seed = first; seed < first + count; seed += 1) {
    const outcome = await simulate(seed, values.trace ? console.log : null);
    commits += outcome.commits;
    actions += outcome.actions;
    for (const status of outcome.statuses) ends.set(status, (ends.get(status) ?? 0) + 1);
    if (outcome.violations.length === 0) continue;
    bad += 1;
    console.log(`seed ${seed} breaks ${outcome.violations.length} promise(s):`);
    for (const { invariant, message } of outcome.violations) console.log(`  ${invariant}: ${message}`);
    console.log(`  again: npm run simulate -- --seed ${seed} --trace`);
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const counts = [...ends].map(([status, times]) => `${times} ${status}`).join(', ');
  console.log(
    `${count} seed(s) in ${seconds} s: ${actions} actions, ${commits} commits; ${counts}; ${bad} bad`,
  );
  return bad === 0 ? 0 : 1;
};

process.exitCode = await main();
