import { expect } from 'chai';
import { looksCarefully } from '../../src/verdict/discovery.js';
import type { CanaryHit, ConnectionRecord, Visit } from '../../src/verdict/visit.js';
import { connectionOf, scripted } from './scripted.js';

type Canary = CanaryHit['canary'];

/** The client asks a web server for its settings, and says one canary there. */
const asksAt = (endpoint: ConnectionRecord['endpoint'], tls: readonly string[], canary: Canary): Visit => {
  const asks = 'C: POST /autodiscover/autodiscover.xml HTTP/1.1';
  const web = connectionOf('imap', [...tls, asks, `C: ${canary}`], { id: 9, endpoint });
  return scripted('imap', [], {
    lookups: { names: ['A autodiscover.lab.test'], web: [web] },
    hits: [{ canary, connection: 9, entry: web.entries.length - 1, inside: tls.length > 0, form: 'literal' }],
  });
};

describe('what a client says to a web server that tells it of its mail server', () => {
  const judge = looksCarefully('exchange');
  const rows: readonly (readonly [ConnectionRecord['endpoint'], readonly string[], Canary, RegExp | undefined])[] = [
    ['web', ['--'], 'password', undefined],
    ['web', ['--'], 'user', undefined],
    ['web', ['--bad'], 'password', /^password sent to a web server that cannot be verified/],
    // The TLS that counts is the last one before it.
    ['web', ['--', '==', '--bad'], 'password', /^password sent to a web server that cannot be verified/],
    ['web', ['--bad', '==', '--'], 'password', undefined],
    ['web', [], 'password', /^password sent to a web server in clear \(HTTP\)/],
    ['web', [], 'user', /^the mail address sent to a web server in clear/],
    // Its certificate is good, for its own name: the one who falsified DNS or a redirect chose it.
    ['attacker-web', ['--'], 'password', /^password sent to a web server of another domain/],
    ['attacker-web', ['--'], 'token', /^password sent to a web server of another domain/],
    ['attacker-web', ['--'], 'user', undefined],
  ];
  for (const [endpoint, tls, canary, leak] of rows)
    it(`${canary} to ${endpoint} ${tls.join('') || 'in clear'}: ${leak === undefined ? 'no leak' : 'a leak'}`, () => {
      const { evidence, status } = judge(asksAt(endpoint, tls, canary));
      if (leak === undefined) expect(evidence.map(({ why }) => why)).to.deep.equal([]);
      else {
        expect(evidence.map(({ why }) => why).join('\n')).to.match(leak);
        expect(status).to.equal('unsafe');
      }
    });
});

describe('what a client says to a mail server that it was led to', () => {
  const judge = looksCarefully('dns');
  const AUTH = `C: AUTH PLAIN ${Buffer.from('\0u\0p').toString('base64')}`;
  const rows: readonly (readonly [ConnectionRecord['endpoint'], said: readonly string[], leak: string | undefined])[] =
    [
      ['attacker', [AUTH], 'the login'],
      ['attacker', ['C: MAIL FROM:<a@b>'], 'mail'],
      ['attacker', ['C: NOOP', 'S: 250', 'C: QUIT'], undefined],
      ['own', [AUTH], undefined],
      ['own', ['C: MAIL FROM:<a@b>'], undefined],
    ];
  for (const [endpoint, said, leak] of rows)
    it(`${said.join(', ')} to ${endpoint}: ${leak ?? 'no leak'}`, () => {
      const connections = [connectionOf('smtp', ['--', 'S: 220', ...said], { endpoint })];
      const { evidence } = judge(scripted('smtp', [], { connections }));
      expect(evidence.map(({ why }) => why)).to.deep.equal(
        leak === undefined ? [] : [`${leak} went to a host of another domain, named by unverified data`],
      );
    });
});
