import { expect } from 'chai';
import { enumerateGroups, enumerateSignatures, enumerateSuites } from '../../src/probes/enumeration.js';
import type { AskHello, HelloAnswer } from '../../src/probes/raw-hello.js';
import { Rider } from '../../src/probes/rider.js';
import type { HelloOrder } from '../../src/tls/build-hello.js';
import { cipherSuite } from '../../src/tls/cipher-suites.js';

const chosen = (suite: number, group?: number): HelloAnswer => ({
  kind: 'server-hello',
  version: 'TLSv1.2',
  cipherSuite: suite,
  sessionId: Buffer.alloc(0),
  compression: 0,
  extendedMasterSecret: true,
  secureRenegotiation: true,
  encryptThenMac: false,
  heartbeat: false,
  extensions: [],
  hasStapledOcsp: false,
  requestsClientCertificate: false,
  complete: true,
  warnings: [],
  ...(group !== undefined && { serverKeyExchange: { group } }),
});
const CLOSED: HelloAnswer = { kind: 'closed' };

/** A server, and how many hellos it was sent. */
const server = (
  answers: (order: HelloOrder) => HelloAnswer,
): { readonly ask: AskHello; readonly hellos: HelloOrder[] } => {
  const hellos: HelloOrder[] = [];
  return {
    hellos,
    ask: (order) => {
      hellos.push(order);
      return Promise.resolve({ answer: answers(order) });
    },
  };
};

const names = (found: { readonly accepted: readonly { readonly suite: string }[] }): string[] =>
  found.accepted.map(({ suite }) => suite);

describe('enumeration by elimination', () => {
  it('takes out what was chosen, in the server’s order, until the rest is refused', async () => {
    const taken = [0xc030, 0xc02f];
    const { ask, hellos } = server(({ cipherSuites = [] }) => {
      const suite = taken.find((id) => cipherSuites.includes(id));
      return suite === undefined
        ? { kind: 'alert', level: 2, description: 40, name: 'handshake_failure' }
        : chosen(suite, 29);
    });
    const found = await enumerateSuites(ask, 'TLSv1.2', 'ecdhe');
    expect(names(found)).to.deep.equal(taken.map((id) => cipherSuite(id).name));
    expect(found.refusal).to.equal('alert handshake_failure');
    expect(hellos).to.have.length(3);
  });

  it('asks with few suites too where a long list is hung up on', async () => {
    const { ask } = server(({ cipherSuites = [] }) =>
      cipherSuites.length > 8 || !cipherSuites.includes(0xc02f) ? CLOSED : chosen(0xc02f, 29),
    );
    expect(names(await enumerateSuites(ask, 'TLSv1.2', 'ecdhe'))).to.deep.equal([
      'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
    ]);
  });

  it('believes no suite that was not offered', async () => {
    const { ask } = server(() => chosen(0xc02f, 29));
    expect(names(await enumerateSuites(ask, 'TLSv1.2', 'rsa'))).to.deep.equal([]);
  });

  it('does not go on for ever with a server that always chooses the same', async () => {
    const { ask, hellos } = server(() => chosen(0xc02f, 29));
    expect(names(await enumerateSuites(ask, 'TLSv1.2', 'ecdhe'))).to.deep.equal([
      'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
    ]);
    expect(hellos).to.have.length(2);
  });

  it('keeps the curve of an ECDSA certificate in the hello', async () => {
    // Without P-256 the server cannot show its certificate.
    const { ask } = server(({ groups = [] }) => {
      const group =
        [23, 24, 29].find((each) => groups[0] === each) ?? groups.find((each) => [23, 24, 29].includes(each));
      return groups.includes(23) && group !== undefined ? chosen(0xc02b, group) : CLOSED;
    });
    expect(await enumerateGroups(ask, 'TLSv1.2', [23, 24, 29, 30])).to.deep.equal({
      accepted: ['secp256r1', 'secp384r1', 'x25519'],
      refusal: 'chose secp256r1 rather than any other',
    });
  });

  it('does not ask for a suite that another hello showed, nor believes one of another family', async () => {
    const taken = [0x009f, 0x009e];
    const { ask, hellos } = server(({ cipherSuites = [] }) => {
      const suite = taken.find((id) => cipherSuites.includes(id));
      return suite === undefined
        ? { kind: 'alert', level: 2, description: 40, name: 'handshake_failure' }
        : chosen(suite);
    });
    const at = { connection: 3, entry: 5, start: 0, end: 0 };
    const found = await enumerateSuites(ask, 'TLSv1.2', 'dhe', { first: { answer: chosen(0x009e), at } });
    expect(found.accepted.map(({ id }) => id)).to.deep.equal([0x009e, 0x009f]);
    expect(found.accepted[0]?.at).to.deep.equal(at);
    expect(hellos).to.have.length(2);
    for (const answer of [chosen(0xc02f, 29), { ...chosen(0x009e), version: 'TLSv1.1' }, CLOSED] as const)
      expect(names(await enumerateSuites(ask, 'TLSv1.2', 'dhe', { first: { answer } }))).to.deep.equal(
        taken.map((id) => cipherSuite(id).name),
      );
  });

  it('asks with few suites too where a long list is hung up on, though another hello was served', async () => {
    const { ask } = server(({ cipherSuites = [] }) =>
      cipherSuites.length > 8 || !cipherSuites.includes(0x0033) ? CLOSED : chosen(0x0033),
    );
    const found = await enumerateSuites(ask, 'TLSv1.2', 'dhe', { first: { answer: chosen(0x009e) } });
    expect(found.accepted.map(({ id }) => id)).to.deep.equal([0x009e, 0x0033]);
  });

  it('tells silence from a refusal', async () => {
    const { ask } = server(() => ({ kind: 'silent' }));
    expect(await enumerateSuites(ask, 'TLSv1.2', 'rsa')).to.deep.equal({ accepted: [], refusal: 'no answer' });
  });
});

