import type { ErrorEntry } from './error-entry.ts';
import { entry } from './error-entry.ts';
import { REQUEST_ERRORS } from './request-errors.ts';

/**
 * Every error of the product: C1xx configuration, C2xx request and webhook, C3xx plan and transition, C4xx storage,
 * C5xx source SQL Server, C6xx target and data, C7xx Lifecycle Services, C8xx Dynamics 365 and automations, C9xx invariants.
 */
export const ERRORS = {
  ...REQUEST_ERRORS,

  C301: entry('The plan is not usable', false, 'Correct every problem listed; nothing was started.'),
  C302: entry('The cutover exists already', false, 'Start it under another id.'),
  C303: entry('The cutover has ended', false, 'Nothing to do.'),
  C304: entry('The cutover is held', false, 'Resume it first.'),
  C305: entry('The cutover is not held', false, 'Nothing to do.'),
  C306: entry('The step has not failed', false, 'Only a failed step is retried; see its status.'),
  C307: entry(
    'The step is required',
    false,
    'A required step cannot be skipped; retry it or abort the cutover.',
  ),
  C308: entry('The step has ended', false, 'Nothing to do.'),
  C309: entry('The step passed its deadline', false, 'Find out why with its owner, then retry or abort.'),
  C310: entry('Reported as failed', false, 'Read the note, mend the cause, then retry the step.'),
  C311: entry('The approval was denied', false, 'Clear the reason given, then retry the approval.'),
  C312: entry('The step was opened already', true, 'Nothing to do: another run of the function has it.'),
  C313: entry('The step is not in hand', false, 'Only a running or waiting step is dispatched again.'),
  C314: entry('The evidence is older than what it must prove', true, 'Nothing to do: it is read again.'),
  C315: entry(
    'No effect of this step is in doubt',
    false,
    'See what the step waits for with GET /api/cutovers/{id}; the product looks itself first, ten minutes after its request.',
  ),
  C317: entry('The effect did not happen', false, 'Retry the step when it may be fired again.'),
  C318: entry(
    'A second person is needed',
    false,
    'Have another person send the same: two people answer for it.',
  ),
  C319: entry('Given up', false, 'Mend the cause, then retry the step.'),
  C320: entry(
    'This way back is not possible',
    false,
    'Choose one that is possible: see the ways back with GET /api/cutovers/{id}.',
  ),
  C321: entry(
    'The loss of data is not confirmed',
    false,
    'Read the statement of this way back and send it word for word.',
  ),
  C322: entry(
    'It is not known whether something happened outside',
    false,
    'Wait until the product has found out, at most ten minutes, or look yourself and answer whether it happened; then try again.',
  ),
  C323: entry(
    'The plan cannot be changed so',
    false,
    'Correct every point named and propose the change anew. If others are to vote on an approval that was denied: retry it, propose and adopt them while its approvers are asked again, then give that attempt up and retry it.',
  ),
  C324: entry(
    'There is no such proposal',
    false,
    'See the proposal that stands with GET /api/cutovers/{id}, or propose the change anew.',
  ),
  C325: entry('The time is not possible', false, 'Send a time of this cutover that has passed.'),
  C326: entry(
    'The parameters of the step are not readable',
    false,
    'Nothing is lost: deploy the version of the app that the cutover was started with, and the step goes on.',
  ),
  C327: entry(
    'The request was not sent',
    false,
    'Nothing has happened outside: between its announcement and its request somebody decided otherwise (a hold, an end, the step), or its process was held up too long to be sure that nobody had. Retry the step.',
  ),
  C328: entry(
    'Something that nobody can stop may be going on outside',
    false,
    'Look at it in Lifecycle Services. It ends by itself: then the step does too. If it was not started, or is over, report the step as failed, or give it up with what you saw (once it has failed by its deadline, or while nobody knew whether its request had arrived: retry it first); then try again.',
  ),

  C401: entry(
    'The storage did not answer',
    true,
    'Nothing to do: it is tried again; check the storage account if it lasts.',
  ),
  C402: entry('Too many simultaneous changes', true, 'Send the request again.'),
  C403: entry(
    'A commit does not fit into one transaction',
    false,
    'Split the plan; report this with the cutover id.',
  ),
  C404: entry(
    'A stored row is not readable',
    false,
    'GET /api/cutovers/{id}/events/verification names what is damaged; restore the row from a backup of the storage.',
  ),
  C405: entry(
    'A stored row is of a newer version of this app',
    true,
    'Nothing to do while a new version is being deployed; if it lasts, deploy the newest version everywhere.',
  ),
  C406: entry(
    'The log is not what was committed',
    false,
    'Change nothing in the storage. Hold the cutover, compare the entry named with an earlier export or a backup of the table, and report this with the cutover id.',
  ),
  C407: entry(
    'A stored plan is not the one that was adopted',
    false,
    'Nothing is done on it. Restore the row named from a backup of the storage, then drive the dead letters of the cutover again; find out who wrote to the storage account.',
  ),

  C501: entry(
    'The SQL Server did not answer',
    true,
    'Check that the server runs and that the address and firewall allow the app.',
  ),
  C502: entry('The SQL login was refused', true, 'Enter a valid login and password for this server.'),
  C503: entry('The SQL login may not read this', true, 'Grant the permission named to the monitoring login.'),
  C504: entry(
    'The SQL statement took too long',
    true,
    'Nothing to do: it is tried again; check the load on the server if it lasts.',
  ),
  C505: entry('The answer of the SQL Server is not readable', false, 'Report this with the statement name.'),
  C506: entry(
    'The collector does not answer',
    true,
    'Start it where it may reach the server: npx ax-cutover collect; if it runs, read what it prints.',
  ),
  C507: entry(
    'The collector does not run this statement',
    false,
    'Let app and collector be of the same version, and let the DBA add the SQL of a reconciliation to the file of figures.',
  ),
  C508: entry(
    'The SQL of a figure is not usable',
    false,
    'Correct the SQL of each pair named: propose a revision of the plan, and retry the step once its attempt was given up. A figure of more than fifteen digits is to be converted to text: CONVERT(varchar(40), …).',
  ),
  C509: entry(
    'The SQL Server is busy counting',
    true,
    'Ask again in a minute: no more than four statements count at a server at a time.',
  ),
  C510: entry(
    'What cannot be read is not stated',
    true,
    'Read it where you may, give the statement named (POST /api/cutovers/{id}/uploads), and have a second person confirm it (POST /api/cutovers/{id}/uploads/{hash}/confirmation).',
  ),
  C511: entry(
    'A statement waits for a second person',
    true,
    'Compare it with what the server shows, then confirm it, or give a better one.',
  ),

  C601: entry(
    'Row counts differ',
    false,
    'Republish the tables named in the toolkit, then retry the step to count again.',
  ),
  C602: entry(
    'Reconciliation figures differ',
    false,
    'Have the owner explain the difference, mend it, then retry the step.',
  ),
  C603: entry('The data upgrade failed', false, 'Press Resume (toolkit entry 10), then retry the step.'),
  C604: entry('A prerequisite is not met', false, 'Mend each red item, then retry the step.'),
  C607: entry(
    'The table does not differ',
    false,
    'Nothing to narrow down: see the tables that differ with GET /api/cutovers/{id}/mismatches.',
  ),
  C608: entry(
    'The table cannot be narrowed down',
    false,
    'A table that one side does not have, or that has no RECID, is mended as a whole: republish it in the toolkit and count again.',
  ),

  C701: entry(
    'Lifecycle Services did not answer',
    true,
    'Nothing to do: it is tried again; check the sign-in if it lasts.',
  ),
  C702: entry(
    'Lifecycle Services refused',
    false,
    'Read the message of Lifecycle Services, mend the cause, then retry the step.',
  ),
  C703: entry(
    'The refresh did not happen',
    false,
    'Read the operation in the environment history, mend the cause, then retry the step.',
  ),
  C704: entry(
    'A production environment cannot be the target of an API refresh',
    false,
    'Start the refresh by hand in Lifecycle Services.',
  ),

  C801: entry(
    'Dynamics 365 did not answer',
    true,
    'Nothing to do: it is tried again; check the environment if it lasts.',
  ),
  C802: entry('A smoke check failed', false, 'Mend what the check names, then retry the step.'),
  C803: entry('The automation refused', false, 'Read its answer, mend the cause, then retry the step.'),

  C901: entry('An invariant is broken', false, 'Hold the cutover and report this with the cutover id.'),
  C902: entry('A message is malformed', false, 'See the dead letters; report this with the message id.'),
} as const satisfies Record<`C${number}`, ErrorEntry>;

/** Said of a failed attempt whose effect may have happened: a retry would do it once more. */
export const LOOK_FIRST = 'Look outside whether what it asked for has happened: a retry asks for it again.';

/** Said of a failed attempt of which it came out afterwards that its effect has happened. */
export const LOOKS_FOR_OUTCOME =
  'What it asked for goes on or has happened outside: a retry looks for its outcome and asks for nothing again.';

/** A code of the catalogue. */
export type ErrorCode = keyof typeof ERRORS;

/** The only error the product throws on purpose: a catalogue code with the details and ids of this case. */
export class CutoverError extends Error {
  readonly code: ErrorCode;
  readonly problems: readonly string[];

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; problems?: readonly string[] } = {},
  ) {
    super(`${ERRORS[code].title}: ${message}`, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'CutoverError';
    this.code = code;
    this.problems = options.problems ?? [];
  }

  get next(): string {
    return ERRORS[this.code].next;
  }

  get retriable(): boolean {
    return ERRORS[this.code].retriable;
  }
}
