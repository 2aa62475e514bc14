import { cureOf } from './replication-cures.ts';
import type { AgentReading, PublicationReading, RunStatus } from './replication.ts';
import type { Condition } from './state.ts';

/** A condition that is not met, before it is known since when. */
export type Unmet = Omit<Condition, 'since'>;

/** Who clears what nobody has to clear. */
export const NOBODY = 'nobody: it passes';
/** The role that looks after the source server. */
export const DBA = 'DBA';
/** Where agents are looked after. */
export const MONITOR = 'Replication Monitor on the source server, tab Agents';

/** Agents report at least every ten minutes, even when idle: three times that is silence. */
const AGENT_SILENT_MS = 30 * 60_000;

const STATUS_WORDS: Readonly<Record<RunStatus, string>> = {
  1: 'is starting',
  2: 'has stopped',
  3: 'is working',
  4: 'is idle',
  5: 'is retrying',
  6: 'has failed',
};

/** Whether an agent runs on and on: status 2 then means that it has stopped, and otherwise that it has finished. */
export const isContinuous = (publication: PublicationReading, { role }: AgentReading): boolean =>
  publication.transactional && role !== 'snapshot';

/** Whether the run status of an agent is one of a healthy agent of its sort. */
export const isHealthy = (publication: PublicationReading, agent: AgentReading): boolean =>
  isContinuous(publication, agent)
    ? agent.runStatus === 3 || agent.runStatus === 4
    : agent.runStatus === 2 || (agent.role === 'distribution' && agent.runStatus < 5);

const agentCondition = (publication: PublicationReading, agent: AgentReading, now: number): Unmet | null => {
  const continuous = isContinuous(publication, agent);
  const what = `The ${agent.role} agent of ${publication.name}`;
  const condition = (code: string, message: string, next: string): Unmet => ({
    code: `${code}:${publication.name}:${agent.role}`,
    message,
    who: DBA,
    next,
  });
  const said = agent.error ?? agent.comment;
  const words = `${what} ${STATUS_WORDS[agent.runStatus]}${said === '' ? '' : `: ${said}`}`;
  const cure = cureOf(said);
  if (!isHealthy(publication, agent)) {
    const next =
      continuous || agent.runStatus > 4
        ? `Start the agent again in ${MONITOR}.`
        : `Wait, or look at it in ${MONITOR}.`;
    return condition('agent', words, cure ?? next);
  }
  if (agent.error !== null) {
    const next = cure ?? `Mend the cause; see ${MONITOR}.`;
    return condition('agent-error', `${what} reported: ${agent.error}`, next);
  }
  if (continuous && now - agent.at > AGENT_SILENT_MS) {
    const next = 'Check that SQL Server Agent runs on the source server.';
    return condition('agent-silent', `${what} has reported nothing for more than 30 minutes`, next);
  }
  return null;
};

/** What the agents of a publication lack; `now` is on the distributor's clock. */
export const agentConditions = (publication: PublicationReading, now: number): readonly Unmet[] => {
  const needed = publication.transactional ? (['log-reader', 'distribution'] as const) : [];
  const missing = needed
    .filter((role) => !publication.agents.some((agent) => agent.role === role))
    .map((role): Unmet => ({
      code: `agent-missing:${publication.name}:${role}`,
      message: `The ${role} agent of ${publication.name} has never run`,
      who: DBA,
      next: `Start the agent in ${MONITOR}.`,
    }));
  return [
    ...missing,
    ...publication.agents.flatMap((agent) => agentCondition(publication, agent, now) ?? []),
  ];
};
