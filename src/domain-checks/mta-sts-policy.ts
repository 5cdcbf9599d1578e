import { defineDomainCheck, fail, inconclusive, info, pass, warn } from './domain-check.js';

export default defineDomainCheck({
  id: 'mta-sts-policy-missing',
  title: 'An MTA-STS policy is published, can be read, and is enforced',
  why: 'Without a policy (and without DANE), an attacker on the path can make senders deliver in clear text, or to another server.',
  references: ['RFC 8461 §3.1', 'RFC 8461 §3.2', 'RFC 8461 §3.3'],
  severity: 'high',
  remedy:
    'publish one TXT record _mta-sts with v=STSv1 and an id, and the policy https://mta-sts.DOMAIN/.well-known/mta-sts.txt with mode: enforce and max_age: 604800 or more',
  covers: ['srv-mtasts'],
  judge: ({ mtaSts, policy }) => {
    if (mtaSts.status === 'failed') return inconclusive(mtaSts.why);
    if (mtaSts.status === 'none') return info('there is no MTA-STS record');
    const [record = ''] = mtaSts.records;
    if (mtaSts.records.length > 1)
      return fail('there are several MTA-STS records; senders then act as if there were none');
    if (!/^v=STSv1\s*;\s*id=[A-Za-z0-9]{1,32}\s*(?:;|$)/.test(record))
      return fail(`the record is not valid: ${record}`);
    if (policy === undefined) return inconclusive('the policy was not fetched');
    if ('failure' in policy) return fail(`the policy cannot be used: ${policy.failure}`);
    if (policy.mode !== 'enforce') return info(`the policy has mode ${policy.mode}: senders do not enforce it`);
    return policy.maxAge < WEEK
      ? warn(
          `max_age is ${String(policy.maxAge)} s, less than a week: senders forget the policy if an attacker hides it for that long`,
        )
      : pass(`enforced for ${policy.mx.join(', ')}`);
  },
  examples: [
    { given: {}, then: 'pass' },
    { given: { mtaSts: { status: 'none' } }, then: 'info' },
    { given: { mtaSts: { status: 'failed', why: 'SERVFAIL' } }, then: 'inconclusive' },
    { given: { mtaSts: { status: 'found', records: ['v=STSv1'], isValidated: false } }, then: 'fail' },
    {
      given: { mtaSts: { status: 'found', records: ['v=STSv1; id=1;', 'v=STSv1; id=2;'], isValidated: false } },
      then: 'fail',
    },
    { given: { policy: { failure: 'status 404' } }, then: 'fail' },
    { given: { policy: { mode: 'testing', mx: ['mx.example.org'], maxAge: 604_800 } }, then: 'info' },
    { given: { policy: { mode: 'enforce', mx: ['mx.example.org'], maxAge: 3600 } }, then: 'warn' },
  ],
});

const WEEK = 604_800;
