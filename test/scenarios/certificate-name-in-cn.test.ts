import { expect } from 'chai';
import scenario from '../../src/scenarios/certificate-name-in-cn.js';
import type { ClientStatus } from '../../src/verdict/visit.js';
import { scripted } from '../verdict/scripted.js';
import { canaries } from '../verdict/visits.js';

const ROW = { name: '' };
const LOGIN = `C: a2 LOGIN ${canaries.user} ${canaries.password}`;
const hit = { connection: 1, entry: 1, inside: false, form: 'literal' as const };

/** Who accepts the name may choose so; what the client says before TLS is judged as ever. */
const ROWS: readonly (readonly [
  what: string,
  identity: string,
  hits: readonly ('user' | 'password')[],
  ClientStatus,
])[] = [
  ['nothing of the account', 'C: a1 CAPABILITY', [], 'downgradable'],
  ['its user name', `C: a1 ID ("user" "${canaries.user}")`, ['user'], 'unsafe'],
  ['its password', `C: a1 ID ("token" "${canaries.password}")`, ['password'], 'unsafe'],
];

describe('certificate-name-in-cn', () => {
  for (const policy of ['required', 'opportunistic'] as const) {
    for (const [what, identity, found, status] of ROWS) {
      it(`under ${policy}, of a client that says ${what} before TLS: ${status}`, () => {
        const script = ['S: * OK ready', identity, 'S: a1 OK', '--bad', LOGIN, 'S: a2 OK'];
        const hits = found.map((canary) => ({ ...hit, canary }));
        expect(scenario.judge(scripted('imap', [script], { policy, hits }), ROW).status).to.equal(status);
      });
    }
  }

  it('a user name inside TLS is part of the same choice', () => {
    const script = ['S: * OK ready', '--bad', `C: a1 ID ("user" "${canaries.user}")`, LOGIN];
    const hits = [{ ...hit, entry: 2, inside: true, canary: 'user' as const }];
    expect(scenario.judge(scripted('imap', [script], { hits }), ROW).status).to.equal('downgradable');
  });
});
