import { defineDomainCheck, fail, inconclusive, notApplicable, pass, warn } from './domain-check.js';
import { hostPort } from '../wire/host-port.js';

export default defineDomainCheck({
  id: 'client-file-differs',
  title: 'Configuration files for mail clients agree with DNS and with the servers',
  why: 'Some mail clients read autoconfig or autodiscover, others SRV records. Where these differ, some users get no mail, or less protection.',
  references: ['RFC 6186 §3', 'RFC 8314 §5.1'],
  severity: 'medium',
  remedy: 'name the same hosts and ports in autoconfig, autodiscover and SRV records, and only ports that answer',
  beyondMx: true,
  covers: ['srv-autoconfig-parity'],
  judge: ({ files = [], srv = [], served, hosts }) => {
    const named = files.flatMap(({ kind, servers }) => servers.map((each) => ({ kind, ...each })));
    if (named.length === 0) return notApplicable('no configuration file for mail clients was found');
    for (const { kind, host, port } of named) {
      const where = hostPort(host, port);
      const known = hosts.find((each) => each.host === host);
      if (known?.addresses?.length === 0) return fail(`${kind} names ${host}, which has no address`);
      const found = served.find((each) => each.host === host && each.port === port);
      if (found?.isReached === false) return fail(`${kind} names ${where}, which does not answer`);
      if (found?.isEncrypted === false) return fail(`${kind} names ${where}, where TLS does not work`);
      if (found?.isReached === true && found.certificate !== undefined && found.certificate !== 'good')
        return fail(`${kind} names ${where}, whose certificate is bad: ${found.certificate}`);
    }
    const offered = srv.flatMap(({ records }) =>
      records.status === 'found' ? records.records.map(({ target, port }) => hostPort(target, port)) : [],
    );
    const missing = named.find(({ host, port }) => offered.length > 0 && !offered.includes(hostPort(host, port)));
    if (missing !== undefined)
      return warn(`${missing.kind} names ${hostPort(missing.host, missing.port)}, which no SRV record names`);
    const unseen = named.find(({ host, port }) => !served.some((each) => each.host === host && each.port === port));
    return unseen === undefined
      ? pass('files, DNS and ports agree')
      : inconclusive(`the audit did not connect to ${hostPort(unseen.host, unseen.port)}`);
  },
  examples: [
    { given: {}, then: 'pass' },
    { given: { files: [] }, then: 'not-applicable' },
    { given: { served: [{ host: 'imap.example.org', port: 993, isReached: false }] }, then: 'fail' },
    { given: { served: [{ host: 'imap.example.org', port: 993, isReached: true, isEncrypted: false }] }, then: 'fail' },
    {
      given: {
        served: [
          { host: 'imap.example.org', port: 993, isReached: true, isEncrypted: true, certificate: 'wrong name' },
        ],
      },
      then: 'fail',
    },
    { given: { served: [] }, then: 'inconclusive' },
    {
      given: {
        srv: [
          {
            service: '_imaps._tcp',
            records: { status: 'found', records: [{ target: 'mail.example.org', port: 993 }], isValidated: true },
          },
        ],
      },
      then: 'warn',
    },
    { given: { hosts: [{ host: 'imap.example.org', addresses: [] }] }, then: 'fail' },
  ],
});
