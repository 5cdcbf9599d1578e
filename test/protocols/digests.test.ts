import { expect } from 'chai';
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { apopTimestamp, cramMd5, digestMd5, isApopDigest, provesPassword, scram } from '../../src/protocols/digests.js';
import { md4 } from '../../src/protocols/md4.js';
import { ntlm } from '../../src/protocols/ntlm.js';
import { SaslExchange } from '../../src/protocols/sasl.js';

interface Vector {
  readonly from: string;
  readonly mechanism: string;
  readonly password: string;
  readonly challenges: readonly Buffer[];
  readonly responses: readonly Buffer[];
}

const text = (words: string): Buffer => Buffer.from(words, 'latin1');
const hex = (digits: string): Buffer => Buffer.from(digits.replaceAll(' ', ''), 'hex');

/** An NTLM CHALLENGE message with this server challenge. */
const ntlmChallenge = (challenge: Buffer): Buffer => {
  const message = Buffer.alloc(56);
  message.write('NTLMSSP\0', 'latin1');
  message.writeUInt32LE(2, 8);
  challenge.copy(message, 24);
  return message;
};

/** An NTLM AUTHENTICATE message of MS-NLMP §4.2.1's user. */
const ntlmAnswer = (lm: Buffer, nt: Buffer): Buffer => {
  const fields = [lm, nt, Buffer.from('Domain', 'utf16le'), Buffer.from('User', 'utf16le')];
  const head = Buffer.alloc(64);
  head.write('NTLMSSP\0', 'latin1');
  head.writeUInt32LE(3, 8);
  let offset = 64;
  for (const [index, field] of fields.entries()) {
    head.writeUInt16LE(field.length, 12 + index * 8);
    head.writeUInt32LE(offset, 16 + index * 8);
    offset += field.length;
  }
  head.writeUInt32LE(1, 60);
  return Buffer.concat([head, ...fields]);
};

const SERVER = hex('0123456789abcdef');
const CLIENT = hex('aaaaaaaaaaaaaaaa');
const TARGET = Buffer.concat([
  hex('02000c00'),
  Buffer.from('Domain', 'utf16le'),
  hex('01000c00'),
  Buffer.from('Server', 'utf16le'),
  hex('00000000'),
]);

