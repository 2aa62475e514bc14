import type { ForecastView } from '../contract/forecast.ts';
import type { StatusView, StepStatusView } from '../contract/status.ts';
import { iso } from './instant.ts';

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text that may stand anywhere in HTML. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.45 system-ui, sans-serif; }
body { max-width: 72rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.4rem; margin: 0 0 .25rem; }
h2 { font-size: 1.05rem; margin: 1.5rem 0 .4rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; min-width: 46rem; table-layout: fixed; }
th:nth-child(1) { width: 26%; }
th:nth-child(n+2):nth-child(-n+5) { width: 11.5%; }
td { overflow-wrap: anywhere; }
.waiting-for th:nth-child(1) { width: 16%; }
.waiting-for th:nth-child(2) { width: 44%; }
.waiting-for th:nth-child(3) { width: 10%; }
.waiting-for th:nth-child(4) { width: 30%; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid color-mix(in srgb, currentColor 18%, transparent); vertical-align: top; }
th { font-weight: 600; white-space: nowrap; }
.tag { display: inline-block; padding: 0 .5rem; border-radius: 1rem; border: 1px solid currentColor; white-space: nowrap; font-size: .85rem; }
.succeeded, .done, .completed { color: light-dark(#186a2f, #6fd08c); }
.failed, .aborted, .unproved { color: light-dark(#b3261e, #ff8a80); font-weight: 600; }
.waiting, .running { color: light-dark(#7a4b00, #ffcc66); }
.pending, .ready, .skipped, .cancelled { color: light-dark(#555, #aaa); }
.muted { opacity: .75; font-size: .9rem; }
`;

const document = (title: string, body: string, reload: boolean): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
${reload ? '<meta http-equiv="refresh" content="2">' : ''}<title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body>${body}</body></html>`;

const tag = (status: string, look = status): string =>
  `<span class="tag ${escapeHtml(look)}">${escapeHtml(status)}</span>`;
const time = (at: string | null): string =>
  at === null ? '' : `<time datetime="${at}">${at.slice(5, 16).replace('T', ' ')}</time>`;
const row = (...cells: string[]): string => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
const table = (head: readonly string[], rows: readonly string[], name = ''): string =>
  `<div class="scroll"><table class="${name}"><thead><tr>${head.map((cell) => `<th scope="col">${cell}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;

type PhaseView = StatusView['phases'][number];
type WaiverView = NonNullable<StepStatusView['waiver']>;

/** Who answers for a step without proof, each with the reason given. */
const answering = ({ by, reason, second, secondReason }: WaiverView): string =>
  second === null ? `${by}: ${reason}` : `${by}: ${reason}; and ${second}: ${secondReason ?? ''}`;

/** A data gate that two people let pass stays red for good, whatever follows. */
const isUnproved = ({ waiver }: StepStatusView): boolean => waiver !== null && waiver.second !== null;

const known = (step: StepStatusView): string => {
  const { waiver } = step;
  if (waiver !== null && step.status === 'skipped') {
    const before =
      step.error === null ? '' : `. Before that it failed: ${step.error.code} ${step.error.message}`;
    return `${isUnproved(step) ? 'not proved, ' : ''}skipped by ${answering(waiver)}${before}`;
  }
  if (step.error !== null) return `${step.error.message} ${step.error.next}`;
  if (step.evidence !== null) {
    const unproved = waiver === null ? '' : `; not proved, ${answering(waiver)}`;
    return `${step.evidence.summary} (${step.evidence.source})${unproved}`;
  }
  return step.unmet.map(({ message }) => message).join('; ');
};

/** What is known of a step, and who wants to pass it without its proof as long as a second person has not joined in. */
const remark = (step: StepStatusView): string => {
  const { skipProposal } = step;
  if (skipProposal === null) return known(step);
  const wish = `${skipProposal.by} asks to skip it without its proof: ${skipProposal.reason}; it takes a second person`;
  return [wish, known(step)].filter((part) => part !== '').join('. ');
};

/** A phase in which something passed without its proof is never shown as simply done. */
const phaseTag = ({ status, steps }: PhaseView): string =>
  steps.some(isUnproved) ? tag(`${status}, not proved`, 'unproved') : tag(status);

const stepRow = (step: StepStatusView): string =>
  row(
    `${escapeHtml(step.title)}<br><span class="muted">${escapeHtml(step.id)}</span>`,
    escapeHtml(step.owner),
    tag(step.status, isUnproved(step) ? 'unproved' : step.status) +
      (step.attempts > 1 ? ` <span class="muted">attempt ${step.attempts}</span>` : ''),
    time(step.startedAt),
    time(step.endedAt),
    escapeHtml(remark(step)),
  );

/** What is left out of the scope stands on the page of everybody who takes the counts for a proof. */
const ignoredSection = ({ ignored }: StatusView): string =>
  ignored.length === 0
    ? ''
    : `<section><h2>Ignored tables</h2>${table(
        ['Table', 'Reason', 'Owner', 'Until'],
        ignored.map((entry) =>
          row(
            escapeHtml(entry.table),
            escapeHtml(entry.reason),
            escapeHtml(entry.owner),
            `${time(entry.expiresAt)}${entry.expired ? ' expired: renew or drop it' : ''}`,
          ),
        ),
      )}</section>`;

type Lines = ForecastView['lines'];

/** The forecast in two lines; nothing once the cutover has ended. */
const forecastLines = ({ finish, lastSafeAbort }: Lines): string =>
  `<p>${escapeHtml(finish)}<br>${escapeHtml(lastSafeAbort)}</p>`;

/** One cutover as a page: what it waits for first, then the ten phases. Times are UTC where no other zone is said. */
export const statusPage = (status: StatusView, lines: Lines | null = null): string => {
  const waiting = status.waitingFor.map((item) =>
    row(escapeHtml(item.who), escapeHtml(item.message), time(item.since), escapeHtml(item.next)),
  );
  const phases = status.phases.map(
    (phase) =>
      `<section><h2>${phase.number}. ${escapeHtml(phase.name)} ${phaseTag(phase)}</h2>${table(
        ['Step', 'Owner', 'Status', 'Started', 'Ended', 'What is known'],
        phase.steps.map(stepRow),
      )}</section>`,
  );
  const over = status.endedAt !== null;
  const held =
    status.held === null
      ? ''
      : `<p class="failed">Held by ${escapeHtml(status.held.by)}: ${escapeHtml(status.held.reason)}</p>`;
  return document(
    `${status.title} — ${status.status}`,
    `<header><h1>${escapeHtml(status.title)}</h1>
<p>${tag(status.status)} <span class="muted">${escapeHtml(status.id)}, ${status.mode}, started ${time(status.startedAt)} UTC by ${escapeHtml(status.startedBy)}${over ? `, ended ${time(status.endedAt)}` : ''}</span></p>${held}${over || lines === null ? '' : forecastLines(lines)}</header>
<main><h2>What it waits for</h2>${
      waiting.length === 0
        ? `<p>${over ? 'Nothing: it has ended.' : 'Nobody: everything in hand is being worked on, and what waits for it begins by itself.'}</p>`
        : table(['Who', 'What', 'Since', 'Next'], waiting, 'waiting-for')
    }${phases.join('')}${ignoredSection(status)}</main>`,
    !over,
  );
};

/** The list of cutovers as a page. */
export const listPage = (
  lines: readonly { id: string; title: string; mode: string; status: string; startedAt: number }[],
): string => {
  const rows = lines.map((line) =>
    row(
      `<a href="page/${escapeHtml(line.id)}">${escapeHtml(line.title)}</a>`,
      line.mode,
      tag(line.status),
      time(iso(line.startedAt)),
    ),
  );
  const body =
    rows.length === 0
      ? '<p>No cutover was started yet.</p>'
      : table(['Cutover', 'Mode', 'Status', 'Started'], rows);
  return document('Cutovers', `<h1>Cutovers</h1>${body}`, true);
};
