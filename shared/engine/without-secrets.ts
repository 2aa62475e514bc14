/** Stands where a secret stood. */
const REMOVED = '[removed]';
/** Deeper than any message of the product; a body nested further is a mistake or an attack. */
const DEEPEST = 20;

/** Names of values that are secrets, whatever surrounds them in a name: `clientSecret`, `SharedAccessKey`, `webhook-signature`. */
const SECRET =
  '(?:token|secret|passw(?:or)?d|passphrase|pwd|authori[sz]ation|signature|cookie|credential|connection[ _-]?string' +
  '|(?:api|account|access|shared|private|function|host|master)[ _-]?key)';
/** Short names that are secrets only alone, such as the signature of a shared access signature. */
const SHORT = '(?:sig|pass|auth)';

const SECRET_NAME = new RegExp(`${SECRET}|^(?:${SHORT}|key)$`, 'i');

/** From a quote, escaped or not, to the one that ends it, or to the end of a text that was cut. */
const QUOTED = ['"', "'"].map((q) => `\\\\*${q}(?:[^${q}\\\\]|\\\\[^]?|${q}${q})*(?:${q}|$)`).join('|');
/** What was removed before stays as it is, so that removing twice is removing once. */
const NOT_YET = `(?!\\s*\\\\*["']?${REMOVED.replaceAll(/[[\]]/g, '\\$&')})`;

/** Patterns of secrets in any text, each with what takes its place; every one is linear in the length of the text. */
const RULES: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^]*?(?:-----END [A-Z ]{0,40}-----|$)/g, REMOVED],
  // A user and password before the host of a URL.
  [/\b([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/"'<>?#]+@/gi, `$1${REMOVED}@`],
  // Parameters of a URL end at the next one.
  [
    new RegExp(
      `([?&](?:[\\w.-]{0,40}${SECRET}[\\w.-]{0,40}|${SHORT}|key|code)=)${NOT_YET}[^&#\\s"'<>]*`,
      'gi',
    ),
    `$1${REMOVED}`,
  ],
  // Pairs of connection strings, headers and broken JSON: a value may hold spaces, so it ends at a semicolon or line.
  [
    new RegExp(
      `((?:${SECRET}[\\w-]{0,40}|(?<![\\w-])${SHORT})\\\\*["']?\\s{0,20}[:=])${NOT_YET}\\s{0,20}(?:${QUOTED}|\\{[^}]*\\}?|[^;\\r\\n]+)`,
      'gi',
    ),
    `$1${REMOVED}`,
  ],
  [
    /\b(Bearer|Basic|SharedKey|SharedAccessSignature)\s{1,20}(?!\[removed\])[\w.~+/=:%&-]{6,}/gi,
    `$1 ${REMOVED}`,
  ],
  [/\bwhsec_[\w+/=-]+/g, `whsec_${REMOVED}`],
  [/\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?/g, REMOVED],
  // Tokens of 256 bits and more: hexadecimal as this product makes them, or Base64 as keys of Azure are written.
  [/(?<![0-9a-f])[0-9a-f]{64,}/gi, REMOVED],
  [/(?<![\w+/=-])[\w+/-]{40,}={1,2}(?!=)/g, REMOVED],
];

const inText = (text: string): string =>
  RULES.reduce((rest, [pattern, instead]) => rest.replaceAll(pattern, instead), text);

const inValue = (value: unknown, depth: number): unknown => {
  if (typeof value === 'string') return inText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEEPEST) return REMOVED;
  if (Array.isArray(value)) return value.map((item) => inValue(item, depth + 1));
  const entries = Object.entries(value).map(([name, own]): [string, unknown] => {
    const isSecret = SECRET_NAME.test(name) && own !== null && typeof own !== 'boolean';
    return [inText(name), isSecret ? REMOVED : inValue(own, depth + 1)];
  });
  return Object.fromEntries(entries);
};

const parsed = (text: string): unknown => {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
};

/**
 * A body as text without its secrets: passwords, keys, tokens and signatures by their names or by how they look. Removes
 * too much rather than too little. JSON stays JSON, anything else stays the text it was.
 */
export const withoutSecrets = (body: unknown): string => {
  const value = inValue(typeof body === 'string' ? parsed(body) : (body ?? null), 0);
  return typeof value === 'string' ? value : JSON.stringify(value);
};
