import { expect } from 'chai';
import type { Socket } from 'node:net';
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls';
import { audit } from '../../src/audit/audit.js';
import checks from '../../src/checks/index.js';
import { createAuthority, type Authority } from '../../src/tls/certificate-authority.js';
import { rawServer, scripted, type RawServer } from '../support/raw-server.js';
import { itSeldom } from '../support/in-turn.js';

// 16 octets: four characters of a UniversalString.
const NAME = 'hostil1.lab.test';

/** A certificate whose DER was changed after it was signed; a server serves it all the same. */
const changed = async (
  authority: Authority,
  change: (der: Buffer) => void,
): Promise<{ readonly cert: string; readonly key: string }> => {
  const { certPem, keyPem } = await authority.issue('good', { dns: [NAME], ip: [] });
  const der = Buffer.from(certPem.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64');
  change(der);
  return { cert: `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`, key: keyPem };
};

/** Gives the common name another ASN.1 type. */
const commonNameAs =
  (tag: number, text = NAME) =>
  (der: Buffer): void => {
    // The issuer's comes before it.
    const at = der.lastIndexOf(Buffer.from([0x55, 0x04, 0x03]));
    der[at + 3] = tag;
    der.write(text.padEnd(NAME.length, '\xff').slice(0, NAME.length), at + 5, 'latin1');
  };

/** Writes over the DNS name in the SAN. */
const dnsNameAs =
  (text: string) =>
  (der: Buffer): void => {
    const at = der.lastIndexOf(NAME);
    der.write(text.padEnd(NAME.length, 'x').slice(0, NAME.length), at, 'latin1');
  };

const HOSTILE: readonly (readonly [title: string, change: (der: Buffer) => void])[] = [
  ['a common name that is a SEQUENCE', commonNameAs(0x30)],
  ['a common name of an unknown type', commonNameAs(0x0d)],
  ['a common name of impossible characters', commonNameAs(0x1c)],
  ['a common name in BMPString', commonNameAs(0x1e)],
  ['a NUL in its DNS name', dnsNameAs('mail.lab.test\0evil')],
  ['a DNS name with terminal escapes', dnsNameAs('\u001b[2Jmail.lab')],
  ['a validity that is no date', (der) => void der.write('99', der.indexOf(Buffer.from([0x17, 0x0d])) + 4, 'latin1')],
];

/** What a server sends up to its ServerHelloDone (TLS 1.2), for certificates that no TLS library would load. */
const rawFlight = (der: Buffer): Buffer => {
  const sized = (octets: number, contents: Buffer): Buffer => {
    const length = Buffer.alloc(octets);
    length.writeUIntBE(contents.length, 0, octets);
    return Buffer.concat([length, contents]);
  };
  const message = (type: number, body: Buffer): Buffer => Buffer.concat([Buffer.from([type]), sized(3, body)]);
  const hello = Buffer.concat([Buffer.from([3, 3]), Buffer.alloc(32, 7), Buffer.from([0, 0xc0, 0x2b, 0])]);
  const flight = [message(2, hello), message(11, sized(3, sized(3, der))), message(14, Buffer.alloc(0))];
  return Buffer.concat([Buffer.from([22, 3, 3]), sized(2, Buffer.concat(flight))]);
};

const imaps = (credential: { readonly cert: string; readonly key: string }): ((socket: Socket) => void) => {
  let secureContext: SecureContext;
  try {
    secureContext = createSecureContext(credential);
  } catch {
    const flight = rawFlight(Buffer.from(credential.cert.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64'));
    return (socket) => void socket.once('data', () => socket.write(flight));
  }
  return (socket) => {
    const inside = new TLSSocket(socket, { isServer: true, secureContext });
    inside.on('error', () => undefined);
    inside.once('secure', () =>
      scripted(
        ['* OK ready\r\n'],
        { CAPABILITY: '* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nTAG OK done\r\n', LOGOUT: '* BYE\r\nTAG OK bye\r\n' },
        () => 'TAG BAD no\r\n',
      )(inside),
    );
  };
};

const chosen = checks.filter(
  ({ id, depth, expectsCertificate, asksThirdParties, needsAccount }) =>
    expectsCertificate !== true &&
    needsAccount !== true &&
    asksThirdParties !== true &&
    depth !== 'full' &&
    (id.startsWith('certificate-') || id === 'port-mismatch'),
);

describe('an audit of many targets', () => {
  itSeldom('has results of all 100, though some serve hostile certificates', async () => {
    const authority = await createAuthority();
    const { certPem: cert, keyPem: key } = await authority.issue('good', { dns: [NAME], ip: [] });
    const servers: RawServer[] = [];
    const targets: string[] = [];
    try {
      for (let number = 1; number <= 100; number += 1) {
        const change = HOSTILE[number - 41]?.[1];
        const address = `127.0.${String(1 + (number % 10))}.${String(number)}`;
        const credential = change === undefined ? { cert, key } : await changed(authority, change);
        const server = await rawServer(imaps(credential), address);
        servers.push(server);
        targets.push(`imaps://${address}:${String(server.port)}`);
      }
      const { results, faults } = await audit(targets, {
        checks: chosen,
        servername: NAME,
        authorities: [authority.pem],
        patience: { hint: 200, greeting: 5000 },
      });
      expect(faults.map(({ fault }) => fault.message)).to.deep.equal([]);
      for (const [index, target] of targets.entries()) {
        const own = results.filter((result) => result.target === target);
        expect(own.map(({ id }) => id).sort(), target).to.deep.equal(chosen.map(({ id }) => id).sort());
        const hostile = HOSTILE[index - 40];
        const bad = own
          .filter(({ status }) => status !== 'pass' && status !== 'not-applicable')
          .map(({ id, because }) => `${id}: ${because}`);
        if (hostile === undefined) expect(bad, target).to.deep.equal([]);
        else expect(bad.join('\n'), hostile[0]).to.match(/certificate-untrusted|port-mismatch/);
        for (const { because, evidence } of own)
          expect(because + evidence.map(({ quote }) => quote).join(''), target).not.to.match(/[\0-\x1f]/);
      }
    } finally {
      for (const server of servers) await server[Symbol.asyncDispose]();
    }
  }).timeout(60_000);
});
