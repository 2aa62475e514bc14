import type { UpgradeStep } from '../core/upgrade-completion.ts';

/** The steps that the page "Monitor data upgrade" names, each before any that its name is a part of. */
const STEP =
  /(?:PreReqs-AdditiveDbSync|PreReqs-PartialDbSync|FinalDbSync-SyncSchema|DbSync-SyncSchema|PreSync|PostSync)(?![\w-])/i;
const STATUS = /\b(?:Completed|In[ _-]?Progress|Failed|Not[ _-]?Started)\b/gi;

/**
 * The steps in a pasted report `ds`, in their order. Its layout is not documented. Assumed: a line for each sub-step,
 * with the name of the step and one status word, the sub-step between them. A line with a step and without exactly one
 * status word keeps an empty status, which is never taken for completed.
 */
export const stepsInReport = (report: string): readonly UpgradeStep[] =>
  report.split(/\r?\n/).flatMap((line) => {
    const found = STEP.exec(line);
    if (found === null) return [];
    const rest = line.slice(found.index + found[0].length);
    const statuses = [...rest.matchAll(STATUS)];
    const [status] = statuses;
    if (status === undefined || statuses.length > 1) return [{ name: found[0], status: '' }];
    const subStep = /[A-Za-z](?:[\w .()-]*[\w)])?/.exec(rest.slice(0, status.index))?.[0] ?? '';
    return [{ name: subStep === '' ? found[0] : `${found[0]} / ${subStep}`, status: status[0] }];
  });
