import { portRoleOf } from '../../src/clients/driver.js';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect } from 'chai';
import {
  downgrade,
  hangUp,
  ignore,
  raw,
  send,
  upgrade,
  type Tamper,
  type TamperRule,
} from '../../src/endpoints/tamper.js';
import type { Command, ProtocolName, TlsMode } from '../../src/protocols/protocol.js';
import { latin1 } from '../../src/protocols/text.js';
import control from '../../src/scenarios/control.js';
import { logsInBeforeTls } from '../../src/scenarios/flaws.js';
import type { Scenario } from '../../src/scenarios/scenario.js';
import type { Habits } from '../../src/toys/habits.js';
import type { ClientHooks } from '../../src/toys/moments.js';
import { hasCommonName, hasRightChain, hasRightName, isOutOfDate } from '../../src/toys/verification.js';
import type { MailTask } from '../../src/protocols/client-task.js';
import { toyClient } from '../../src/toys/toy-client.js';
import { readings } from '../../src/verdict/evidence.js';
import { Oracle, type ToyVisit } from '../../src/proof/oracle.js';
import { it } from '../support/in-turn.js';

/** A server that behaves in one way, and what a toy says to it. */
interface Row {
  readonly what: string;
  readonly habits?: Partial<Habits>;
  readonly client?: ClientHooks;
  readonly protocol: ProtocolName;
  readonly tls?: TlsMode;
  readonly scene: Partial<Scenario>;
  /** What the careful toy says there, and the toy with the habit: a part a connection, `#` where TLS begins. */
  readonly careful: string;
  readonly then: string;
}

const commandOf = (unit: Parameters<TamperRule>[0]['unit']): Command | undefined =>
  unit?.kind === 'command' ? unit : undefined;

const unlisted: Tamper = { greeting: strip, capabilities: strip };
function strip(...[{ protocol, inside, insideOffer }, next]: Parameters<TamperRule>): ReturnType<TamperRule> {
  return inside
    ? next()
    : next((honest) =>
        protocol.rewriteOffer(honest, { upgrade: false, logins: insideOffer.logins, loginDisabled: false }),
      );
}
const answering = (reply: string): Tamper => ({
  starttls: ({ unit }) => [send(latin1(reply.replaceAll('TAG', commandOf(unit)?.tag ?? '*')))],
});
const goAheadWith = (more: string): Tamper => ({
  starttls: ({ protocol, unit }) => [
    send(Buffer.concat([protocol.answers.goAhead(commandOf(unit)), latin1(more)])),
    upgrade(),
  ],
});
/** Of the toy's first visit: a row is played twice. */
function refusingTwice(): Tamper {
  const asked = new Map<unknown, number>();
  return {
    starttls: ({ canaries, protocol, unit }, next) => {
      const times = (asked.get(canaries) ?? 0) + 1;
      asked.set(canaries, times);
      return times < 3 ? [send(protocol.answers.refuse(commandOf(unit), 'no', 'No'))] : next();
    },
  };
}
const served = { plaintext: 'served' } as const;

const MAIL = 'EHLO AUTH MAIL RCPT DATA body';

