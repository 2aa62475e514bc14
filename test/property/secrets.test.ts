import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { letterOf } from '../../shared/engine/letter.ts';

/** What nobody can tell from a word: only the name before it says that it is a secret. */
const plain = fc.integer({ min: 10_000, max: 99_999 }).map((n) => `Hunter${n}x`);
/** What looks like a secret wherever it stands. */
const telling = fc.oneof(
  fc
    .infiniteStream(fc.integer({ min: 0, max: 255 }), { noHistory: true })
    .map((stream) => Buffer.from([...stream.take(32)]))
    .filter((token) => new Set(token).size > 16)
    .chain((token) =>
      fc.constantFrom(token.toString('base64url'), token.toString('hex'), token.toString('base64')),
    ),
  plain.map((word) => `ghp_${word}${word}`),
  plain.map((word) => `whsec_${word}`),
  plain.map((word) => `Bearer ${word}`),
  plain.map((word) => `https://jane:${word}@host.example/x`),
);
const name = fc.constantFrom(
  'password',
  'DbPassword',
  'ClientSecret',
  'access_token',
  'Authorization',
  'api-key',
);

type Planted = { readonly secret: string; readonly body: unknown };
const named = fc.record({ name, secret: plain }).chain(({ name: key, secret }) =>
  fc
    .constantFrom<unknown>(
      { [key]: secret },
      { [key]: [{ deep: secret }] },
      { name: key, value: secret },
      { Key: key, Value: secret },
      { field: key, text: secret },
      [{ k: key, v: secret }],
      [key, secret],
      ['Host', 'h', key, secret],
      { columns: ['user', key], rows: [['jane', secret]] },
      [
        ['user', key],
        ['jane', secret],
      ],
      `${key}=${secret};Encrypt=true`,
      `${key}: ${secret}`,
      `--${key} ${secret}`,
      `<${key}>${secret}</${key}>`,
      `<a b="1"><add key="${key}" value="${secret}"/></a>`,
      `<x><name>${key}</name><value>${secret}</value></x>`,
      `- name: ${key}\n  value: ${secret}`,
      `{"name":"${key}","value":"${secret}`,
      `https://host.example/x?${key}=${secret}&n=1`,
      `the ${key} is ${secret} now`,
      `${key} = N'${secret};${secret}'`,
      `user\t${key}\nsa\t${secret}`,
      `| user | ${key} |\n| --- | --- |\n| sa | ${secret} |`,
      `${key}\uff1a${secret}`,
      `${key}\u200b: ${secret}`,
      `sqlcmd -U sa -P${secret}`,
      `ConvertTo-SecureString '${secret}'`,
    )
    .map((body): Planted => ({ secret, body })),
);
const alone = telling.chain((secret) =>
  fc
    .constantFrom<unknown>(
      secret,
      { note: secret },
      { [secret]: 1 },
      ['a', secret],
      `it said ${secret} twice`,
    )
    .map((body): Planted => ({
      secret: secret.split(/^(?:Bearer |https:\/\/jane:)|@/).find(Boolean) ?? secret,
      body,
    })),
);
const textOf = (body: unknown): string => (typeof body === 'string' ? body : JSON.stringify(body));
const around = fc.constantFrom<(body: unknown) => unknown>(
  (body) => body,
  (body) => ({ v: 2, type: 'step', inner: body }),
  (body) => [1, body, 'end'],
  (body) => ({ note: textOf(body) }),
  (body) => JSON.stringify({ note: textOf(body) }),
  (body) => Buffer.from(textOf(body)),
  (body) => ({ data: Buffer.from(textOf(body)).toJSON() }),
  (body) => Object.fromEntries(Buffer.from(textOf(body)).entries()),
  (body) => ({ data: [...Buffer.from(textOf(body))] }),
  (body) => encodeURIComponent(textOf(body)),
  (body) => ({ note: Buffer.from(textOf(body)).toString('base64') }),
  (body) => textOf(body).replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
);

const foundWith = (differs: object) =>
  letterOf({
    queue: 'wake',
    messageId: 'm',
    reason: 'r',
    description: null,
    deliveries: 1,
    body: null,
    ...differs,
  });

describe('whatever a message held', () => {
  it('no secret that was planted in it is kept, however it was wrapped', () => {
    fc.assert(
      fc.property(fc.oneof(named, alone), fc.array(around, { maxLength: 2 }), ({ secret, body }, wraps) => {
        const wrapped = wraps.reduce((rest, wrap) => wrap(rest), body);
        const kept = JSON.stringify(foundWith({ body: wrapped }));
        for (const shown of [secret, encodeURIComponent(secret), [...Buffer.from(secret)].join(',')]) {
          expect(kept).not.toContain(shown);
        }
        expect(kept).not.toContain(Buffer.from(secret).toString('base64').slice(4, 12));
      }),
      { numRuns: 3_000 },
    );
  });

  it('no secret in its names and reasons is kept', () => {
    fc.assert(
      fc.property(
        telling,
        fc.constantFrom('queue', 'messageId', 'reason', 'description'),
        (secret, field) => {
          expect(JSON.stringify(foundWith({ [field]: secret }))).not.toContain(secret);
        },
      ),
    );
  });

  it('a message of the product is kept as it was', () => {
    const id = fc.stringMatching(/^[\w.-]{1,128}$/);
    const numbers = { attempt: fc.integer({ min: 1 }), dispatch: fc.integer({ min: 1 }) };
    const step = fc.record({
      v: fc.constant(1),
      type: fc.constant('step'),
      cutoverId: id,
      stepId: id,
      ...numbers,
    });
    fc.assert(
      fc.property(step, (body) => {
        expect(foundWith({ body }).body).toBe(JSON.stringify(body));
      }),
    );
  });
});
