import { mkdtempSync, writeFileSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import pLimit from 'p-limit';
import { byHand } from '../../src/audit/reproduction.js';
import checks from '../../src/checks/index.js';
import type { Check, ServerFlaw } from '../../src/checks/check.js';
import { appliesTo, flawedServers } from '../../src/proof/check.js';
import { commandLines } from '../../src/report/command-lines.js';
import { toyAuthority, toyServer } from '../../src/proof/toy-server.js';
import { WELL_KNOWN_PORTS, type WellKnownPort } from '../../src/protocols/port-roles.js';
import { ended, needs } from '../support/installed.js';
import { skipUnlessRequired } from '../support/real.js';

const ca = join(mkdtempSync(join(tmpdir(), 'by-hand-')), 'ca.pem');

/** What the line prints, without what differs from run to run. */
const printed = async (
  check: Check,
  port: WellKnownPort,
  flaw?: ServerFlaw,
  address: '127.0.0.1' | '::1' = '127.0.0.1',
): Promise<string> => {
  await using server = await toyServer(port.role, flaw?.server, address);
  const { role, protocol, tls } = port;
  const line = byHand(check, { host: 'localhost', address, port: server.port, role, protocol, tls }, 'localhost');
  // As it is shown in a narrow terminal.
  const { output } = await ended('sh', ['-c', commandLines(line ?? ':', 69).join('\n')], { SSL_CERT_FILE: ca });
  return (
    output
      .replace(/-----BEGIN[^]*?-----END \w+-----/g, '')
      // Tickets of TLS 1.3 are shown only if they come before s_client reads the end of its input.
      .replace(/---\nPost-Handshake New Session Ticket arrived:[^]*?\n---\nread R BLOCK\n/g, '')
      .replace(/(?:[0-9A-F]{2}[: -]?){8,}.*/gi, '#')
      .replace(/[A-Za-z0-9+/]{16,}={0,2}/g, '#')
      .replace(
        /(?:Start Time|Timeout|Session-ID|Not(?:Before|After)|notBefore|notAfter|v:NotBefore).*|SSL handshake has read .*/g,
        (line) => (/^not(?:Before|After)/.test(line) ? line.replace(/\d\d:\d\d:\d\d/, '') : ''),
      )
      .replace(/Waxseal lab CA \w+/g, 'CA')
      .replace(/^[0-9A-F]{16}:error/gm, 'error')
  );
};

describe('the line that shows a finding by hand', function () {
  this.timeout(180_000);
  before(async function () {
    needs(this, 'openssl');
    needs(this, 'curl');
    writeFileSync(ca, (await toyAuthority()).pem);
  });

  const rows = checks.flatMap((check) => {
    if (check.byHand === 'not with common tools') return [];
    return WELL_KNOWN_PORTS.filter((port) => port.common && port.login && appliesTo(check, port))
      .slice(0, 1)
      .flatMap((port) => flawedServers(check, port).map(({ flaw }) => ({ check, port, flaw })));
  });
  // They wait for answers most of the time; more at once come to no end in time on a slow machine.
  const limit = pLimit(4);
  const outcomes = new Map<string, Promise<readonly [string, string, string]>>();

  after(() => Promise.allSettled(outcomes.values()));

  for (const { check, port, flaw } of rows) {
    const title = `${check.id}: a server that ${flaw.name}`;
    it(`${title} looks different from an honest one`, async () => {
      for (const each of rows) {
        const key = `${each.check.id}: a server that ${each.flaw.name}`;
        if (!outcomes.has(key))
          outcomes.set(
            key,
            Promise.all([
              limit(() => printed(each.check, each.port, each.flaw)),
              limit(() => printed(each.check, each.port)),
              limit(() => printed(each.check, each.port)),
            ]),
          );
      }
      const [flawed, honest, again] = (await outcomes.get(title)) ?? ['', '', ''];
      expect(honest, `two honest servers look alike on ${port.role}`).to.equal(again);
      expect(flawed).to.not.equal(honest);
    });
  }

  /** The first row of each form that a line has: openssl alone, words for curl, words for openssl. */
  const forms = new Map(
    rows.map((row) => {
      const how = row.check.byHand ?? { openssl: '' };
      return [`${typeof how === 'string' ? how : Object.keys(how).join()} ${row.port.tls}`, row] as const;
    }),
  );
  for (const [form, { check, port, flaw }] of forms)
    it(`${form}: ${check.id} looks different over IPv6 too`, async function () {
      if (!Object.values(networkInterfaces()).some((each) => each?.some(({ address }) => address === '::1')))
        return skipUnlessRequired(this, 'this machine has no IPv6 loopback');
      const [flawed, honest] = await Promise.all([
        printed(check, port, flaw, '::1'),
        printed(check, port, undefined, '::1'),
      ]);
      expect(honest)
        .to.not.match(/refused|unreachable|no match|not resolve/i)
        .and.not.equal('');
      expect(flawed).to.not.equal(honest);
    });
});
