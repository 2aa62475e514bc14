import { describe, expect, it } from 'vitest';
import { withoutSecrets } from '../../../shared/engine/without-secrets.ts';

const TOKEN = '0123456789abcdef'.repeat(4);
const KEY = `${'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq'.repeat(2).slice(0, 86)}==`;
const URL_TOKEN = 'k7Qw9ZxT3mB5vN8yR2sD6fG1hJ4lP0aEuCiXoKtWbYM';
const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJqYW5lIn0.c2lnbmF0dXJl';

describe('a body of JSON', () => {
  it.each([
    'token',
    'accessToken',
    'refresh_token',
    'tokenHash',
    'secret',
    'clientSecret',
    'client-secret',
    'password',
    'Passwd',
    'userPassword',
    'PWD',
    'passphrase',
    'authorization',
    'Authorization',
    'signature',
    'webhook-signature',
    'sig',
    'apiKey',
    'api_key',
    'AccountKey',
    'SharedAccessKey',
    'privateKey',
    'key',
    'cookie',
    'Set-Cookie',
    'credential',
    'connectionString',
  ])('loses whatever stands under "%s", at any depth', (name) => {
    for (const secret of ['hunter2', 4711, ['hunter2'], { inner: 'hunter2' }]) {
      const body = { v: 1, deep: [{ [name]: secret, kept: 'kept' }] };
      const text = withoutSecrets(body);
      expect(JSON.parse(text)).toEqual({ v: 1, deep: [{ [name]: '[removed]', kept: 'kept' }] });
    }
  });

  it.each<[string, unknown]>([
    [
      'a message of the product',
      { v: 1, type: 'step', cutoverId: 'c-1', stepId: 'a', attempt: 1, dispatch: 2 },
    ],
    ['that there is none', { token: null, hasPassword: false }],
    [
      'names that only begin like one',
      { signal: 1, code: 'C401', keyed: true, passed: 'yes', author: 'Jane' },
    ],
    ['a text about them', { note: 'The token does not belong to this question; ask for a new password.' }],
    ['times and short hashes', { at: '2026-11-20T22:00:00.000Z', commit: '63e9cbb', id: 'a'.repeat(40) }],
    ['nothing', null],
    ['a number', 7],
    ['a list', [1, 'two', null]],
  ])('keeps %s', (_, body) => {
    expect(JSON.parse(withoutSecrets(body))).toEqual(body);
  });

  it.each<[string, unknown, unknown]>([
    ['a setting', { name: 'DbPassword', value: 'hunter2' }, { name: 'DbPassword', value: '[removed]' }],
    ['a pair', { Key: 'ClientSecret', Value: 'hunter2' }, { Key: 'ClientSecret', Value: '[removed]' }],
    ['a pair of short names', [{ k: 'password', v: 'hunter2' }], [{ k: 'password', v: '[removed]' }]],
    ['a pair that is none', { Key: 'Region', Value: 'west' }, { Key: 'Region', Value: 'west' }],
    ['a list of two', ['Authorization', 'hunter2'], ['Authorization', '[removed]']],
    ['a list of headers', ['Host', 'h', 'Cookie', 'hunter2'], ['Host', 'h', 'Cookie', '[removed]']],
    [
      'a table',
      {
        rows: [
          ['user', 'password'],
          ['sa', 'hunter2'],
        ],
      },
      {
        rows: [
          ['user', 'password'],
          ['sa', '[removed]'],
        ],
      },
    ],
    [
      'columns and rows',
      { columns: ['user', 'password'], rows: [['sa', 'hunter2']] },
      { columns: ['user', 'password'], rows: '[removed]' },
    ],
    ['JSON within a text', { note: '{"pwd":"hunter2"}' }, { note: '{"pwd":"[removed]"}' }],
    ['bytes', { data: Buffer.from('{"pwd":"hunter2"}') }, { data: { pwd: '[removed]' } }],
    ['bytes as JSON', { data: Buffer.from('pwd=hunter2').toJSON() }, { data: 'pwd=[removed]' }],
    ['bytes as a list', { data: [...Buffer.from('pwd=hunter2')] }, { data: 'pwd=[removed]' }],
    ['bytes by index', Object.fromEntries(Buffer.from('{"pwd":"hunter2"}').entries()), { pwd: '[removed]' }],
    ['figures', { counts: [1, 2, 3, 40, 50, 60, 70] }, { counts: [1, 2, 3, 40, 50, 60, 70] }],
    ['a number too large for JSON', { n: 1n }, { n: '1' }],
  ])('that is %s loses what its neighbour names, and no more', (_, body, rest) => {
    expect(JSON.parse(withoutSecrets(body))).toEqual(rest);
  });

  it('stays JSON when it came as text', () => {
    expect(withoutSecrets('{"token":"hunter2","n":1}')).toBe('{"token":"[removed]","n":1}');
  });

  it('loses secrets in names, and its own names cannot reach a prototype', () => {
    expect(withoutSecrets({ 'https://u:hunter2@host': 1 })).toBe('{"https://[removed]@host":1}');
    expect(withoutSecrets('{"__proto__":{"x":1}}')).toBe('{"__proto__":{"x":1}}');
  });

  it('is cut off where it is nested deeper than any message', () => {
    const levels = 100_000;
    const deep = JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown;
    expect(withoutSecrets(deep)).toBe(`${'['.repeat(20)}"[removed]"${']'.repeat(20)}`);
  });
});

