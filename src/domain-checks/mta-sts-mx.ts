import { defineDomainCheck, exchangesOf, fail, inconclusive, notApplicable, pass, warn } from './domain-check.js';

export default defineDomainCheck({
  id: 'mta-sts-mx-fails',
  title: 'The MTA-STS policy names every MX host, and each has a certificate that senders trust',
  why: 'Senders that follow the policy do not deliver to an MX host that it does not name, or whose certificate they cannot verify.',
  references: ['RFC 8461 §4.1', 'RFC 8461 §4.2'],
  severity: 'high',
  remedy: 'name every MX host in the policy; each needs STARTTLS, and a trusted certificate with its own name',
  covers: ['srv-mtasts'],
  judge: (facts) => {
    const { policy, served, mx, tlsa } = facts;
    const portOf = (host: string): number => tlsa.find((each) => each.host === host)?.port ?? 25;
    if (policy === undefined || 'failure' in policy || policy.mode === 'none')
      return notApplicable('no MTA-STS policy applies');
    if (mx.status === 'failed') return inconclusive(mx.why);
    const verdict = policy.mode === 'enforce' ? fail : warn;
    const exchanges = exchangesOf(facts);
    const stranger = exchanges.find((host) => !policy.mx.some((pattern) => isNamedBy(host, pattern)));
    if (stranger !== undefined)
      return verdict(`the MTA-STS policy does not name ${stranger}; it names ${policy.mx.join(', ')}`);
    for (const host of exchanges) {
      const found = served.find((each) => each.host === host && each.port === portOf(host));
      if (found?.isReached !== true) return inconclusive(`${host} does not answer`);
      if (found.isEncrypted === false) return verdict(`TLS does not work on ${host}`);
      if (found.certificate === undefined) return inconclusive(`no certificate of ${host} was seen`);
      if (found.certificate !== 'good') return verdict(`the certificate of ${host} is bad: ${found.certificate}`);
    }
    return pass(`named by the policy, with trusted certificates: ${exchanges.join(', ')}`);
  },
  examples: [
    { given: {}, then: 'pass' },
    { given: { policy: { mode: 'enforce', mx: ['*.example.org'], maxAge: 604_800 } }, then: 'pass' },
    { given: { policy: { mode: 'enforce', mx: ['mx.example.com'], maxAge: 604_800 } }, then: 'fail' },
    { given: { policy: { mode: 'enforce', mx: ['*.mx.example.org'], maxAge: 604_800 } }, then: 'fail' },
    { given: { policy: { mode: 'testing', mx: ['mx.example.com'], maxAge: 604_800 } }, then: 'warn' },
    { given: { policy: { mode: 'none', mx: [], maxAge: 86_400 } }, then: 'not-applicable' },
    { given: { policy: { failure: 'status 404' } }, then: 'not-applicable' },
    { given: { served: [{ host: 'mx.example.org', port: 25, isReached: true, isEncrypted: false }] }, then: 'fail' },
    {
      given: {
        served: [{ host: 'mx.example.org', port: 25, isReached: true, isEncrypted: true, certificate: 'self-signed' }],
      },
      then: 'fail',
    },
    { given: { served: [{ host: 'mx.example.org', port: 25, isReached: false }] }, then: 'inconclusive' },
  ],
});

/** RFC 8461 §4.1: a wildcard stands for the left-most label, and for one label. */
const isNamedBy = (host: string, pattern: string): boolean =>
  pattern.startsWith('*.') ? host.replace(/^[^.]+/, '*') === pattern : host === pattern;
