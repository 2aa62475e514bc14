import { withoutSecretColumns } from './secret-columns.ts';
import { REMOVED, SECRET, SHORT } from './secret-names.ts';

const MENTIONED = new RegExp(`${SECRET}|\\b${SHORT}\\b`, 'i');

/** From a quote, escaped or not, as T-SQL writes it too, to the one that ends it, or to the end of a text that was cut. */
const QUOTED = ['"', "'"].map((q) => `N?\\\\*${q}(?:[^${q}\\\\]|\\\\[^]?|${q}${q})*(?:${q}|$)`).join('|');
/** What was removed before stays as it is, so that removing twice is removing once. */
const NOT_YET = `(?!\\s*\\\\*["']?${REMOVED.replaceAll(/[[\]]/g, '\\$&')})`;
const NAME = `${SECRET}[\\w-]{0,40}\\\\*["']?`;

const rule = (before: string, after: string): RegExp => new RegExp(`(${before})${NOT_YET}${after}`, 'gi');

/** Beginnings by which well-known services mark their tokens. */
const MARKS =
  'gh[oprsu]_|github_pat_|gl[a-z]{2,8}-|xox[a-z]-|xapp-|[prs]k[-_](?:live|test|proj|ant|or)?[-_]?|npm_|pypi-|dckr_pat_|hf_|SG\\.' +
  '|shp[a-z]{2}_|do[opr]_v1_|ya29\\.|AIza|A[KS]IA|AGE-SECRET-KEY-|ATATT|lin_api_|sq0[a-z]{3}-';

/** Words, from the way letters follow each other: at least four in one case, or a short one that stands by itself. */
const WORD =
  /(?<![^\W_])(?:[A-Za-z][a-z]{1,2}|[A-Z]{2,3}|\d{1,4})(?![^\W_])|[A-Z]?[a-z]{3,}|[A-Z]{4,}(?![a-z])/g;
const isWord = (word: string): boolean =>
  word.length < 4 ||
  (/[aeiouy]/i.test(word) && !/[^aeiouy]{5}/i.test(word) && !/[aeiou]{4}|([a-z])\1\1/i.test(word));

/** Random letters have hardly any words: of 200,000 tokens of 256 bits none has four fifths of them. */
const WORDS_AT_LEAST = 0.8;
/** A line of the same few characters is a rule or a filling, and no token. */
const DIFFERENT_AT_LEAST = 8;

const isReadable = (token: string): boolean => {
  const rest = token.replaceAll(/(?<![^\W_])c-[0-9a-f]{12}(?![^\W_])/g, '');
  const letters = rest.replaceAll(/[-_/+=]/g, '').length;
  const inWords = (rest.match(WORD) ?? []).filter(isWord).join('').length;
  return letters === 0 || inWords / letters >= WORDS_AT_LEAST;
};

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

const isPlainText = (bytes: Buffer): boolean =>
  bytes.length >= 12 && /^[\t\r\n -~]*$/.test(bytes.toString('latin1'));

/** What hides another text, such as user and password encoded for a header, or has no words and the length of a key. */
const isToken = (run: string): boolean => {
  if (UUID.test(run)) return false;
  const bare = run.replaceAll('=', '');
  if (isPlainText(Buffer.from(bare, 'base64'))) return true;
  return bare.length >= 32 && new Set(bare).size >= DIFFERENT_AT_LEAST && !isReadable(bare);
};

