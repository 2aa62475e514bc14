import { afterAll, describe, expect, it } from 'vitest';
import { makeReceivers, type ReceiverSettings } from '../../../shared/adapters/receivers.ts';

const SETTINGS: ReceiverSettings = {
  hosts: [
    'events.example.com',
    '*.siem.example',
    'localhost',
    '127.0.0.1',
    '10.1.2.3',
    '8.8.8.8',
    '168.63.129.16',
  ],
  secrets: [`whsec_${Buffer.from('a secret of the events out').toString('base64')}`],
  publicBaseUrl: 'https://cutover.example',
  allowsLoopback: false,
  now: () => 0,
  resolve: () => Promise.reject(new Error('nothing is resolved here')),
};
const open: { close: () => Promise<void> }[] = [];
const receiversWith = (differs: Partial<ReceiverSettings>) => {
  const receivers = makeReceivers({ ...SETTINGS, ...differs });
  open.push(receivers);
  return receivers;
};
afterAll(() => Promise.all(open.map((one) => one.close())));

const resolvingTo = (...addresses: readonly string[]) => ({
  resolve: () =>
    Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))),
});

describe('an address that may be called', () => {
  it.each([
    'https://events.example.com/hook',
    'https://EVENTS.example.com:8443/hook?sig=1',
    'https://a.siem.example/',
    'https://a.b.siem.example/',
    'https://8.8.8.8/',
  ])('is %s', (url) => {
    expect(receiversWith({}).refusalOf(url)).toBeNull();
  });

  it.each(['http://localhost:7075/', 'http://127.0.0.1:7075/', 'https://localhost/'])(
    'is %s in development',
    (url) => {
      expect(receiversWith({ allowsLoopback: true }).refusalOf(url)).toBeNull();
    },
  );
});

describe('an address that may not be called', () => {
  it.each<[string, string]>([
    ['no URL at all', 'events.example.com'],
    ['http', 'http://events.example.com/'],
    ['a file', 'file:///etc/passwd'],
    ['a user', 'https://user@events.example.com/'],
    ['a password', 'https://:secret@events.example.com/'],
    ['a host that is not listed', 'https://evil.example/'],
    ['a host that only ends like a listed one', 'https://evilevents.example.com/'],
    ['a host below one listed by name', 'https://a.events.example.com/'],
    ['the domain of a wildcard itself', 'https://siem.example/'],
    ['a host that only ends like a wildcard', 'https://evilsiem.example/'],
    ['a listed host as the user of another', 'https://events.example.com@evil.example/'],
    ['a listed host with a dot at its end', 'https://events.example.com./'],
    ['this machine', 'https://localhost.evil.example/'],
    ['this machine by http', 'http://localhost/'],
    ['a listed private address', 'https://10.1.2.3/'],
    ['the metadata of the cloud', 'https://169.254.169.254/latest/meta-data'],
    ["Azure's own host", 'https://168.63.129.16/'],
    ['this machine as an address', 'https://127.0.0.1/'],
    ['this machine as a number', 'https://2130706433/'],
    ['this machine as an octal number', 'https://017700000001/'],
    ['this machine in two parts', 'https://127.1/'],
    ['this machine in IPv6', 'https://[::1]/'],
    ['this machine as IPv4 in IPv6', 'https://[::ffff:127.0.0.1]/'],
  ])('is %s: %s', (_, url) => {
    expect(receiversWith({}).refusalOf(url)).not.toBeNull();
  });

  it('is a private address in development as well', () => {
    expect(receiversWith({ allowsLoopback: true }).refusalOf('https://10.1.2.3/')).toContain('private');
    expect(receiversWith({ allowsLoopback: true }).refusalOf('http://events.example.com/')).toContain(
      'https',
    );
  });

  it.each<[string, string, string]>([
    ['loopback', '127.0.0.1', 'loopback'],
    ['a private network', '10.0.0.5', 'private'],
    ['another private network', '172.31.255.255', 'private'],
    ['a home network', '192.168.1.1', 'private'],
    ['a link-local address, as the metadata of the cloud', '169.254.169.254', 'linkLocal'],
    ['a network of a carrier', '100.64.0.1', 'carrierGradeNat'],
    ['nothing', '0.0.0.0', 'unspecified'],
    ['many', '224.0.0.1', 'multicast'],
    ['all', '255.255.255.255', 'broadcast'],
    ['documentation', '192.0.2.1', 'reserved'],
    ['a benchmark', '198.18.0.1', 'reserved'],
    ["Azure's own host", '168.63.129.16', 'unicast'],
    ['loopback in IPv6', '::1', 'loopback'],
    ['a private network in IPv6', 'fd00::1', 'uniqueLocal'],
    ['a link-local address in IPv6', 'fe80::1', 'linkLocal'],
    ['a site-local address in IPv6', 'fec0::1', 'SiteLocal'],
    ['a private IPv4 address in IPv6', '::ffff:10.0.0.5', 'private'],
    ['loopback in the old form', '::127.0.0.1', 'loopback'],
    ['an address of IPv6 that was never given out', '4000::1', 'unicast'],
    ['a translated loopback', '64:ff9b::7f00:1', 'rfc6052'],
    ['a tunnelled loopback', '2002:7f00:1::', '6to4'],
  ])('is a listed name that resolves to %s', async (_, address, range) => {
    const receivers = receiversWith(resolvingTo(address));
    const reply = await receivers.ask('https://events.example.com/');
    expect(reply.status).toBeNull();
    expect(reply.reason).toMatch(new RegExp(`is no public address .*${range}`));
  });

  it('is a listed name of which only one of several addresses is private', async () => {
    const receivers = receiversWith(resolvingTo('8.8.8.8', '10.0.0.5'));
    expect((await receivers.ask('https://events.example.com/')).reason).toContain('10.0.0.5 is no public');
  });

  it('is one that was allowed when it was subscribed and is not now: nothing is resolved or sent', async () => {
    let resolved = 0;
    const receivers = receiversWith({
      hosts: ['other.example'],
      resolve: () => {
        resolved += 1;
        return Promise.resolve([]);
      },
    });
    const sent = { id: 'c_1', body: '{}', subscription: 'c/s', generations: [1] };
    const reply = await receivers.post({ url: 'https://events.example.com/', ...sent });
    expect([reply.status, reply.reason, resolved]).toEqual([
      null,
      'events.example.com is none of the hosts of EVENTS_HOSTS',
      0,
    ]);
  });

  it('is one whose name cannot be resolved, or to nothing', async () => {
    expect((await receiversWith({}).ask('https://events.example.com/')).reason).toBe(
      'nothing is resolved here',
    );
    const nowhere = receiversWith(resolvingTo());
    expect((await nowhere.ask('https://events.example.com/')).reason).toContain('has no address');
  });
});

describe('the secrets of subscriptions', () => {
  it('are as Standard Webhooks wants them, and another for each subscription and generation', () => {
    const { secretOf } = receiversWith({});
    const all = [secretOf('c1/a', 1), secretOf('c1/a', 2), secretOf('c1/b', 1), secretOf('c2/a', 1)];
    expect(new Set(all).size).toBe(4);
    for (const secret of all) expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(secretOf('c1/a', 1)).toBe(all[0]);
  });
});
