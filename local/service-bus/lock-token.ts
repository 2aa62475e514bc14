/** Where each byte of a delivery tag comes from: Service Bus writes the first three groups of a GUID backwards. */
const tagOrder = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15] as const;

/** A lock token (a GUID in text) as the 16 bytes of an AMQP uuid. */
export const uuidOfToken = (token: string): Buffer => Buffer.from(token.replaceAll('-', ''), 'hex');

/** The lock token of an AMQP uuid. */
export const tokenOfUuid = (uuid: Buffer): string =>
  uuid.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

const reorder = (bytes: Buffer): Buffer => Buffer.from(tagOrder.map((index) => bytes[index] ?? 0));

/** A lock token as the tag of the delivery it locks. */
export const tagOfToken = (token: string): Buffer => reorder(uuidOfToken(token));

/** The lock token in a delivery tag. */
export const tokenOfTag = (tag: Buffer): string => tokenOfUuid(reorder(tag));
