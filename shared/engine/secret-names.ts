/** Stands where a secret stood. */
export const REMOVED = '[removed]';

/** Names of values that are secrets, whatever surrounds them in a name: `clientSecret`, `SharedAccessKey`, `webhook-signature`. */
export const SECRET =
  '(?:token|secret|pass(?:wor[dt]|wd|phrase|code)|kennwort|wachtwoord|pwd|authori[sz]ation|signature|cookie|credential' +
  '|conn(?:ection)?[ _-]?str(?:ing)?|bearer' +
  '|(?:api|account|access|shared|private|functions?|host|master|client|encryption|signing|subscription|session|storage|sas|ssh)[ _-]?key)';
/** Short names that are secrets only alone, such as the signature of a shared access signature. */
export const SHORT = '(?:sig|pass|auth|pin|otp|jwt|pw)';

const SECRET_NAME = new RegExp(`${SECRET}|^(?:${SHORT}|key)$`, 'i');

/** Whether what stands under this name is a secret. */
export const isSecretName = (name: string): boolean => SECRET_NAME.test(name);

/** Whether a value is itself the name of a secret, as in `{"name": "DbPassword", "value": …}`: some words, no sentence. */
export const namesSecret = (value: unknown): boolean =>
  typeof value === 'string' &&
  value.length <= 60 &&
  /^[\w.:/@[\]()-]+(?: [\w.:/@[\]()-]+){0,3}$/.test(value) &&
  isSecretName(value);
