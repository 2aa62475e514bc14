import type { Mutation } from '../mutation.ts';
import { tests } from '../mutation.ts';

const DELIVER = 'shared/engine/deliver.ts';
const SUBSCRIPTION = 'shared/engine/subscription.ts';
const SUBSCRIPTIONS = 'shared/engine/subscriptions.ts';
const RING = 'shared/engine/ring.ts';
const RECEIVERS = 'shared/adapters/receivers.ts';

const because = 'the simulation has no receivers of events';
const delivering = tests('test/unit/engine/deliver.test.ts', because);
const managing = tests('test/unit/engine/subscriptions.test.ts', because);
const calling = tests('test/unit/adapters/receivers.test.ts', because);

/** Defects of sending events out. */
export const EVENTS_OUT_MUTATIONS: readonly Mutation[] = [
  {
    name: 'an event that was not taken is passed over',
    breaks: 'D2',
    file: DELIVER,
    find: "if (after.cursor !== n || after.status !== 'active') {",
    replace: "if (after.status !== 'active') {",
    caughtBy: delivering,
  },
  {
    name: 'two processes send to one receiver at once',
    breaks: 'D2',
    file: SUBSCRIPTION,
    find: "status === 'active' && nextAt <= now && busyUntil <= trueNow",
    replace: "status === 'active' && nextAt <= now",
    caughtBy: delivering,
  },
  {
    name: 'a process that died keeps a subscription for ever',
    breaks: 'D2',
    file: DELIVER,
    find: 'goesOn ? parts.trueNow() + LEASE_MS : 0',
    replace: 'goesOn ? parts.trueNow() + 1_000 * LEASE_MS : 0',
    caughtBy: delivering,
  },
  {
    name: 'a replay is undone by the event that was on its way',
    breaks: 'D2',
    file: SUBSCRIPTION,
    find: 'const isNext = before.cursor === n - 1;',
    replace: 'const isNext = n > 0;',
    caughtBy: delivering,
  },
  {
    name: 'a redirect counts as success',
    breaks: 'D2',
    file: SUBSCRIPTION,
    find: 'if (status >= 200 && status < 300) return null;',
    replace: 'if (status >= 200 && status < 400) return null;',
    caughtBy: delivering,
  },
  {
    name: 'a receiver that is gone is sent more',
    breaks: 'D2',
    file: SUBSCRIPTION,
    find: 'if (status === 410) {',
    replace: 'if (status === 411) {',
    caughtBy: delivering,
  },
  {
    name: 'what a receiver asks to wait is not heard',
    breaks: 'D2',
    file: SUBSCRIPTION,
    find: 'Math.max(scheduled, retryAfterMs(reply.retryAfter, now))',
    replace: 'scheduled',
    caughtBy: delivering,
  },
  {
    name: 'the secret before a rotation signs for ever',
    breaks: 'D6',
    file: SUBSCRIPTION,
    find: 'previousUntil !== null && now < previousUntil ?',
    replace: 'previousUntil !== null ?',
    caughtBy: delivering,
  },
  {
    name: 'a doorbell that cannot be rung fails the commit',
    breaks: 'I4',
    file: RING,
    find: 'parts.log.ringFailed(cutoverId, error);',
    replace: 'throw error;',
    caughtBy: delivering,
  },
  {
    name: 'a lost doorbell is never rung again',
    breaks: 'D2',
    file: RING,
    find: "status === 'active' && cursor < events",
    replace: "status === 'active' && cursor > events",
    caughtBy: delivering,
  },
  {
    name: 'what breaks a delivery becomes a dead letter, which rings again',
    breaks: 'I12',
    file: DELIVER,
    find: 'if (error instanceof CutoverError && error.retriable) throw error;',
    replace: 'if (error instanceof CutoverError) throw error;',
    caughtBy: delivering,
  },
  {
    name: 'the ledger grows for ever',
    breaks: 'D2',
    file: 'shared/engine/subscription-store.ts',
    find: 'if (delivery !== undefined) await tidy(subscription);',
    replace: '',
    caughtBy: delivering,
  },
  {
    name: 'a receiver that did not agree is sent events',
    breaks: 'D5',
    file: SUBSCRIPTION,
    find: "if (allowedOrigin === '*' ||",
    replace: "if (allowedOrigin !== 'nobody' ||",
    caughtBy: managing,
  },
  {
    name: 'a subscription goes on without asking its receiver again',
    breaks: 'D5',
    file: SUBSCRIPTIONS,
    find: '{ ...consent, failures: 0, nextAt: 0 } : null',
    replace: "{ status: 'active', reason: null, failures: 0, nextAt: 0 } : null",
    caughtBy: managing,
  },
  {
    name: 'a secret is shown as often as anybody asks',
    breaks: 'D6',
    file: SUBSCRIPTIONS,
    find: 'secret: managed.isChanged ? secretOf(managed.subscription) : null',
    replace: 'secret: secretOf(managed.subscription)',
    caughtBy: managing,
  },
  {
    name: 'a host below a listed name may be called',
    breaks: 'D3',
    file: RECEIVERS,
    find: ': host === listed',
    replace: ': host.endsWith(listed)',
    caughtBy: calling,
  },
  {
    name: 'a name that resolves to a private address is called',
    breaks: 'D3',
    file: RECEIVERS,
    find: 'if (refusal !== null) throw new Error(`${host}: ${refusal}`);',
    replace: '',
    caughtBy: calling,
  },
  {
    name: 'an address of IPv6 outside of what is given out is called',
    breaks: 'D3',
    file: RECEIVERS,
    find: "parsed.kind() === 'ipv4' || parsed.match(GLOBAL_IPV6)",
    replace: "parsed.kind() === 'ipv4' || parsed.kind() === 'ipv6'",
    caughtBy: calling,
  },
  {
    name: "Azure's own host is called",
    breaks: 'D3',
    file: RECEIVERS,
    find: 'if (isPublic && parsed.toString() !== AZURE_HOST) return null;',
    replace: 'if (isPublic) return null;',
    caughtBy: calling,
  },
];
