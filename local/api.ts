import { randomUUID } from 'node:crypto';
import type { StatusView } from '../shared/contract/status.ts';
import type { CutoverEvent, StoredEvent } from '../shared/core/events.ts';
import type { Actor } from '../shared/core/state.ts';

/** An answer of the app. */
export type Reply = { readonly status: number; readonly body: Record<string, unknown> };

/** An event as the API shows it. */
export type ShownEvent = CutoverEvent & Pick<StoredEvent, 'n' | 'inputId' | 'hash'> & { readonly at: string };

/** The app's public HTTP API as people and systems outside use it: nothing here knows its inside. */
export type Api = {
  readonly post: (path: string, by: Actor, body: unknown) => Promise<Reply>;
  readonly status: (cutoverId: string) => Promise<StatusView>;
  readonly events: (cutoverId: string, after: number) => Promise<readonly ShownEvent[]>;
  readonly get: (path: string) => Promise<Reply>;
};

const TIMEOUT_MS = 30_000;
const READER: Actor = { id: 'local-observer', name: 'Local observer' };

/** A client of the API at `url`, which ends before `/api`. */
export const makeApi = (url: string): Api => {
  const send = async (path: string, init: RequestInit): Promise<Reply> => {
    const response = await fetch(`${url}/api/${path}`, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const as = (by: Actor) => ({ 'x-development-user': `${by.id};${by.name}` });
  const get = (path: string) => send(path, { headers: as(READER) });
  return {
    get,
    post: (path, by, body) =>
      send(path, {
        method: 'POST',
        headers: { ...as(by), 'content-type': 'application/json', 'idempotency-key': randomUUID() },
        body: JSON.stringify(body),
      }),
    status: async (cutoverId) => (await get(`cutovers/${cutoverId}`)).body as unknown as StatusView,
    events: async (cutoverId, after) =>
      (await get(`cutovers/${cutoverId}/events?after=${after}&limit=1000`)).body
        .events as readonly ShownEvent[],
  };
};