const ROWS: readonly Row[] = [
  {
    what: 'none',
    protocol: 'smtp',
    scene: {},
    careful: `EHLO STARTTLS # ${MAIL}`,
    then: `EHLO STARTTLS # ${MAIL}`,
  },
  {
    what: 'none',
    protocol: 'imap',
    scene: {},
    careful: 'CAPABILITY STARTTLS # CAPABILITY AUTHENTICATE SELECT FETCH',
    then: 'CAPABILITY STARTTLS # CAPABILITY AUTHENTICATE SELECT FETCH',
  },
  {
    what: 'none',
    protocol: 'pop3',
    scene: {},
    careful: 'CAPA STLS # CAPA AUTH STAT RETR',
    then: 'CAPA STLS # CAPA AUTH STAT RETR',
  },
  {
    what: 'none',
    protocol: 'managesieve',
    scene: {},
    careful: 'STARTTLS # AUTHENTICATE PUTSCRIPT LISTSCRIPTS',
    then: 'STARTTLS # AUTHENTICATE PUTSCRIPT LISTSCRIPTS',
  },
  {
    what: 'none',
    protocol: 'imap',
    tls: 'implicit',
    scene: {},
    careful: '# CAPABILITY AUTHENTICATE SELECT FETCH',
    then: '# CAPABILITY AUTHENTICATE SELECT FETCH',
  },
  {
    what: 'onCapabilities: logs in where TLS is not offered',
    client: { onCapabilities: (toy, careful, offer) => (offer?.upgrade === true ? careful() : toy.logIn()) },
    protocol: 'smtp',
    scene: { tamper: unlisted, ...served },
    careful: 'EHLO',
    then: 'EHLO AUTH MAIL RCPT DATA body',
  },
  {
    what: 'asks for TLS although it is not offered',
    habits: { onMissingOffer: 'upgrade-anyway' },
    protocol: 'pop3',
    scene: { tamper: unlisted },
    careful: 'CAPA',
    then: 'CAPA STLS # CAPA AUTH STAT RETR',
  },
  {
    what: 'onRefusal: logs in',
    client: { onRefusal: (toy) => toy.logIn() },
    protocol: 'managesieve',
    scene: { tamper: answering('NO\r\n'), ...served },
    careful: 'STARTTLS',
    then: 'STARTTLS AUTHENTICATE PUTSCRIPT LISTSCRIPTS',
  },
  {
    what: 'onRefusal: logs in, on a new connection where the server hangs up',
    client: { onRefusal: (toy) => toy.logIn() },
    protocol: 'smtp',
    scene: { tamper: { starttls: () => [hangUp] }, ...served },
    careful: 'EHLO STARTTLS',
    then: `EHLO STARTTLS | ${MAIL}`,
  },
  {
    what: 'onRefusal retry-with-tls',
    habits: { onRefusal: 'retry-with-tls' },
    protocol: 'pop3',
    scene: { tamper: { starttls: ({ ordinal }, next) => (ordinal === 1 ? [send(latin1('-ERR\r\n'))] : next()) } },
    careful: 'CAPA STLS',
    then: 'CAPA STLS | CAPA STLS # CAPA AUTH STAT RETR',
  },
  {
    what: 'onUpgrade: takes any reply for the go-ahead',
    client: {
      onUpgrade: async (toy) => {
        await toy.askUpgrade('any reply');
        await toy.logIn();
      },
    },
    protocol: 'imap',
    scene: { tamper: answering('* OK FINE\r\n'), ...served },
    careful: 'CAPABILITY STARTTLS',
    then: 'CAPABILITY STARTTLS AUTHENTICATE SELECT FETCH',
  },
  {
    what: 'onUpgrade: does without',
    client: { onUpgrade: (toy) => toy.goOnInClear() },
    habits: { hesitates: 10 },
    protocol: 'pop3',
    scene: { ...served },
    careful: 'CAPA STLS # CAPA AUTH STAT RETR',
    then: 'CAPA AUTH STAT RETR',
  },
  {
    what: 'onRefusal repeat',
    habits: { onRefusal: 'repeat' },
    protocol: 'pop3',
    scene: { tamper: refusingTwice() },
    careful: 'CAPA STLS',
    then: 'CAPA STLS STLS STLS # CAPA AUTH STAT RETR',
  },
  {
    what: 'reads no codes',
    habits: { readsCodes: false },
    protocol: 'smtp',
    scene: { tamper: { starttls: () => [send(latin1('554 No\r\n')), upgrade()] } },
    careful: 'EHLO STARTTLS',
    then: `EHLO STARTTLS # ${MAIL}`,
  },
  {
    what: 'reads no codes of logins',
    habits: { readsCodes: false },
    protocol: 'smtp',
    scene: { tamper: { login: ({ protocol, unit }) => [send(protocol.answers.refuse(commandOf(unit), 'no', 'No'))] } },
    careful: 'EHLO STARTTLS # EHLO AUTH',
    then: `EHLO STARTTLS # ${MAIL}`,
  },
  {
    what: 'onGoAhead: keeps what was buffered',
    client: { onGoAhead: (toy) => toy.startTls({ keeps: 'buffered' }) },
    protocol: 'pop3',
    scene: {
      tamper: {
        ...goAheadWith('+OK\r\nSASL LOGIN\r\n.\r\n'),
        capabilities: ({ inside }, next) => (inside ? [ignore] : next()),
        login: () => [hangUp],
      },
    },
    careful: 'CAPA STLS # CAPA',
    then: 'CAPA STLS # CAPA AUTH',
  },
  {
    what: 'onEarlyReply: believes a tagged one',
    client: {
      onEarlyReply: () => undefined,
      onGoAhead: (toy, careful, { early }) => (early ? toy.logIn() : careful()),
    },
    protocol: 'imap',
    scene: {
      tamper: {
        greeting: (_context, next) => next((honest) => Buffer.concat([honest, latin1('a2 OK go\r\n')])),
        starttls: () => [ignore],
      },
      ...served,
    },
    careful: 'CAPABILITY STARTTLS',
    then: 'CAPABILITY STARTTLS AUTHENTICATE SELECT FETCH',
  },
  {
    what: 'onEarlyReply: believes queued ones',
    client: { onEarlyReply: () => undefined, onRefusal: (toy) => toy.logIn() },
    protocol: 'pop3',
    scene: { tamper: { ...answering('-ERR\r\n+OK\r\n'), login: () => [ignore] }, ...served },
    careful: 'CAPA STLS',
    then: 'CAPA STLS AUTH',
  },
  {
    what: 'onHandshakeFailure: logs in',
    client: { onHandshakeFailure: (toy) => toy.logIn() },
    protocol: 'pop3',
    scene: {
      tamper: {
        starttls: ({ protocol, unit }) => [send(protocol.answers.goAhead(commandOf(unit)))],
        handshake: () => [raw(Buffer.from([21, 3, 3, 0, 2, 2, 40]))],
      },
      ...served,
    },
    careful: 'CAPA STLS',
    then: 'CAPA STLS AUTH STAT RETR',
  },
  {
    what: 'onHandshakeFailure: comes back in clear',
    client: { onHandshakeFailure: (toy) => toy.comeBack('in-clear') },
    protocol: 'smtp',
    scene: {
      tamper: {
        starttls: ({ protocol, unit }) => [send(protocol.answers.goAhead(commandOf(unit)))],
        handshake: () => [hangUp],
      },
      ...served,
    },
    careful: 'EHLO STARTTLS',
    then: `EHLO STARTTLS | ${MAIL}`,
  },
  {
    what: 'onHandshakeFailure: logs in where plaintext came',
    client: { onHandshakeFailure: (toy) => toy.logIn() },
    protocol: 'smtp',
    scene: {
      tamper: {
        starttls: ({ protocol, unit }) => [send(protocol.answers.goAhead(commandOf(unit)))],
        handshake: () => [raw(latin1('220 still here\r\n'))],
      },
      ...served,
    },
    careful: 'EHLO STARTTLS',
    then: 'EHLO STARTTLS AUTH MAIL RCPT DATA body',
  },
  ...(
    [
      ['anyone', () => true],
      ['the name only', hasRightName],
    ] as const
  ).map(([whom, acceptsPeer]): Row => ({
    what: `acceptsPeer: ${whom}`,
    client: { acceptsPeer },
    protocol: 'imap',
    scene: { certificate: 'self-signed' },
    careful: 'CAPABILITY STARTTLS #',
    then: 'CAPABILITY STARTTLS # CAPABILITY AUTHENTICATE SELECT FETCH',
  })),
  {
    what: 'acceptsPeer: the chain only',
    client: { acceptsPeer: hasRightChain },
    protocol: 'imap',
    scene: { certificate: 'self-signed' },
    careful: 'CAPABILITY STARTTLS #',
    then: 'CAPABILITY STARTTLS #',
  },
  {
    what: 'acceptsPeer: the chain only',
    client: { acceptsPeer: hasRightChain },
    protocol: 'imap',
    scene: { certificate: 'wrong-name' },
    careful: 'CAPABILITY STARTTLS #',
    then: 'CAPABILITY STARTTLS # CAPABILITY AUTHENTICATE SELECT FETCH',
  },
  {
    what: 'acceptsPeer: the name only',
    client: { acceptsPeer: hasRightName },
    protocol: 'imap',
    scene: { certificate: 'wrong-name' },
    careful: 'CAPABILITY STARTTLS #',
    then: 'CAPABILITY STARTTLS #',
  },
  {
    what: 'acceptsPeer: not the dates',
    client: {
      acceptsPeer: (peer, name) => hasRightName(peer, name) && (hasRightChain(peer) || isOutOfDate(peer)),
    },
    protocol: 'pop3',
    scene: { certificate: 'expired' },
    careful: 'CAPA STLS #',
    then: 'CAPA STLS # CAPA AUTH STAT RETR',
  },
  {
    what: 'acceptsPeer: not the dates',
    client: {
      acceptsPeer: (peer, name) => hasRightName(peer, name) && (hasRightChain(peer) || isOutOfDate(peer)),
    },
    protocol: 'pop3',
    scene: { certificate: 'wrong-name' },
    careful: 'CAPA STLS #',
    then: 'CAPA STLS #',
  },
  {
    what: 'acceptsPeer: a common name',
    client: { acceptsPeer: (peer, name) => hasRightChain(peer) && hasCommonName(peer, name) },
    protocol: 'pop3',
    scene: { certificate: 'cn-only' },
    careful: 'CAPA STLS #',
    then: 'CAPA STLS # CAPA AUTH STAT RETR',
  },
  {
    what: 'acceptsPeer: localhost for an address',
    client: { acceptsPeer: (peer) => hasRightChain(peer) && hasRightName(peer, 'localhost') },
    protocol: 'pop3',
    scene: { certificate: 'localhost-for-ip', connectBy: 'address' },
    careful: 'CAPA STLS #',
    then: 'CAPA STLS # CAPA AUTH STAT RETR',
  },
  {
    what: 'verifies after-handshake, says QUIT',
    habits: { verifies: 'after-handshake', farewell: 'quit' },
    protocol: 'pop3',
    scene: { certificate: 'expired' },
    careful: 'CAPA STLS #',
    then: 'CAPA STLS # QUIT',
  },
  {
    what: 'onCloseNotify: logs in',
    client: { onCloseNotify: (toy) => toy.logIn() },
    protocol: 'pop3',
    scene: { tamper: { insideTls: () => [downgrade] }, ...served },
    careful: 'CAPA STLS # CAPA /',
    then: 'CAPA STLS # CAPA / AUTH STAT RETR',
  },
  {
    what: 'onPreauth: goes on',
    client: { onPreauth: (toy) => toy.goOnInClear() },
    protocol: 'imap',
    scene: {
      tamper: {
        greeting: () => [send(latin1('* PREAUTH hello\r\n'))],
        mailbox: ({ unit }) => [send(latin1(`${commandOf(unit)?.tag ?? ''} OK\r\n`))],
      },
    },
    careful: '',
    then: 'SELECT FETCH',
  },
  {
    what: 'onInside: goes by the list from before',
    client: { onInside: (toy, _careful, before) => toy.goBy(before) },
    protocol: 'imap',
    scene: { ...served },
    careful: 'CAPABILITY STARTTLS # CAPABILITY AUTHENTICATE SELECT FETCH',
    then: 'CAPABILITY STARTTLS # AUTHENTICATE SELECT FETCH',
  },
  {
    what: 'logs in before TLS',
    client: logsInBeforeTls.client,
    protocol: 'smtp',
    scene: {},
    careful: `EHLO STARTTLS # ${MAIL}`,
    then: `EHLO AUTH STARTTLS # ${MAIL}`,
  },
  {
    what: 'logs in before TLS',
    client: logsInBeforeTls.client,
    protocol: 'smtp',
    tls: 'implicit',
    scene: {},
    careful: `# ${MAIL}`,
    then: `AUTH # ${MAIL}`,
  },
  {
    what: 'onCapabilities: says ID',
    client: {
      onCapabilities: async (toy, careful) => {
        await toy.sayWhoItIs();
        await careful();
      },
    },
    protocol: 'imap',
    scene: {},
    careful: 'CAPABILITY STARTTLS # CAPABILITY AUTHENTICATE SELECT FETCH',
    then: 'CAPABILITY ID STARTTLS # CAPABILITY AUTHENTICATE SELECT FETCH',
  },
  {
    what: 'connections: 2',
    habits: { connections: 2 },
    protocol: 'pop3',
    scene: {},
    careful: 'CAPA STLS # CAPA AUTH STAT RETR',
    then: 'CAPA STLS # CAPA AUTH STAT RETR | CAPA STLS # CAPA AUTH STAT RETR',
  },
  {
    what: 'onConnected: later connections in clear',
    habits: { connections: 2 },
    client: { onConnected: (toy) => (toy.ordinal > 1 ? toy.goOnInClear() : undefined) },
    protocol: 'pop3',
    scene: { ...served },
    careful: 'CAPA STLS # CAPA AUTH STAT RETR',
    then: 'CAPA STLS # CAPA AUTH STAT RETR | CAPA AUTH STAT RETR',
  },
  {
    what: 'asksCapabilities no',
    habits: { asksCapabilities: false },
    protocol: 'imap',
    scene: { tamper: unlisted },
    careful: 'CAPABILITY',
    then: 'STARTTLS # CAPABILITY AUTHENTICATE SELECT FETCH',
  },
  {
    what: 'farewell quit',
    habits: { farewell: 'quit' },
    protocol: 'smtp',
    scene: {},
    careful: `EHLO STARTTLS # ${MAIL}`,
    then: `EHLO STARTTLS # ${MAIL} QUIT`,
  },
  {
    what: 'farewell quit, when it gives up',
    habits: { farewell: 'quit' },
    protocol: 'smtp',
    scene: { tamper: unlisted },
    careful: 'EHLO',
    then: 'EHLO QUIT',
  },
  {
    what: 'readsGreeting no',
    habits: { readsGreeting: false },
    protocol: 'smtp',
    scene: { tamper: { greeting: () => [send(latin1('554 Go away\r\n'))] } },
    careful: '',
    then: `EHLO STARTTLS # ${MAIL}`,
  },
  {
    what: 'farewellOnTimeout',
    habits: { farewellOnTimeout: true },
    protocol: 'imap',
    scene: { tamper: { capabilities: () => [ignore] } },
    careful: 'CAPABILITY',
    then: 'CAPABILITY LOGOUT',
  },
];

