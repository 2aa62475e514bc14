import { Webhook } from 'standardwebhooks';
import { startHttpServer, type HttpReply } from '../../local/http-server.ts';

/** A task as an automation gets it. */
export type Task = {
  readonly what: string;
  readonly cutoverId: string;
  readonly stepId: string;
  readonly attempt: number;
  readonly callback: string;
  readonly token: string;
  readonly hosts?: readonly string[];
};

/** One call of the automation, as it came. */
export type RecordedCall = { readonly task: Task; readonly isSigned: boolean };

/** An automation that takes every task unless told otherwise, remembers it, and reports nothing by itself. */
export type AutomationRecorder = {
  readonly url: string;
  readonly calls: readonly RecordedCall[];
  readonly callsFor: (cutoverId: string) => readonly RecordedCall[];
  /** How it answers the next task. */
  readonly answerNext: (answer: (task: Task) => HttpReply) => void;
  readonly stop: () => Promise<void>;
};

/** Starts one that checks signatures with the official library. */
export const startAutomationRecorder = async (secret: string): Promise<AutomationRecorder> => {
  const webhook = new Webhook(secret);
  const calls: RecordedCall[] = [];
  const answers: ((task: Task) => HttpReply)[] = [];
  const isSigned = (body: string, header: (name: string) => string): boolean => {
    const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];
    try {
      webhook.verify(body, Object.fromEntries(names.map((name) => [name, header(name)])));
      return true;
    } catch {
      return false;
    }
  };
  const server = await startHttpServer(({ body, header }) => {
    const task = JSON.parse(body) as Task;
    calls.push({ task, isSigned: isSigned(body, header) });
    return answers.shift()?.(task) ?? { status: 202 };
  });
  return {
    url: server.url,
    calls,
    callsFor: (cutoverId) => calls.filter(({ task }) => task.cutoverId === cutoverId),
    answerNext: (answer) => {
      answers.push(answer);
    },
    stop: server.stop,
  };
};
