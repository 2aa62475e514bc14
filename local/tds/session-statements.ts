/** The options drivers set when they log in; other statements, SET included, are for the handler. */
const OPTIONS = [
  'ansi_nulls',
  'ansi_null_dflt_on',
  'ansi_padding',
  'ansi_warnings',
  'arithabort',
  'concat_null_yields_null',
  'cursor_close_on_commit',
  'datefirst',
  'dateformat',
  'implicit_transactions',
  'language',
  'numeric_roundabort',
  'quoted_identifier',
  'textsize',
  'transaction isolation level',
  'xact_abort',
].join('|');
const SET_OPTION = new RegExp(`^set (?:${OPTIONS}) [\\w ]+;?$`, 'i');
const PING = /^select 1;?$/i;

/** What a driver sends of its own accord and no handler should have to know: options after login, a ping before reuse. */
export function sessionStatement(sql: string): 'options' | 'ping' | null {
  if (PING.test(sql.trim())) return 'ping';
  const lines = sql.split('\n').map((line) => line.trim());
  return lines.every((line) => SET_OPTION.test(line)) ? 'options' : null;
}