const VECTORS: readonly Vector[] = [
  {
    from: 'RFC 2195 §2',
    mechanism: 'CRAM-MD5',
    password: 'tanstaaftanstaaf',
    challenges: [text('<1896.697170952@postoffice.reston.mci.net>')],
    responses: [text('tim b913a602c7eda7a495b4e6e7334d3890')],
  },
  {
    from: 'RFC 2831 §4, IMAP',
    mechanism: 'DIGEST-MD5',
    password: 'secret',
    challenges: [
      text('realm="elwood.innosoft.com",nonce="OA6MG9tEQGm2hh",qop="auth",algorithm=md5-sess,charset=utf-8'),
    ],
    responses: [
      text(
        'charset=utf-8,username="chris",realm="elwood.innosoft.com",nonce="OA6MG9tEQGm2hh",nc=00000001,cnonce="OA6MHXh6VqTrRk",digest-uri="imap/elwood.innosoft.com",response=d388dad90d4bbd760a152321f2143af7,qop=auth',
      ),
    ],
  },
  {
    from: 'RFC 2831 §4, ACAP',
    mechanism: 'DIGEST-MD5',
    password: 'secret',
    challenges: [
      text('realm="elwood.innosoft.com",nonce="OA9BSXrbuRhWay",qop="auth",algorithm=md5-sess,charset=utf-8'),
    ],
    responses: [
      text(
        'charset=utf-8,username="chris",realm="elwood.innosoft.com",nonce="OA9BSXrbuRhWay",nc=00000001,cnonce="OA9BSuZWMSpW8m",digest-uri="acap/elwood.innosoft.com",response=6084c6db3fede7352c551284490fd0fc,qop=auth',
      ),
    ],
  },
  {
    from: 'RFC 5802 §5',
    mechanism: 'SCRAM-SHA-1',
    password: 'pencil',
    challenges: [text(''), text('r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096')],
    responses: [
      text('n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL'),
      text('c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts='),
    ],
  },
  {
    from: 'RFC 7677 §3',
    mechanism: 'SCRAM-SHA-256',
    password: 'pencil',
    challenges: [text('r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096')],
    responses: [
      text('n,,n=user,r=rOprNGfwEbeRWgbNEkqO'),
      text(
        'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
      ),
    ],
  },
  {
    from: 'MS-NLMP §4.2.2.2.1, NTLMv1',
    mechanism: 'NTLM',
    password: 'Password',
    challenges: [ntlmChallenge(SERVER)],
    responses: [
      text('NTLMSSP\0\x01\0\0\0'),
      ntlmAnswer(Buffer.alloc(24), hex('67c43011f30298a2ad35ece64f16331c44bdbed927841f94')),
    ],
  },
  {
    from: 'MS-NLMP §4.2.3.2.2, NTLMv1 with extended session security',
    mechanism: 'NTLM',
    password: 'Password',
    challenges: [ntlmChallenge(SERVER)],
    responses: [
      ntlmAnswer(Buffer.concat([CLIENT, Buffer.alloc(16)]), hex('7537f803ae367128ca458204bde7caf81e97ed2683267232')),
    ],
  },
  {
    from: 'MS-NLMP §4.2.4.2.2, NTLMv2',
    mechanism: 'NTLM',
    password: 'Password',
    challenges: [ntlmChallenge(SERVER)],
    responses: [
      ntlmAnswer(
        Buffer.alloc(24),
        Buffer.concat([
          hex('68cd0ab851e51c96aabc927bebef6a1c'),
          hex('0101000000000000 0000000000000000'),
          CLIENT,
          hex('00000000'),
          TARGET,
          hex('00000000'),
        ]),
      ),
    ],
  },
];

