/**
 * Replaces every `%NAME%` by the setting of that name.
 * @throws when a setting is missing, naming it and the function that needs it.
 */
export const resolveSettings = (text: string, functionName: string): string =>
  text.replaceAll(/%([^%]+)%/g, (_whole, name: string) => {
    const value = process.env[name];
    if (value === undefined || value === '')
      throw new Error(`Function "${functionName}" needs the setting ${name} ("${text}"), which is not set.`);
    return value;
  });

/**
 * The connection string that a binding's `connection` names, with the real host's fallback to the `AzureWebJobs` prefix.
 * @throws when it is missing, or when only an identity-based connection is configured.
 */
export const resolveConnection = (name: string, functionName: string): string => {
  const value = process.env[name] ?? process.env[`AzureWebJobs${name}`];
  if (value !== undefined && value !== '') return value;
  const identityBased = process.env[`${name}__fullyQualifiedNamespace`] !== undefined;
  throw new Error(
    identityBased
      ? `Function "${functionName}": ${name}__fullyQualifiedNamespace needs managed identity; set ${name} to a connection string here.`
      : `Function "${functionName}" needs the connection setting ${name}, which is not set.`,
  );
};
