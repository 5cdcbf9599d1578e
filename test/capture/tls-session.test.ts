import { expect } from 'chai';
import { KeyLog } from '../../src/tls/key-log.js';
import { pcapng } from '../../src/capture/capture-writer.js';
import { connectionsIn, findingsIn, packets, told, type Script } from './captured.js';
import { tlsBytes, type TlsOrder } from './tls-bytes.js';

const LOGIN = [
  ['C', 'a3 LOGIN alice hunter22\r\n'],
  ['S', 'a3 OK in\r\n'],
] as const;
const UPGRADE: Script = ['S: * OK [CAPABILITY IMAP4rev1 STARTTLS] ready', 'C: a2 STARTTLS', 'S: a2 OK go ahead'];
const ENDS: Script = ['C.', 'S.'];

const SUITES: readonly TlsOrder[] = [
  { version: 'TLSv1.3', ciphers: 'TLS_AES_128_GCM_SHA256' },
  { version: 'TLSv1.3', ciphers: 'TLS_AES_256_GCM_SHA384' },
  { version: 'TLSv1.3', ciphers: 'TLS_CHACHA20_POLY1305_SHA256' },
  { version: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' },
  { version: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' },
  { version: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-CHACHA20-POLY1305' },
  { version: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-CCM' },
  // A tag of 64 bits is below every level but 0.
  { version: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-CCM8@SECLEVEL=0' },
];

describe('TLS in captures', () => {
  for (const order of SUITES)
    for (const mode of ['starttls', 'implicit'] as const)
      it(`${order.ciphers ?? ''}, ${mode}: read with the keys that the capture holds, not without them`, async () => {
        const { bytes, keylog } = await tlsBytes({ ...order, says: LOGIN });
        const all = packets(
          [...(mode === 'starttls' ? UPGRADE : []), ...bytes, ...ENDS],
          mode === 'starttls' ? 143 : 993,
        );
        const keys = new KeyLog();
        keys.add(keylog);
        const [read] = connectionsIn(pcapng(all), { keys });
        const [sealed] = connectionsIn(pcapng(all));
        const inside = (entries = read?.record.entries) =>
          entries?.flatMap((entry) => (entry.kind === 'bytes' && entry.inside ? [entry.data] : [])).join('');
        expect(inside()).to.equal('a3 LOGIN alice hunter22\r\na3 OK in\r\n');
        expect(read?.sessions[0]?.facts.decrypted).to.equal('yes');
        expect(inside(sealed?.record.entries)).to.equal('');
        expect(sealed?.sessions[0]?.facts).to.include({ decrypted: 'none', completed: true });
        expect(told(findingsIn(all, { keys }))).to.deep.equal(['secrets-in-clear safe']);
        expect(told(findingsIn(all))).to.deep.equal(['secrets-in-clear safe']);
        expect(connectionsIn(pcapng(all, keylog), { piece: 7 })[0]?.sessions[0]?.facts.decrypted).to.equal('yes');
      });

  const ROWS: readonly {
    readonly name: string;
    readonly order: TlsOrder;
    readonly before?: Script;
    readonly knows?: false;
    readonly comesTo: readonly string[];
  }[] = [
    {
      name: 'a wrong name, and the client goes on',
      order: { recipe: 'wrong-name', says: LOGIN },
      comesTo: ['secrets-in-clear safe', 'certificate-wrong unsafe'],
    },
    {
      name: 'an expired certificate, TLS 1.2 without keys, and the client goes on',
      order: { recipe: 'expired', version: 'TLSv1.2', says: [...LOGIN, ['C', 'a4 SELECT "INBOX/archive/2026"\r\n']] },
      knows: false,
      comesTo: ['secrets-in-clear safe', 'certificate-wrong unsafe'],
    },
    {
      name: 'an expired certificate, TLS 1.2 without keys, and a few bytes that may be a goodbye',
      order: { recipe: 'expired', version: 'TLSv1.2', says: [['C', 'a3 LOGOUT\r\n']] },
      knows: false,
      comesTo: ['secrets-in-clear safe', 'certificate-wrong inconclusive'],
    },
    {
      name: 'an expired certificate, and the client leaves with LOGOUT',
      order: { recipe: 'expired', says: [['C', 'a3 LOGOUT\r\n']] },
      comesTo: ['secrets-in-clear safe', 'certificate-wrong safe'],
    },
    {
      name: 'an expired certificate that cannot be seen (TLS 1.3 without keys)',
      order: { recipe: 'expired', says: LOGIN },
      knows: false,
      comesTo: ['secrets-in-clear safe'],
    },
    {
      name: 'a greeting inside TLS, and the client goes on',
      order: { says: [['S', '* OK IMAP4rev1 ready\r\n'], ...LOGIN] },
      comesTo: ['secrets-in-clear safe', 'greeting-inside-tls unsafe'],
    },
    {
      name: 'a greeting inside TLS, and the client leaves',
      order: {
        says: [
          ['S', '* OK IMAP4rev1 ready\r\n'],
          ['C', 'a3 LOGOUT\r\n'],
        ],
      },
      comesTo: ['secrets-in-clear safe', 'greeting-inside-tls safe'],
    },
    {
      name: 'TLS 1.2 without keys, where the server speaks first',
      order: { version: 'TLSv1.2', says: [['S', '* OK IMAP4rev1 ready\r\n'], ...LOGIN] },
      knows: false,
      comesTo: ['secrets-in-clear safe', 'greeting-inside-tls inconclusive'],
    },
    {
      name: 'TLS 1.0',
      order: { version: 'TLSv1', says: LOGIN },
      comesTo: ['secrets-in-clear safe', 'tls-weak unsafe'],
    },
    {
      name: 'a command behind STARTTLS in the same segment',
      order: { says: LOGIN },
      before: [UPGRADE[0] ?? '', ['C', Buffer.from('a2 STARTTLS\r\nx NOOP\r\n')], 'S: a2 OK go ahead'],
      comesTo: ['secrets-in-clear safe', 'text-before-tls unsafe'],
    },
    {
      name: 'a command between go-ahead and ClientHello',
      order: { says: LOGIN },
      before: [...UPGRADE, 'C: x NOOP'],
      comesTo: ['secrets-in-clear safe', 'text-before-tls unsafe'],
    },
    {
      name: 'a reply behind the go-ahead in the same segment',
      order: { says: LOGIN },
      before: [...UPGRADE.slice(0, 2), ['S', Buffer.from('a2 OK go ahead\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n')]],
      comesTo: ['secrets-in-clear safe', 'text-before-tls unsafe'],
    },
    {
      name: 'the beginning of a reply behind the go-ahead',
      order: { says: LOGIN },
      before: [...UPGRADE.slice(0, 2), ['S', Buffer.from('a2 OK go ahead\r\n* CAPA')]],
      comesTo: ['secrets-in-clear safe', 'text-before-tls unsafe'],
    },
    {
      name: 'a reply between go-ahead and TLS',
      order: { says: LOGIN },
      before: [...UPGRADE, 'S: * CAPABILITY IMAP4rev1 AUTH=PLAIN'],
      comesTo: ['secrets-in-clear safe', 'text-before-tls unsafe'],
    },
  ];
  for (const { name, order, before = UPGRADE, knows, comesTo } of ROWS)
    it(name, async () => {
      const { bytes, keylog } = await tlsBytes(order);
      const keys = new KeyLog();
      if (knows !== false) keys.add(keylog);
      expect(told(findingsIn(packets([...before, ...bytes, ...ENDS]), { keys }))).to.deep.equal(comesTo);
    });

  it('a client that refuses the certificate is seen to refuse it', async () => {
    const { bytes, keylog } = await tlsBytes({ recipe: 'expired', version: 'TLSv1.2', checks: true });
    const keys = new KeyLog();
    keys.add(keylog);
    expect(told(findingsIn(packets([...UPGRADE, ...bytes, ...ENDS]), { keys }))).to.deep.equal([
      'secrets-in-clear safe',
      'certificate-wrong safe',
    ]);
  });

  for (const says of [LOGIN, [['C', 'a3 LOGOUT\r\n']] as const])
    it(`an expired certificate, read with the keys of the server alone, and ${says[0][1].trim()}`, async () => {
      const { bytes, keylog } = await tlsBytes({ recipe: 'expired', says });
      const keys = new KeyLog();
      keys.add(keylog.replace(/^CLIENT_.*$/gm, ''));
      expect(told(findingsIn(packets([...UPGRADE, ...bytes, ...ENDS]), { keys }))).to.deep.equal([
        'secrets-in-clear safe',
        'certificate-wrong inconclusive',
      ]);
    });

  it('an unknown issuer is wrong only where the anchors are known', async () => {
    const { bytes, keylog, ca } = await tlsBytes({ recipe: 'unknown-issuer', says: LOGIN });
    const good = await tlsBytes({ says: LOGIN });
    const keys = new KeyLog();
    keys.add(keylog);
    keys.add(good.keylog);
    const all = packets([...UPGRADE, ...bytes, ...ENDS]);
    expect(told(findingsIn(all, { keys }))).to.deep.equal(['secrets-in-clear safe']);
    expect(told(findingsIn(all, { keys, anchors: [ca] }))).to.deep.equal([
      'secrets-in-clear safe',
      'certificate-wrong unsafe',
    ]);
    const right = packets([...UPGRADE, ...good.bytes, ...ENDS]);
    expect(told(findingsIn(right, { keys, anchors: [ca] }))).to.deep.equal(['secrets-in-clear safe']);
  });

  it('text that follows close_notify is in clear again', async () => {
    const { bytes, keylog } = await tlsBytes({ says: LOGIN });
    const keys = new KeyLog();
    keys.add(keylog);
    const all = packets([...UPGRADE, ...bytes, 'C: a5 LOGIN alice hunter22', 'S: a5 OK in', ...ENDS]);
    expect(told(findingsIn(all, { keys }))).to.deep.equal(['secrets-in-clear unsafe']);
    expect(told(findingsIn(all))).to.deep.equal(['secrets-in-clear unsafe']);
  });
});