describe('two enumerations by the same hellos', () => {
  const REFUSED: HelloAnswer = { kind: 'alert', level: 2, description: 40, name: 'handshake_failure' };
  const SUITES = [0x1302, 0x1303];
  const GROUPS = [29, 23, 24, 30];

  const newer = (refusal: HelloAnswer) =>
    server(({ cipherSuites = SUITES, groups = [] }) => {
      const suite = SUITES.find((id) => cipherSuites.includes(id));
      const group = GROUPS.find((id) => groups.includes(id));
      return suite === undefined || group === undefined
        ? refusal
        : { ...chosen(suite), version: 'TLSv1.3', helloRetryRequest: group };
    });
  const suites = (): Rider => new Rider('cipherSuites', [0x1301, 0x1302, 0x1303], ({ cipherSuite: id }) => id);

  it('finds the suites of TLS 1.3 by the hellos for its groups', async () => {
    const { ask, hellos } = newer(REFUSED);
    const rider = suites();
    const { accepted } = await enumerateGroups(ask, 'TLSv1.3', [...GROUPS, 25], rider);
    expect(accepted).to.have.length(GROUPS.length);
    // One for each group, one without suites that are taken, one without groups.
    expect(hellos).to.have.length(GROUPS.length + 2);
    const found = await enumerateSuites(ask, 'TLSv1.3', 'tls13', { known: rider.found });
    expect(found.accepted.map(({ id }) => id)).to.deep.equal(SUITES);
    expect(found.refusal).to.equal('alert handshake_failure');
    expect(hellos).to.have.length(GROUPS.length + 2);
  });

  it('does not take a hang-up for an answer about what rides', async () => {
    const { ask, hellos } = newer(CLOSED);
    const rider = suites();
    await enumerateGroups(ask, 'TLSv1.3', GROUPS, rider);
    const asked = hellos.length;
    const { accepted } = await enumerateSuites(ask, 'TLSv1.3', 'tls13', { known: rider.found });
    expect(accepted.map(({ id }) => id)).to.deep.equal(SUITES);
    expect(hellos.length).to.be.greaterThan(asked);
  });

  it('loses neither suites nor schemes of a server with two certificates', async () => {
    const KINDS = [
      { suites: [0xc02b, 0xc02c], schemes: [0x0403] },
      { suites: [0xc02f, 0xc030], schemes: [0x0401, 0x0501, 0x0601] },
    ];
    const { ask } = server(({ cipherSuites = [], signatureAlgorithms = [0x0403, 0x0401] }) => {
      for (const kind of KINDS) {
        const suite = kind.suites.find((id) => cipherSuites.includes(id));
        const signatureAlgorithm = kind.schemes.find((id) => signatureAlgorithms.includes(id));
        if (suite !== undefined && signatureAlgorithm !== undefined)
          return { ...chosen(suite), serverKeyExchange: { group: 29, signatureAlgorithm } };
      }
      return REFUSED;
    });
    const rider = new Rider(
      'signatureAlgorithms',
      KINDS.flatMap(({ schemes }) => schemes),
      ({ serverKeyExchange }) => serverKeyExchange?.signatureAlgorithm,
    );
    const found = await enumerateSuites(ask, 'TLSv1.2', 'ecdhe', { rider });
    expect(new Set(found.accepted.map(({ id }) => id))).to.deep.equal(new Set(KINDS.flatMap((kind) => kind.suites)));
    const { accepted } = await enumerateSignatures(ask, rider.found);
    expect(accepted).to.have.length(4);
  });
});
