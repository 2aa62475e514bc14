import type { StatusView } from '../shared/contract/status.ts';
import { SCENARIOS, type ScenarioName } from './scenarios.ts';
import type { World } from './world/world.ts';

/** So long after the app has told of it somebody has mended a trouble. */
const MENDED_AFTER_MS = 30 * 60_000;

/** The codes of everything a cutover lacks now. */
const codesOf = ({ replication, phases }: StatusView): readonly string[] => [
  ...(replication?.unmet ?? []).map(({ code }) => code),
  ...phases.flatMap(({ steps }) => steps.flatMap(({ unmet }) => unmet.map(({ code }) => code))),
];

const hasSucceeded = ({ phases }: StatusView, stepId: string): boolean =>
  phases.some(({ steps }) => steps.some(({ id, status }) => id === stepId && status === 'succeeded'));

/** Lets the trouble of a scenario befall the world, and has somebody mend it once the app has told of it. */
export const makeTroublemaker = (
  world: Pick<World, 'clock' | 'act'>,
  scenario: ScenarioName,
): ((status: StatusView) => void) => {
  const { after, mendedAt } = SCENARIOS[scenario];
  let stage: 'before' | 'begun' | 'over' = 'before';
  let toldAt: number | null = null;
  return (status) => {
    if (stage === 'before' && hasSucceeded(status, after)) {
      world.act.trouble(scenario, true);
      stage = 'begun';
    }
    if (stage !== 'begun' || mendedAt === null) return;
    if (codesOf(status).some((code) => code.startsWith(mendedAt))) toldAt ??= world.clock.now();
    if (toldAt === null || world.clock.now() < toldAt + MENDED_AFTER_MS) return;
    world.act.trouble(scenario, false);
    stage = 'over';
  };
};