describe('a text, or a text within JSON', () => {
  it.each<[string, string, string]>([
    [
      'the key of a Service Bus connection string',
      `Endpoint=sb://x.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=${KEY};EntityPath=q`,
      'Endpoint=sb://x.servicebus.windows.net/;SharedAccessKeyName=[removed];SharedAccessKey=[removed];EntityPath=q',
    ],
    [
      'the key of a storage account',
      `AccountName=a;AccountKey=${KEY};EndpointSuffix=core.windows.net`,
      'AccountName=a;AccountKey=[removed];EndpointSuffix=core.windows.net',
    ],
    [
      'the password of a SQL connection string',
      'Server=s;User Id=u;Password=hun ter"2&x;Encrypt=true',
      'Server=s;User Id=u;Password=[removed];Encrypt=true',
    ],
    ['a short one', 'Uid=u;Pwd=hunter2;Database=d', 'Uid=u;Pwd=[removed];Database=d'],
    ['a quoted one that holds the separator', 'Password="hun;ter""2";A=b', 'Password=[removed];A=b'],
    ['one in single quotes', "Password='hun;ter2';A=b", 'Password=[removed];A=b'],
    ['one in braces', 'PWD={hun;ter2};A=b', 'PWD=[removed];A=b'],
    ['the last one', 'Server=s;Password=hunter2', 'Server=s;Password=[removed]'],
    [
      'the signature of a shared access signature',
      'https://a.blob.core.windows.net/c/b?sv=2024-01-01&sig=hunter2%2Bx%3D&se=2026-11-20',
      'https://a.blob.core.windows.net/c/b?sv=2024-01-01&sig=[removed]&se=2026-11-20',
    ],
    [
      'the key of a function',
      'POST https://a.example/api/f?code=hunter2==&n=1',
      'POST https://a.example/api/f?code=[removed]&n=1',
    ],
    [
      'a token in an address',
      'https://a.example/cb?access_token=hunter2#top',
      'https://a.example/cb?access_token=[removed]#top',
    ],
    ['a header', 'Authorization: Bearer hunter2.x\nAccept: */*', 'Authorization:[removed]\nAccept: */*'],
    ['a bearer token alone', 'curl -H Bearer hunter2.hunter2 x', 'curl -H Bearer [removed] x'],
    ['basic credentials', 'with Basic aHVudGVyMjpodW50ZXIy.', 'with Basic [removed]'],
    ['a cookie', 'Cookie: a=1; ARRAffinity', 'Cookie:[removed]; ARRAffinity'],
    ['a JSON Web Token', `got ${JWT} from`, 'got [removed] from'],
    ['a webhook secret', 'signed with whsec_aHVudGVyMg==, twice', 'signed with whsec_[removed], twice'],
    ['a one-time token', `Task for ${TOKEN}.`, 'Task for [removed].'],
    ['one in capitals', TOKEN.toUpperCase(), '[removed]'],
    ['a key of Azure', `the key ${KEY} of`, 'the key [removed] of'],
    [
      'user and password of an address',
      'amqps://root:hunter2@bus.example:5671/q',
      'amqps://[removed]@bus.example:5671/q',
    ],
    ['a password with an @', 'https://u:hunt@er2@host/x', 'https://[removed]@host/x'],
    [
      'a private key',
      'a -----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY----- b',
      'a [removed] b',
    ],
    ['a private key that was cut', 'a -----BEGIN PRIVATE KEY-----\nhunter2', 'a [removed]'],
    ['JSON that is broken', '{"password": "hun\\"ter2", "n": 1', '{"password":[removed], "n": 1'],
    [
      'JSON that was cut within the secret',
      '{"n": 1, "clientSecret":"hunter2',
      '{"n": 1, "clientSecret":[removed]',
    ],
    ['JSON within JSON within a text', '"{\\"token\\":\\"hunter2\\",\\"n\\":1}"', '"{\\"token\\":[removed]'],
    [
      'a setting in XML',
      '<add key="SqlPassword" value="hunter2"/>',
      '<add key="[removed]" value="[removed]"/>',
    ],
    ['an element', '<a><Password>hunter2</Password></a>', '<a><Password>[removed]</Password></a>'],
    ['an escaped element', '&lt;Password&gt;hunter2&lt;/Password&gt;', '<Password>[removed]</Password>'],
    ['an escaped address', 'a%3Fpassword%3Dhunter2%26n%3D1', 'a?password=[removed]&n=1'],
    ['a block of YAML', 'password: |\n  hunter2\n  hunter3\nn: 1', 'password:[removed]\nn: 1'],
    ['a setting of YAML', '- name: Password\n  value: hunter2\n', '- name: Password\n  value:[removed]\n'],
    ['an option', 'run --password hunter2 --n 1', 'run --password [removed] --n 1'],
    ['a sentence', 'the password is hunter2 now', 'the password is [removed] now'],
    ['a column', 'Password|hunter2|n', 'Password|[removed]|n'],
    ['a token of 256 bits', `got ${URL_TOKEN} here`, 'got [removed] here'],
    ['a key of 128 bits', `key 63e9cbb04f0e4b529d0e3a2d1c0b9a87 here`, 'key [removed] here'],
    ['a token by its mark', 'with ghp_hunter2hunter2.', 'with [removed]'],
    ['an encoded user and password', 'as dXNlcjpodW50ZXIy there', 'as [removed] there'],
    ['YAML', 'user: me\npassword: hunter2\nn: 1', 'user: me\npassword:[removed]\nn: 1'],
    ['the text of a T-SQL login', "PASSWORD = N'hun;ter2', CHECK = ON", 'PASSWORD =[removed], CHECK = ON'],
    [
      'a column of tabs',
      'user\tpassword\tn\nsa\thunter2 x\t1\n\nend',
      'user\tpassword\t[removed]\nsa\t[removed]\t1\n\nend',
    ],
    [
      'a column of Markdown',
      '| user | Password |\n| --- | --- |\n| sa | hunter2 |',
      '| user | Password |\n| --- | --- |\n| sa | [removed] |',
    ],
    ['a full-width colon', 'password\uff1ahunter2', 'password:[removed]'],
    ['a name with a space of no width', 'pass\u200bword\u200b: hunter2', 'password:[removed]'],
    ['a short name', 'user: sa; pw: hunter2', 'user: sa; pw:[removed]'],
    ['an element of a short name', '<pw>hunter2</pw>', '<pw>[removed]</pw>'],
    ['an option of sqlcmd', 'sqlcmd -S s -U sa -Phunter2 -Q x', 'sqlcmd -S s -U [removed] -P[removed] -Q x'],
    [
      'an option with a slash',
      'SqlPackage /a:Import /tp:hunter2 /n',
      'SqlPackage /a:Import /tp:[removed] /n',
    ],
    [
      'a secure string of PowerShell',
      "ConvertTo-SecureString 'hunter2' -AsPlainText",
      'ConvertTo-SecureString [removed] -AsPlainText',
    ],
    ['a sentence in German', 'Das Kennwort lautet hunter2 heute', 'Das Kennwort lautet [removed] heute'],
  ])('loses %s', (_, text, rest) => {
    expect(withoutSecrets(text)).toBe(rest);
    expect(JSON.parse(withoutSecrets({ note: [text] }))).toEqual({ note: [rest] });
  });

  it.each([
    'hello',
    '',
    'malformed: attempt: is missing; dispatch: is not a whole number',
    'malformed: : Unrecognized key: "sql"',
    'Message could not be consumed after 10 delivery attempts.',
    'https://a.example/api/cutovers/c-1?after=0&limit=10',
    'mailto:jane@example.com, jane@example.com',
    'a signal: codes=1',
    'the step start-snapshot-of-the-first-publication-again of c-0123456789ab',
    'CustCustomerV3EntityStagingTable, /api/cutovers/events/verification',
    'message 63e9cbb0-4f0e-4b52-9d0e-3a2d1c0b9a87 at 2026-11-20T22:00:00.000Z',
    '<none> of the steps',
    'MSBuild /p:Configuration=Release, copy -Path x -Port 1433',
    'a | b | c\n1 | 2 | 3',
  ])('keeps "%s"', (text) => {
    expect(withoutSecrets(text)).toBe(text);
  });

  it('is the same when it is done twice', () => {
    for (const text of [
      `Server=s;Password=x;A=b`,
      'Authorization: Bearer abcdefghi',
      'https://u:p@h/?sig=abc&x=1',
      '{"password": "x", "n": 1',
      `whsec_abc ${TOKEN} ${KEY} ${JWT}`,
      '<add key="SqlPassword" value="hunter2"/>',
      '["Authorization","x"]',
      'the password is hunter2',
    ]) {
      const once = withoutSecrets(text);
      expect(withoutSecrets(once)).toBe(once);
    }
  });
});
