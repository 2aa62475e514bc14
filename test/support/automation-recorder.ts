import { Webhook } from 'standardwebhooks';
import { startHttpServer } from '../../local/http-server.ts';

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

/** An automation that takes every task, remembers it, and reports nothing by itself. */
export type AutomationRecorder = {
  readonly url: string;
  readonly calls: readonly RecordedCall[];
  readonly callsFor: (cutoverId: string) => readonly RecordedCall[];
  readonly stop: () => Promise<void>;
};

/** Starts one that checks signatures with the official library. */
export const startAutomationRecorder = async (secret: string): Promise<AutomationRecorder> => {
  const webhook = new Webhook(secret);
  const calls: RecordedCall[] = [];
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
    calls.push({ task: JSON.parse(body) as Task, isSigned: isSigned(body, header) });
    return { status: 202 };
  });
  return {
    url: server.url,
    calls,
    callsFor: (cutoverId) => calls.filter(({ task }) => task.cutoverId === cutoverId),
    stop: server.stop,
  };
};