describe('the toy client', () => {
  const oracle = new Oracle([]);

  const visited = (
    { protocol, tls = 'starttls', scene }: Pick<Row, 'protocol' | 'tls' | 'scene'>,
    { habits = {}, client = {} }: Pick<Row, 'habits' | 'client'>,
  ): Promise<ToyVisit> =>
    // Where it is called the control, no other control is made for it.
    oracle.judge(
      {
        scenario: { ...control, ...scene, id: 'control' },
        protocol,
        tls,
        seat: 'server',
        portRole: portRoleOf(protocol, tls),
      },
      { habits: { patience: 1000, ...habits }, client },
    );

  const mechanisms = async (scene: Partial<Scenario>, toy: Pick<Row, 'habits' | 'client'>): Promise<unknown> =>
    readings((await visited({ protocol: 'smtp', scene }, toy)).visit).flatMap((read) =>
      read.said.flatMap(({ unit }) => (unit.kind === 'command' && unit.moment === 'login' ? [unit.mechanism] : [])),
    );

  for (const row of ROWS) {
    it(`${row.protocol}${row.tls === 'implicit' ? ' inside TLS' : ''}: ${row.what}: says “${row.then}”, the careful one “${row.careful}”`, async () => {
      const [careful, toy] = [await visited(row, {}), await visited(row, row)];
      expect(said(careful), careful.story).to.equal(row.careful);
      expect(said(toy), toy.story).to.equal(row.then);
      expect(toy.visit.drained).to.equal(true);
    });
  }

  it('lingers before the ClientHello where told, until something comes', async () => {
    const late: Tamper = {
      starttls: ({ protocol, unit }) => [
        send(protocol.answers.goAhead(commandOf(unit))),
        send(latin1('+OK late\r\n')),
        upgrade(),
      ],
    };
    const { visit } = await visited(
      { ...PLAIN, scene: { tamper: late } },
      {
        client: {
          onGoAhead: async (toy, careful) => {
            await toy.linger(5000);
            await careful();
          },
        },
      },
    );
    expect(
      visit.connections.flatMap(({ entries }) => entries).some((entry) => entry.kind === 'boundary' && entry.completed),
    ).to.equal(true);
  });

  it('reads lists as its hook has it', async () => {
    const readsOffer: ClientHooks['readsOffer'] = (offer) => offer && { ...offer, logins: ['LOGIN'] };
    expect(await mechanisms({}, {})).to.deep.equal(['PLAIN']);
    expect(await mechanisms({}, { client: { readsOffer } })).to.deep.equal(['LOGIN']);
  });

  for (const prefers of ['PLAIN', 'LOGIN', 'CRAM-MD5'] as const) {
    it(`prefers ${prefers} where told`, async () => {
      expect(await mechanisms({}, { habits: { prefers } })).to.deep.equal([prefers]);
    });
  }

  it('reads what it kept only when further bytes arrive, where it reads lazily', async () => {
    // What is said inside is another list; who reads at once needs no further bytes to believe the first one.
    const tamper: Tamper = {
      ...goAheadWith('250-here\r\n250 AUTH LOGIN\r\n'),
      capabilities: ({ inside }, next) => (inside ? [ignore] : next()),
    };
    const client: ClientHooks = { onGoAhead: (toy) => toy.startTls({ keeps: 'buffered' }) };
    expect(await mechanisms({ tamper }, { client })).to.deep.equal(['LOGIN']);
    expect(await mechanisms({ tamper }, { client, habits: { reads: 'lazily' } })).to.deep.equal([]);
    const answered: Tamper = { ...tamper, capabilities: (_context, next) => next() };
    expect(await mechanisms({ tamper: answered }, { client, habits: { reads: 'lazily' } })).to.deep.equal(['LOGIN']);
  });

  it('sends a message of its own where told', async () => {
    const { visit } = await visited({ protocol: 'smtp', scene: {} }, { habits: { message: 'own' } });
    expect(visit.hits.map(({ canary }) => canary))
      .to.include('password')
      .and.not.include('message');
  });

  it('sends in segments of one byte where told', async () => {
    const { visit } = await visited(PLAIN, { habits: { segments: 'tiny' } });
    const lengths = visit.connections.flatMap(({ entries }) =>
      entries.flatMap((entry) =>
        entry.kind === 'bytes' && entry.from === 'client' && entry.inside ? [entry.data.length] : [],
      ),
    );
    expect(new Set(lengths)).to.deep.equal(new Set([1]));
  });

  it('pipelines where told', async () => {
    const { visit } = await visited({ ...PLAIN, protocol: 'smtp' }, { habits: { pipelines: true } });
    const entries = visit.connections.flatMap((connection) => connection.entries);
    expect(
      entries.some((entry) => entry.kind === 'bytes' && /^MAIL .*\r\nRCPT .*\r\nDATA\r\n$/.test(entry.data)),
    ).to.equal(true);
  });

  for (const [title, flood] of Object.entries({
    'a line without an end': Buffer.alloc(4 * 1024 * 1024, 'a'),
    'binary garbage': Buffer.alloc(4 * 1024 * 1024, '\xff\x00\x0b', 'latin1'),
  })) {
    it(`gives up on ${title}`, async () => {
      const { visit } = await visited(
        { ...PLAIN, scene: { tamper: { greeting: () => [send(flood)] } } },
        { habits: { patience: 5000 } },
      );
      expect(visit.client.how).to.equal('rested');
      expect(visit.client.error).to.match(/^a reply without an end|the server does not want to talk/);
    });
  }

  it('ends when it is told to', async () => {
    const giveUp = new AbortController();
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      giveUp.abort();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const task: MailTask = {
      protocol: 'imap',
      tls: 'starttls',
      portRole: 'imap',
      host: '127.0.0.1',
      port,
      ip: '127.0.0.1',
      servername: '127.0.0.1',
      user: '',
      password: '',
      token: '',
      from: '',
      to: '',
      message: '',
      ca: '',
      signal: giveUp.signal,
    };
    const { how } = await toyClient({ patience: 60_000 }).run(task);
    expect(how).to.equal('stopped');
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  it('says so when nobody listens', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const { signal } = new AbortController();
    const task: MailTask = {
      protocol: 'imap',
      tls: 'starttls',
      portRole: 'imap',
      host: '127.0.0.1',
      port,
      ip: '127.0.0.1',
      servername: '127.0.0.1',
      user: '',
      password: '',
      token: '',
      from: '',
      to: '',
      message: '',
      ca: '',
      signal,
    };
    expect(await toyClient().run(task)).to.include({ how: 'rested', error: 'no connection' });
  });
});

/** What the toy said: words of its commands, `#` where it came inside TLS, `/` where it was outside again, `|` between connections. */
const said = ({ visit }: ToyVisit): string =>
  readings(visit)
    .map((read) => {
      const words = read.said.map(({ unit, entry }) => ({
        entry,
        word: unit.kind === 'command' ? unit.verb : unit.kind,
      }));
      const turns = read.connection.entries.flatMap((each, entry) => {
        if (each.kind === 'boundary' && each.completed) return [{ entry, word: '#' }];
        return each.kind === 'outside' && each.from === 'server' ? [{ entry, word: '/' }] : [];
      });
      return [...words, ...turns]
        .toSorted((a, b) => a.entry - b.entry)
        .map(({ word }) => word)
        .join(' ');
    })
    .join(' | ');

const PLAIN = { protocol: 'pop3', scene: {} } as const;
