import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { duplexPair } from 'node:stream';
import { mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { buildClientHello } from '../../src/tls/build-hello.js';
import type { HandshakeScript } from '../../src/tls/handshake-script.js';
import { parseClientHello, type ClientHelloFacts } from '../../src/tls/client-hello.js';
import { message, records } from '../../src/tls/server-messages.js';
import { Conduit } from '../../src/wire/conduit.js';
import { ScriptedHandshake, type Scripted } from '../../src/wire/scripted-handshake.js';
import type { Handshake } from '../../src/wire/upgrade.js';

const key = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
const HELLO = buildClientHello({ versions: ['TLSv1.2'] });
const FLIGHT = Buffer.from('a flight');
const { versions, alpn, cipherSuites, groups } = parseClientHello(HELLO) as ClientHelloFacts;
const OFFERS = { versions, alpn, cipherSuites, groups };

const handshake = (...messages: Buffer[]): Buffer => records(22, 0x0303, Buffer.concat(messages));
const exchange = message(16, randomBytes(66));
const change = records(20, 0x0303, Buffer.from([1]));
const sealed = records(22, 0x0303, Buffer.concat([Buffer.from([0xa5]), randomBytes(39)]));
const alert = (description: number): Buffer => records(21, 0x0303, Buffer.from([2, description]));

interface Row {
  readonly title: string;
  /** What comes from the client, in segments; undefined is its end. */
  readonly says: readonly (Buffer | undefined)[];
  readonly answers: readonly string[];
  readonly alert?: string;
  readonly unfit?: true;
  readonly flights?: number;
  readonly failure?: string;
  /** It is told as an end in the middle of the handshake. */
  readonly breaksOff?: true;
}

const ROWS: readonly Row[] = [
  { title: 'an alert', says: [HELLO, alert(47)], answers: [], alert: 'illegal_parameter' },
  { title: 'an end without a word', says: [HELLO, undefined], answers: [], breaksOff: true },
  {
    title: 'an end before the ClientHello',
    says: [HELLO.subarray(0, 20), undefined],
    answers: [],
    flights: 0,
    breaksOff: true,
  },
  {
    title: 'everything that follows a flight, in one segment',
    says: [HELLO, Buffer.concat([handshake(exchange), change, sealed])],
    answers: ['client_key_exchange', 'change_cipher_spec', 'finished'],
  },
  {
    title: 'the same octet by octet',
    says: [HELLO, ...[...Buffer.concat([handshake(exchange), change, sealed])].map((octet) => Buffer.from([octet]))],
    answers: ['client_key_exchange', 'change_cipher_spec', 'finished'],
  },
  {
    title: 'a message over two records',
    says: [HELLO, handshake(exchange.subarray(0, 9)), handshake(exchange.subarray(9)), alert(0)],
    answers: ['client_key_exchange'],
    alert: 'close_notify',
  },
  {
    title: 'a key and then an alert: it has looked after all',
    says: [HELLO, handshake(exchange), alert(40)],
    answers: ['client_key_exchange'],
    alert: 'handshake_failure',
  },
  {
    title: 'a certificate, and none',
    says: [HELLO, handshake(message(11, Buffer.from([0, 0, 4, 0, 0, 1, 7])), message(11, Buffer.alloc(3))), undefined],
    answers: ['certificate', 'empty certificate'],
  },
  {
    title: 'a certificate that the client proves to be its own',
    says: [
      HELLO,
      handshake(message(11, Buffer.from([0, 0, 4, 0, 0, 1, 7])), exchange, message(15, Buffer.alloc(8))),
    ].concat(change, sealed),
    answers: ['certificate', 'client_key_exchange', 'certificate_verify', 'change_cipher_spec', 'finished'],
  },
  {
    title: 'another ClientHello, behind the dummy of TLS 1.3',
    says: [HELLO, Buffer.concat([change, HELLO]), undefined],
    answers: ['change_cipher_spec', 'client_hello'],
    flights: 2,
  },
  {
    title: 'a Finished in clear',
    says: [HELLO, handshake(exchange, message(20, Buffer.alloc(12))), undefined],
    answers: ['client_key_exchange', 'finished'],
  },
  { title: 'data', says: [HELLO, records(23, 0x0303, randomBytes(9))], answers: ['application_data'] },
  {
    title: 'an alert that cannot be read',
    says: [HELLO, change, records(21, 0x0303, randomBytes(26))],
    answers: ['change_cipher_spec', 'encrypted alert'],
  },
  {
    title: 'SSL 2.0',
    says: [HELLO, Buffer.from([0x80, 4, 2, 1, 2, 3])],
    answers: ['client_master_key'],
    failure: 'the handshake ends here',
  },
  {
    title: 'another message of SSL 2.0, octet by octet',
    says: [HELLO, ...[0x80, 4, 1, 1, 2, 3].map((octet) => Buffer.from([octet]))],
    answers: ['SSL 2.0 message'],
    failure: 'the handshake ends here',
  },
  {
    title: 'no TLS at all',
    says: [Buffer.from('EHLO me\r\n'), undefined],
    answers: [],
    flights: 0,
    failure: 'the client sent no ClientHello',
  },
  {
    title: 'a ClientHello that is too long',
    says: [handshake(Buffer.from([1, 255, 255, 255]), Buffer.alloc(16_000))],
    answers: [],
    flights: 0,
    failure: 'the client sent no ClientHello',
  },
  {
    title: 'a message that nobody knows, and one that no record holds whole',
    says: [
      HELLO,
      handshake(message(99, Buffer.alloc(1))),
      handshake(HELLO.subarray(5, 20)),
      handshake(HELLO.subarray(20)),
      undefined,
    ],
    answers: ['message 99', 'client_hello'],
    breaksOff: true,
  },
  {
    title: 'more messages than are kept',
    says: [HELLO, handshake(...Array.from({ length: 20 }, () => message(16, Buffer.alloc(1)))), undefined],
    answers: Array.from({ length: 16 }, () => 'client_key_exchange'),
    breaksOff: true,
  },
  {
    title: 'a message that is too long',
    says: [HELLO, handshake(Buffer.from([16, 1, 255, 253])), alert(47)],
    answers: [],
    failure: 'the handshake ends here',
  },
  {
    title: 'the longest message, which does not come',
    says: [HELLO, handshake(Buffer.from([16, 1, 255, 252])), alert(47)],
    answers: [],
    alert: 'illegal_parameter',
  },
  {
    title: 'nothing that comes behind an alert',
    says: [
      HELLO,
      Buffer.concat([alert(47), handshake(exchange), records(23, 0x0303, randomBytes(9))]),
      handshake(exchange),
    ],
    answers: [],
    alert: 'illegal_parameter',
  },
];

/** Plays what the client says, and tells what was made of it. */
const played = async (
  row: Row,
  script: HandshakeScript = () => FLIGHT,
): Promise<{ outcome: Handshake; sent: Buffer }> => {
  const [raw, peer] = duplexPair();
  const sent: Buffer[] = [];
  peer.on('data', (bytes: Buffer) => sent.push(bytes));
  const conduit = new Conduit(raw);
  let socket: ScriptedHandshake | undefined;
  try {
    const outcome = await new Promise<Handshake>((resolve) => {
      socket = new ScriptedHandshake(conduit, { script, certificates: [], key }, resolve);
      for (const bytes of row.says)
        if (bytes === undefined) conduit.feedEnd();
        else conduit.feed(bytes);
    });
    await new Promise((resolve) => setImmediate(resolve));
    return { outcome, sent: Buffer.concat(sent) };
  } finally {
    socket?.destroy();
    conduit.destroy();
    raw.destroy();
    peer.destroy();
  }
};

describe('a handshake that is made by hand', () => {
  for (const row of ROWS) {
    it(`records by name: ${row.title}`, async () => {
      const { outcome, sent } = await played(row);
      expect(outcome.answers).to.deep.equal(row.answers);
      expect(outcome.alert?.name).to.equal(row.alert);
      expect(outcome.completed).to.equal(false);
      if (row.failure !== undefined) expect(outcome.failure).to.equal(row.failure);
      if (row.breaksOff !== undefined || row.failure !== undefined) expect(outcome.brokenOff).to.equal(row.breaksOff);
      const isHeard = (row.flights ?? 1) > 0;
      expect(outcome.hello).to.deep.equal(isHeard ? OFFERS : undefined);
      expect(sent.length).to.equal((row.flights ?? 1) * FLIGHT.length);
    });
  }

  it('shows its script the ClientHello without the heads of its records, and which of several it is', async () => {
    const seen: { helloMessage: string; round: number; suites: number }[] = [];
    const script: HandshakeScript = ({ helloMessage, round, hello }) => {
      seen.push({ helloMessage: helloMessage.toString('hex'), round, suites: hello.cipherSuites.length });
      return FLIGHT;
    };
    const whole = HELLO.subarray(5);
    const inPieces = Buffer.concat([handshake(whole.subarray(0, 30)), handshake(whole.subarray(30))]);
    await played({ title: '', says: [inPieces, handshake(whole), alert(47)], answers: [] }, script);
    const helloMessage = whole.toString('hex');
    expect(seen).to.deep.equal([1, 2].map((round) => ({ helloMessage, round, suites: cipherSuites.length })));
  });

  it('tells of the first ClientHello, where the client sends another', async () => {
    const other = buildClientHello({ versions: ['TLSv1.2'], servername: 'another.test', alpn: ['imap'] });
    const { outcome } = await played({ title: '', says: [HELLO, other, alert(47)], answers: [] });
    expect(outcome.answers).to.deep.equal(['client_hello']);
    expect(outcome.hello).to.deep.equal(OFFERS);
  });

  it('waits five seconds for each of the client’s flights, and no longer', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const [raw] = duplexPair();
    const conduit = new Conduit(raw);
    const outcomes: (string | undefined)[] = [];
    const scripted: Scripted = { script: () => FLIGHT, certificates: [], key };
    const socket = new ScriptedHandshake(conduit, scripted, ({ failure }) => outcomes.push(failure));
    try {
      mock.timers.tick(4_999);
      conduit.emit('data', HELLO);
      mock.timers.tick(4_999);
      expect(outcomes).to.deep.equal([]);
      mock.timers.tick(1);
      await turn();
      expect(outcomes).to.deep.equal(['the client neither went on nor refused']);
      mock.timers.tick(5_000);
      await turn();
      expect(outcomes).to.have.length(1);
    } finally {
      mock.timers.reset();
      socket.destroy();
      conduit.destroy();
      raw.destroy();
    }
  });

  for (const [when, says] of [
    ['before the ClientHello', []],
    ['between two flights', [HELLO]],
  ] as const)
    it(`tells that it is over, once, where waxseal drops the connection ${when}`, () => {
      const [raw] = duplexPair();
      const conduit = new Conduit(raw);
      const outcomes: Handshake[] = [];
      const scripted: Scripted = { script: () => FLIGHT, certificates: [], key };
      const socket = new ScriptedHandshake(conduit, scripted, (outcome) => outcomes.push(outcome));
      for (const bytes of says) conduit.emit('data', bytes);
      socket.destroy();
      conduit.destroy();
      raw.destroy();
      expect(outcomes).to.have.length(1);
      expect(outcomes[0]).to.include({ completed: false, brokenOff: true });
    });

  it('tells the name that the client asks for', async () => {
    const named = buildClientHello({ versions: ['TLSv1.2'], servername: 'mail.example' });
    const { outcome } = await played({ title: '', says: [named, alert(47)], answers: [] });
    expect(outcome.hello?.servername).to.equal('mail.example');
  });

  it('says why a ClientHello leaves no room for the script, and sends nothing', async () => {
    const unfit: HandshakeScript = () => ({ unfit: 'it offers nothing' });
    const { outcome, sent } = await played({ title: '', says: [HELLO], answers: [] }, unfit);
    expect(outcome).to.include({ unfit: true, failure: 'it offers nothing' });
    expect(sent).to.have.length(0);
  });
});