describe('answers to challenges', () => {
  for (const { from, password, ...exchange } of VECTORS) {
    it(`${exchange.mechanism} of ${from} proves its password`, () => {
      expect(provesPassword(exchange, password)).to.equal(true);
    });

    it(`${exchange.mechanism} of ${from} proves no other password`, () => {
      expect(provesPassword(exchange, `${password}x`)).to.equal(false);
    });

    it(`${exchange.mechanism} of ${from} proves nothing without its challenge`, () => {
      expect(provesPassword({ ...exchange, challenges: [] }, password)).to.equal(false);
      const others = exchange.challenges.map((challenge) => Buffer.from(challenge.map((byte) => byte ^ 1)));
      expect(provesPassword({ ...exchange, challenges: others }, password)).to.equal(false);
    });

    it(`${exchange.mechanism} of ${from}, cut anywhere, proves nothing and harms nobody`, () => {
      const last = exchange.responses.at(-1) ?? Buffer.alloc(0);
      for (let length = 0; length < last.length; length += 1) {
        const cut = [...exchange.responses.slice(0, -1), last.subarray(0, length)];
        // What stands behind the proof may be missing.
        const isRight = provesPassword({ ...exchange, responses: cut }, password);
        const [proof = ''] = /response=[0-9a-f]{32}|p=[A-Za-z0-9+/]+/.exec(last.toString('latin1')) ?? [];
        if (isRight) expect(last.toString('latin1', 0, length)).to.include(proof === '' ? 'a proof' : proof);
      }
    });
  }

  it('SCRAM with channel binding is checked like SCRAM without', () => {
    const first = 'p=tls-exporter,,n=user,r=abc';
    const challenge = 'r=abcdef,s=c2FsdA==,i=2';
    const hmac = (key: Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();
    const key = hmac(pbkdf2Sync('pencil', 'salt', 2, 32, 'sha256'), 'Client Key');
    const signature = hmac(
      createHash('sha256').update(key).digest(),
      `n=user,r=abc,${challenge},c=Y2hhbm5lbA==,r=abcdef`,
    );
    const proof = Buffer.from(key.map((byte, index) => byte ^ (signature[index] ?? 0))).toString('base64');
    const exchange = {
      mechanism: 'SCRAM-SHA-256-PLUS',
      challenges: [text(challenge)],
      responses: [text(first), text(`c=Y2hhbm5lbA==,r=abcdef,p=${proof}`)],
    };
    expect(provesPassword(exchange, 'pencil')).to.equal(true);
    expect(provesPassword(exchange, 'pen')).to.equal(false);
  });

  it('a count of iterations that would keep the processor busy is not tried', () => {
    const messages = {
      first: text('n,,n=user,r=abc'),
      challenge: text('r=abcdef,s=c2FsdA==,i=999999999'),
      response: text('c=biws,r=abcdef,p=AAAA'),
    };
    const started = performance.now();
    expect(scram('sha256', messages, 'pencil')).to.equal(undefined);
    expect(performance.now() - started).to.be.below(500);
  });

  it('a challenge that comes a thousand times costs no more than once', () => {
    const exchange = {
      mechanism: 'SCRAM-SHA-256',
      challenges: Array.from({ length: 1000 }, () => text('r=abcdef,s=c2FsdA==,i=4096')),
      responses: [text('n,,n=user,r=abc'), text('c=biws,r=abcdef,p=AAAA')],
    };
    const started = performance.now();
    expect(provesPassword(exchange, 'pencil')).to.equal(false);
    expect(performance.now() - started).to.be.below(1000);
  });

  it('what the server answers is as in the documents', () => {
    const [imap, , scram1, scram256] = VECTORS.slice(1);
    if (imap === undefined || scram1 === undefined || scram256 === undefined) throw new Error('vectors are missing');
    const [none] = [Buffer.alloc(0)];
    expect(digestMd5(imap.responses[0] ?? none, imap.challenges[0] ?? none, 'secret')).to.deep.equal({
      user: 'chris',
      rspauth: 'ea40f60335c427b5527b84dbabcdfffd',
    });
    for (const [vector, hash, final] of [
      [scram1, 'sha1', 'v=rmF9pqV8S7suAoZWja4dJRkFsKQ='],
      [scram256, 'sha256', 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='],
    ] as const) {
      const [first = none, response = none] = vector.responses;
      const challenge = vector.challenges.at(-1) ?? none;
      expect(scram(hash, { first, challenge, response }, 'pencil')).to.deep.equal({ user: 'user', serverFinal: final });
    }
  });

  it('APOP is as in RFC 1939 §7', () => {
    const timestamp = apopTimestamp('+OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>');
    expect(isApopDigest('c4c9334bac560ecc979e58001b3e22fb', timestamp, 'tanstaaf')).to.equal(true);
    expect(isApopDigest('c4c9334bac560ecc979e58001b3e22fb', timestamp, 'tanstaafl')).to.equal(false);
  });

  for (const [message, digest] of [
    ['', '31d6cfe0d16ae931b73c59d7e0c089c0'],
    ['abc', 'a448017aaf21d8525fc10ae87aa6729d'],
    ['message digest', 'd9130a8164549fe818874806e1c7014b'],
    [
      '12345678901234567890123456789012345678901234567890123456789012345678901234567890',
      'e33b4ddc9c38f2199c3e7b164fcc0536',
    ],
  ] as const)
    it(`MD4 of ${JSON.stringify(message)} is as in RFC 1320`, () => {
      expect(md4(text(message)).toString('hex')).to.equal(digest);
    });

  it('NTLM of something else is none', () => {
    expect(ntlm(Buffer.alloc(100), ntlmChallenge(SERVER), 'Password')).to.equal(undefined);
    expect(ntlm(ntlmAnswer(Buffer.alloc(24), Buffer.alloc(24)), Buffer.alloc(10), 'Password')).to.equal(undefined);
  });
});

describe('digests on the server’s side', () => {
  const account = { user: 'ucanary', password: 'pcanary', token: 'tcanary' };
  const begin = (mechanism: string): SaslExchange => new SaslExchange(mechanism, account, 'ncanary', 'mail.lab.test');
  const b64 = (words: string): string => text(words).toString('base64');
  const challengeOf = (step: ReturnType<SaslExchange['start']>): string =>
    'challenge' in step ? Buffer.from(step.challenge, 'base64').toString() : `done: ${step.done}`;

  it('CRAM-MD5 goes through', () => {
    const exchange = begin('CRAM-MD5');
    const challenge = challengeOf(exchange.start(undefined));
    expect(exchange.respond(b64(`ucanary ${cramMd5(text(challenge), 'pcanary')}`))).to.deep.equal({ done: 'ok' });
  });

  for (const [mechanism, hash, length] of [
    ['SCRAM-SHA-1', 'sha1', 20],
    ['SCRAM-SHA-256', 'sha256', 32],
  ] as const)
    it(`${mechanism} goes through, with the server's proof at its end`, () => {
      const exchange = begin(mechanism);
      expect(exchange.start(undefined)).to.deep.equal({ challenge: '' });
      const challenge = challengeOf(exchange.respond(b64('n,,n=ucanary,r=mine')));
      const [, nonce = '', salt = '', count = ''] = /^r=(.*),s=(.*),i=(.*)$/.exec(challenge) ?? [];
      const hmac = (key: Buffer, data: string): Buffer => createHmac(hash, key).update(data).digest();
      const salted = pbkdf2Sync('pcanary', Buffer.from(salt, 'base64'), Number(count), length, hash);
      const key = hmac(salted, 'Client Key');
      const signed = `n=ucanary,r=mine,${challenge},c=biws,r=${nonce}`;
      const signature = hmac(createHash(hash).update(key).digest(), signed);
      const proof = Buffer.from(key.map((byte, index) => byte ^ (signature[index] ?? 0))).toString('base64');
      const last = challengeOf(exchange.respond(b64(`c=biws,r=${nonce},p=${proof}`)));
      expect(last).to.equal(`v=${hmac(hmac(salted, 'Server Key'), signed).toString('base64')}`);
      expect(exchange.respond('')).to.deep.equal({ done: 'ok' });
    });

  it('DIGEST-MD5 goes through, with the server’s proof at its end', () => {
    const exchange = begin('DIGEST-MD5');
    const challenge = challengeOf(exchange.start(undefined));
    const [, nonce = ''] = /nonce="([^"]*)"/.exec(challenge) ?? [];
    const md5 = (data: string | Buffer): Buffer => createHash('md5').update(data).digest();
    const secret = Buffer.concat([md5('ucanary:mail.lab.test:pcanary'), text(`:${nonce}:mine`)]);
    const digest = (method: string): string =>
      md5(
        `${md5(secret).toString('hex')}:${nonce}:00000001:mine:auth:${md5(`${method}:imap/mail.lab.test`).toString('hex')}`,
      ).toString('hex');
    const response = `username="ucanary",realm="mail.lab.test",nonce="${nonce}",nc=00000001,cnonce="mine",digest-uri="imap/mail.lab.test",qop=auth,response=${digest('AUTHENTICATE')}`;
    expect(challengeOf(exchange.respond(b64(response)))).to.equal(`rspauth=${digest('')}`);
    expect(exchange.respond('')).to.deep.equal({ done: 'ok' });
  });

  it('DIGEST-MD5 and SCRAM refuse what proves nothing', () => {
    const digest = begin('DIGEST-MD5');
    digest.start(undefined);
    expect(digest.respond(b64('username="ucanary",response=0'))).to.deep.equal({ done: 'no' });
    const scramming = begin('SCRAM-SHA-256');
    expect(challengeOf(scramming.start(b64('n,,n=ucanary,r=mine')))).to.match(/^r=minencanary,s=[^,]+,i=4096$/);
    expect(scramming.respond(b64('c=biws,r=minencanary,p=AAAA'))).to.deep.equal({ done: 'no' });
    expect(begin('DIGEST-MD5').start(b64('x'))).to.deep.equal({ done: 'malformed' });
  });
});
