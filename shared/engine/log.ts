import type { ErrorCode } from '../core/errors.ts';
import { CutoverError } from '../core/errors.ts';
import type { CutoverEvent } from '../core/events.ts';
import type { Telemetry } from './ports.ts';
import { textWithoutSecrets } from './secret-text.ts';

type Regressed = Extract<CutoverEvent, { readonly type: 'replication-regressed' }>;
type SilenceAlarmed = Extract<CutoverEvent, { readonly type: 'silence-alarmed' }>;

/** What a failed call may be logged as: the code and text of the catalogue, which may quote what the outside said; for anything else only its class. */
const described = (error: unknown): { readonly code: ErrorCode | 'bug'; readonly text: string } =>
  error instanceof CutoverError
    ? { code: error.code, text: textWithoutSecrets(error.message) }
    : { code: 'bug', text: error instanceof Error ? error.name : typeof error };

/** The log lines of the engine: one function per happening, numbered; nothing else writes logs. */
export const makeLog = (telemetry: Telemetry) => ({
  publishFailed: (cutoverId: string, commit: number, error: unknown) => {
    telemetry.log(
      { id: 101, name: 'publish-failed', level: 'warning' },
      { cutoverId, commit, ...described(error) },
    );
  },
  envelopeResent: (cutoverId: string, messageId: string, hop: number, error: unknown) => {
    telemetry.log(
      { id: 102, name: 'envelope-resent', level: 'warning' },
      { cutoverId, messageId: textWithoutSecrets(messageId), hop, ...described(error) },
    );
  },
  outboxSwept: (cutoverId: string, messages: number) => {
    telemetry.log({ id: 103, name: 'outbox-swept', level: 'warning' }, { cutoverId, messages });
  },
  overslept: (cutoverId: string, dueAt: number) => {
    telemetry.log({ id: 104, name: 'overslept', level: 'info' }, { cutoverId, dueAt });
  },
  messageMalformed: (queue: string, messageId: string, reason: string) => {
    telemetry.log({ id: 105, name: 'message-malformed', level: 'error' }, { queue, messageId, reason });
  },
  stepIgnored: (cutoverId: string, stepId: string, attempt: number, dispatch: number, why: string) => {
    telemetry.log(
      { id: 106, name: 'step-ignored', level: 'info' },
      { cutoverId, stepId, attempt, dispatch, why },
    );
  },
  readFailed: (cutoverId: string, stepId: string, error: unknown) => {
    telemetry.log(
      { id: 107, name: 'read-failed', level: 'warning' },
      { cutoverId, stepId, ...described(error) },
    );
  },
  sweepFailed: (cutoverId: string, error: unknown) => {
    telemetry.log({ id: 109, name: 'sweep-failed', level: 'error' }, { cutoverId, ...described(error) });
  },
  pollFailed: (cutoverId: string, error: unknown) => {
    telemetry.log({ id: 110, name: 'poll-failed', level: 'error' }, { cutoverId, ...described(error) });
  },
  messageGivenUp: (cutoverId: string, queue: string, messageId: string, error: unknown) => {
    telemetry.log(
      { id: 111, name: 'message-given-up', level: 'error' },
      { cutoverId, queue, messageId, ...described(error) },
    );
  },
  letterUntold: (cutoverId: string, deadLetterId: string, error: unknown) => {
    telemetry.log(
      { id: 112, name: 'letter-untold', level: 'error' },
      { cutoverId, deadLetterId, ...described(error) },
    );
  },
  requestRefused: (what: string, cutoverId: string | null, isKnown: boolean, code: ErrorCode) => {
    telemetry.log({ id: 114, name: 'request-refused', level: 'warning' }, { what, cutoverId, isKnown, code });
  },
  refusalUnrecorded: (cutoverId: string | null, what: string, refusedFor: ErrorCode, error: unknown) => {
    telemetry.log(
      { id: 115, name: 'refusal-unrecorded', level: 'warning' },
      { cutoverId, what, refusedFor, ...described(error) },
    );
  },
  silent: (cutoverId: string, { silentSince, overdue = [] }: SilenceAlarmed) => {
    const missing = overdue.map(({ what, stepId, at }) => `${what} of ${stepId ?? 'the cutover'} at ${at}`);
    telemetry.log(
      { id: 116, name: 'silent', level: 'error' },
      { cutoverId, silentSince, overdue: missing.join(', ') },
    );
  },
  regressed: (cutoverId: string, { regressions }: Regressed) => {
    for (const { code, severity, message } of regressions) {
      const level = severity === 'critical' ? 'error' : 'warning';
      telemetry.log({ id: 118, name: 'replication-regressed', level }, { cutoverId, code, message });
    }
  },
  machineClockWrong: (instance: string, aheadMs: number) => {
    telemetry.log({ id: 117, name: 'machine-clock-wrong', level: 'warning' }, { instance, aheadMs });
  },
  collectorClockWrong: (server: string, aheadMs: number) => {
    telemetry.log({ id: 119, name: 'collector-clock-wrong', level: 'warning' }, { server, aheadMs });
  },
  ringFailed: (cutoverId: string, error: unknown) => {
    telemetry.log({ id: 120, name: 'ring-failed', level: 'warning' }, { cutoverId, ...described(error) });
  },
  deliveryFailed: (
    cutoverId: string,
    subscriptionId: string,
    n: number,
    failures: number,
    status: number | null,
  ) => {
    telemetry.log(
      { id: 121, name: 'delivery-failed', level: 'warning' },
      { cutoverId, subscriptionId, n, failures, status },
    );
  },
  deliveryBroken: (cutoverId: string, subscriptionId: string, error: unknown) => {
    telemetry.log(
      { id: 122, name: 'delivery-broken', level: 'error' },
      { cutoverId, subscriptionId, ...described(error) },
    );
  },
  subscriptionDisabled: (cutoverId: string, subscriptionId: string, n: number, reason: string) => {
    telemetry.log(
      { id: 123, name: 'subscription-disabled', level: 'error' },
      { cutoverId, subscriptionId, n, reason: textWithoutSecrets(reason) },
    );
  },
  subscriptionChanged: (cutoverId: string, subscriptionId: string, what: string, by: string) => {
    telemetry.log(
      { id: 124, name: 'subscription-changed', level: 'info' },
      { cutoverId, subscriptionId, what, by },
    );
  },
  logNotIntact: (cutoverId: string, entry: number | null, row: string, fault: string) => {
    telemetry.log({ id: 113, name: 'log-not-intact', level: 'error' }, { cutoverId, entry, row, fault });
  },
  indexFailed: (cutoverId: string, error: unknown) => {
    telemetry.log({ id: 108, name: 'index-failed', level: 'warning' }, { cutoverId, ...described(error) });
  },
});

/** See {@link makeLog}. */
export type Log = ReturnType<typeof makeLog>;
