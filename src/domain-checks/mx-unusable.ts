import { defineDomainCheck, exchangesOf, fail, inconclusive, info, pass } from './domain-check.js';

export default defineDomainCheck({
  id: 'mx-unusable',
  title: 'Every MX host has an address and answers',
  why: 'Mail to a host without an address, or to an alias, is delayed or lost.',
  references: ['RFC 5321 §5.1', 'RFC 7505', 'RFC 2181 §10.3'],
  severity: 'medium',
  remedy: 'name hosts with A or AAAA records in the MX records, no aliases (CNAME)',
  covers: ['srv-mx-sane'],
  judge: (facts) => {
    const { mx, hosts, served, tlsa } = facts;
    const portOf = (name: string): number => tlsa.find(({ host }) => host === name)?.port ?? 25;
    if (mx.status === 'failed') return inconclusive(mx.why);
    const exchanges = exchangesOf(facts);
    if (exchanges.length === 0) return info('the domain takes no mail (null MX)');
    const found = hosts.filter(({ host }) => exchanges.includes(host));
    const alias = found.find((each) => each.alias !== undefined);
    if (alias !== undefined) return fail(`${alias.host} is an alias (CNAME) of ${alias.alias ?? ''}`);
    const lost = found.find(({ addresses }) => addresses?.length === 0);
    if (lost !== undefined) return fail(`${lost.host} has no address`);
    const unknown = found.find(({ addresses }) => addresses === undefined);
    if (unknown !== undefined) return inconclusive(`${unknown.host}: ${unknown.why ?? 'the lookup failed'}`);
    const silent = served.find(
      ({ host, port, isReached }) => exchanges.includes(host) && port === portOf(host) && !isReached,
    );
    if (silent !== undefined) return inconclusive(`${silent.host} does not answer on port ${String(silent.port)}`);
    return pass(mx.status === 'none' ? 'no MX record: the domain’s own address takes its mail' : exchanges.join(', '));
  },
  examples: [
    { given: {}, then: 'pass' },
    { given: { mx: { status: 'none' }, hosts: [{ host: 'example.org', addresses: ['192.0.2.1'] }] }, then: 'pass' },
    { given: { hosts: [{ host: 'mx.example.org', addresses: [] }] }, then: 'fail' },
    { given: { hosts: [{ host: 'mx.example.org', addresses: ['192.0.2.1'], alias: 'a.example' }] }, then: 'fail' },
    {
      given: { mx: { status: 'found', records: [{ preference: 0, exchange: '.' }], isValidated: true } },
      then: 'info',
    },
    { given: { mx: { status: 'failed', why: 'SERVFAIL' } }, then: 'inconclusive' },
    { given: { served: [{ host: 'mx.example.org', port: 25, isReached: false }] }, then: 'inconclusive' },
    // Senders do not use its ports for mail clients.
    { given: { served: [{ host: 'mx.example.org', port: 993, isReached: false }] }, then: 'pass' },
  ],
});