/** Patterns of secrets in any text, each with what takes its place; every one is linear in the length of the text. */
const RULES: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^]*?(?:-----END [A-Z ]{0,40}-----|$)/g, REMOVED],
  // A user and password before the host of a URL.
  [/\b([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/"'<>?#]+@/gi, `$1${REMOVED}@`],
  // Parameters of a URL end at the next one.
  [rule(`[?&](?:[\\w.-]{0,40}${SECRET}[\\w.-]{0,40}|${SHORT}|key|code)=`, `[^&#\\s"'<>]*`), `$1${REMOVED}`],
  // The name and the value of a setting, each under a name of its own.
  [
    rule(`${NAME}[\\s,;|]{1,20}["']?val(?:ue)?\\\\*["']?\\s{0,5}[:=]`, `\\s{0,5}(?:${QUOTED}|[^;,\\r\\n]+)`),
    `$1${REMOVED}`,
  ],
  // Pairs of connection strings, headers and broken JSON: a value may hold spaces, so it ends at a semicolon or line.
  [
    rule(
      `(?:${SECRET}[\\w-]{0,40}|(?<![\\w-])${SHORT})\\\\*["']?\\s{0,20}[:=]`,
      `\\s{0,20}(?:${QUOTED}|\\{[^}]*\\}?|[|>][-+\\d]{0,3}[ \\t]{0,20}(?:\\r?\\n[ \\t]+[^\\r\\n]*)+|[^;\\r\\n]+)`,
    ),
    `$1${REMOVED}`,
  ],
  // Columns, arrows, options of a command, and forms whose value stands on a line of its own.
  [
    rule(`${NAME}\\s{0,5}(?:[-=]>|\\||,(?=\\S)|\\t)`, `\\s{0,5}(?:${QUOTED}|[^;|,\\t\\r\\n]+)`),
    `$1${REMOVED}`,
  ],
  [rule(`--?[\\w-]{0,40}${SECRET}[\\w-]{0,40}\\s{1,5}`, `(?:${QUOTED}|\\S+)`), `$1${REMOVED}`],
  [rule(`(?<!\\S)-(?:p|u)\\s{1,5}`, `(?:${QUOTED}|\\S+)`), `$1${REMOVED}`],
  // The options of sqlcmd and bcp, of SqlPackage and net use, and of PowerShell.
  [rule(`\\b(?:sqlcmd|osql|isql|bcp)\\b[^\\r\\n]{0,400}?\\s-P`, `[^\\s-]\\S*`), `$1${REMOVED}`],
  [rule(`(?<!\\S)/(?:[st]?p|pw):`, `(?![a-z]\\w*=)(?:${QUOTED}|\\S+)`), `$1${REMOVED}`],
  [rule(`ConvertTo-SecureString\\s{1,5}(?:-String\\s{1,5})?`, `(?:${QUOTED}|[^\\s-]\\S*)`), `$1${REMOVED}`],
  [rule(`${SECRET}[\\w-]{0,40}["']\\s{0,5}\\n\\s{0,5}`, `[^\\r\\n]+`), `$1${REMOVED}`],
  // In a sentence, a word that is none: it holds a digit or a sign.
  [
    rule(`${NAME}(?:\\s{1,5}(?:is|was|to|ist|war|lautet))?\\s{1,5}`, `(?=\\S{0,200}[\\d!@#$%^&*])[^\\s]+`),
    `$1${REMOVED}`,
  ],
  [
    rule(`\\b(?:Bearer|Basic|SharedKey|SharedAccessSignature)\\s{1,20}`, `[\\w.~+/=:%&-]{6,}`),
    `$1${REMOVED}`,
  ],
  [/\bwhsec_[\w+/=-]+/g, `whsec_${REMOVED}`],
  [new RegExp(`(?<![A-Za-z0-9])(?:${MARKS})[\\w.~-]{8,}`, 'g'), REMOVED],
  // A client secret of Microsoft Entra, by the mark in its middle.
  [/(?<![\w.~-])[\w.~-]{3}\dQ~[\w.~-]{20,}/g, REMOVED],
  [/\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?/g, REMOVED],
  [/(?<![0-9a-f])[0-9a-f]{64,}/gi, REMOVED],
  [/(?<![\w+/=-])[\w+/-]{40,}={1,2}(?!=)/g, REMOVED],
];

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

const unescaped = (run: string): string => {
  try {
    return decodeURIComponent(run);
  } catch {
    return run;
  }
};

/** Characters that take no room: a name with one in it reads like the name. */
const UNSEEN = /[\u200b-\u200d\u2060\ufeff]/g;

/**
 * A text without the escapes of URLs, XML and JSON, however often they were put upon each other, in plain characters
 * where others look alike.
 */
export const withoutEscapes = (text: string): string => {
  let rest = text;
  for (let round = 0; round < 5; round += 1) {
    const before = rest;
    rest = rest
      .replaceAll(/(?:%[0-9a-f]{2})+/gi, unescaped)
      .replaceAll(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => ENTITIES[name] ?? '')
      .replaceAll(/&#(?:x([0-9a-f]{2,4})|(\d{2,5}));/gi, (_, hex?: string, digits?: string) =>
        String.fromCharCode(hex === undefined ? Number(digits) : Number.parseInt(hex, 16)),
      )
      .replaceAll(/\\u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
      .normalize('NFKC')
      .replaceAll(UNSEEN, '');
    if (rest === before) break;
  }
  return rest;
};

/** Markup that speaks of a secret shows its names alone: what belongs to which name is for its own reader to know. */
const bareMarkup = (text: string): string =>
  text
    .replaceAll(/<!--[^]*?(?:-->|$)|<!\[CDATA\[[^]*?(?:\]\]>|$)/g, REMOVED)
    .split(/(<[^<>]*>?)/)
    .map((part) => {
      if (part.startsWith('<'))
        return part.replaceAll(/=\s{0,5}(?:"[^"]*("|$)|'[^']*('|$)|[^\s>"']+)/g, `="${REMOVED}"`);
      return part.trim() === '' ? part : REMOVED;
    })
    .join('');

const cleaned = (text: string): string => {
  const shown = MENTIONED.test(text) && /<[a-z!?][^<>]*/i.test(text) ? bareMarkup(text) : text;
  const open = RULES.reduce(
    (rest, [pattern, instead]) => rest.replaceAll(pattern, instead),
    withoutSecretColumns(shown),
  );
  return open.replaceAll(/(?<![\w+/=-])[\w+/-]{16,}={0,2}(?!=)/g, (run) => (isToken(run) ? REMOVED : run));
};

/**
 * A text without its secrets: passwords, keys, tokens and signatures by the names before them or by how they look, also
 * where they are escaped. Removes too much rather than too little; done twice it is as done once.
 */
export const textWithoutSecrets = (text: string): string => {
  const plain = withoutEscapes(text);
  if (plain !== text) {
    const shown = cleaned(plain);
    if (shown !== plain) return shown;
  }
  return cleaned(text);
};
