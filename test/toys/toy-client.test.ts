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
import type { Scenario } from '../../src/scenarios/scenario.js';
import type { Habits } from '../../src/toys/habits.js';
import { toyClient, type ToyTask } from '../../src/toys/toy-client.js';
import { readings } from '../../src/verdict/evidence.js';
import { Oracle, type Outcome } from '../support/oracle.js';

/** A server that behaves in one way, and what a toy says to it. */
interface Row {
  readonly habit: string;
  readonly habits: Partial<Habits>;
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
const served = { plaintext: 'served' } as const;

const MAIL = 'EHLO AUTH MAIL RCPT DATA body';

const ROWS: readonly Row[] = [
  {
    habit: 'none',
    habits: {},
    protocol: 'smtp',
    scene: {},
    careful: `EHLO STARTTLS # ${MAIL}`,
    then: `EHLO STARTTLS # ${MAIL}`,
  },
  {
    habit: 'none',
    habits: {},
    protocol: 'imap',
    scene: {},
    careful: 'CAPABILITY STARTTLS # CAPABILITY AUTHENTICATE SELECT FETCH',
    then: 'CAPABILITY STARTTLS # CAPABILITY AUTHENTICATE SELECT FETCH',
  },
  {
    habit: 'none',
    habits: {},
    protocol: 'pop3',
    scene: {},
    careful: 'CAPA STLS # CAPA AUTH STAT RETR',
    then: 'CAPA STLS # CAPA AUTH STAT RETR',
  },
  {
    habit: 'none',
    habits: {},
    protocol: 'managesieve',
    scene: {},
    careful: 'STARTTLS # AUTHENTICATE PUTSCRIPT LISTSCRIPTS',
    then: 'STARTTLS # AUTHENTICATE PUTSCRIPT LISTSCRIPTS',
  },
  {
    habit: 'none',
    habits: {},
    protocol: 'imap',
    tls: 'implicit',
    scene: {},
    careful: '# CAPABILITY AUTHENTICATE SELECT FETCH',
    then: '# CAPABILITY AUTHENTICATE SELECT FETCH',
  },
  {
    habit: 'onMissingOffer log-in',
    habits: { onMissingOffer: 'log-in' },
    protocol: 'smtp',
    scene: { tamper: unlisted, ...served },
    careful: 'EHLO',
    then: 'EHLO AUTH MAIL RCPT DATA body',
  },
  {
    habit: 'onMissingOffer upgrade-anyway',
    habits: { onMissingOffer: 'upgrade-anyway' },
    protocol: 'pop3',
    scene: { tamper: unlisted },
    careful: 'CAPA',
    then: 'CAPA STLS # CAPA AUTH STAT RETR',
  },
  {
    habit: 'onRefusal log-in',
    habits: { onRefusal: 'log-in' },
    protocol: 'managesieve',
    scene: { tamper: answering('NO\r\n'), ...served },
    careful: 'STARTTLS',
    then: 'STARTTLS AUTHENTICATE PUTSCRIPT LISTSCRIPTS',
  },
  {
    habit: 'onRefusal log-in, where the server hangs up',
    habits: { onRefusal: 'log-in' },
    protocol: 'smtp',
    scene: { tamper: { starttls: () => [hangUp] }, ...served },
    careful: 'EHLO STARTTLS',
    then: `EHLO STARTTLS | ${MAIL}`,
  },
  {
    habit: 'onRefusal retry-with-tls',
    habits: { onRefusal: 'retry-with-tls' },
    protocol: 'pop3',
    scene: { tamper: { starttls: ({ ordinal }, next) => (ordinal === 1 ? [send(latin1('-ERR\r\n'))] : next()) } },
    careful: 'CAPA STLS',
    then: 'CAPA STLS | CAPA STLS # CAPA AUTH STAT RETR',
  },
  {
    habit: 'goAhead positive',
    habits: { goAhead: 'positive', afterFalseGoAhead: 'log-in' },
    protocol: 'smtp',
    scene: { tamper: answering('250 Ok\r\n'), ...served },
    careful: 'EHLO STARTTLS',
    then: 'EHLO STARTTLS AUTH MAIL RCPT DATA body',
  },
  {
    habit: 'goAhead positive',
    habits: { goAhead: 'positive', afterFalseGoAhead: 'log-in' },
    protocol: 'smtp',
    scene: { tamper: answering('554 No\r\n'), ...served },
    careful: 'EHLO STARTTLS',
    then: 'EHLO STARTTLS',
  },
  {
    habit: 'goAhead anything',
    habits: { goAhead: 'anything', afterFalseGoAhead: 'log-in' },
    protocol: 'imap',
    scene: { tamper: answering('TAG FINE\r\n'), ...served },
    careful: 'CAPABILITY STARTTLS',
    then: 'CAPABILITY STARTTLS AUTHENTICATE SELECT FETCH',
  },
  {
    habit: 'afterFalseGoAhead handshake',
    habits: { goAhead: 'positive', afterFalseGoAhead: 'handshake' },
    protocol: 'smtp',
    scene: { tamper: { starttls: () => [send(latin1('250 Ok\r\n')), upgrade()] } },
    careful: 'EHLO STARTTLS',
    then: `EHLO STARTTLS # ${MAIL}`,
  },
  {
    habit: 'leftover keep',
    habits: { leftover: 'keep' },
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
    habit: 'leftover abort',
    habits: { leftover: 'abort' },
    protocol: 'pop3',
    scene: { tamper: goAheadWith('+OK\r\n.\r\n') },
    careful: 'CAPA STLS # CAPA AUTH STAT RETR',
    then: 'CAPA STLS',
  },
  {
    habit: 'earlyTaggedOk believe',
    habits: { earlyTaggedOk: 'believe' },
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
    habit: 'queuedReplies believe',
    habits: { queuedReplies: 'believe' },
    protocol: 'pop3',
    scene: { tamper: { ...answering('-ERR\r\n+OK\r\n'), login: () => [ignore] }, ...served },
    careful: 'CAPA STLS',
    then: 'CAPA STLS AUTH',
  },
  {
    habit: 'onHandshakeFailure log-in',
    habits: { onHandshakeFailure: 'log-in' },
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
    habit: 'onHandshakeFailure reconnect-in-clear',
    habits: { onHandshakeFailure: 'reconnect-in-clear' },
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
    habit: 'onPlaintextHandshake log-in',
    habits: { onPlaintextHandshake: 'log-in' },
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
  ...(['never', 'name-only'] as const).map((verifies): Row => ({
    habit: `verifies ${verifies}`,
    habits: { verifies },
    protocol: 'imap',
    scene: { certificate: 'self-signed' },
    careful: 'CAPABILITY STARTTLS #',
    then: 'CAPABILITY STARTTLS # CAPABILITY AUTHENTICATE SELECT FETCH',
  })),
  {
    habit: 'verifies chain-only',
    habits: { verifies: 'chain-only' },
    protocol: 'imap',
    scene: { certificate: 'self-signed' },
    careful: 'CAPABILITY STARTTLS #',
    then: 'CAPABILITY STARTTLS #',
  },
  {
    habit: 'verifies chain-only',
    habits: { verifies: 'chain-only' },
    protocol: 'imap',
    scene: { certificate: 'wrong-name' },
    careful: 'CAPABILITY STARTTLS #',
    then: 'CAPABILITY STARTTLS # CAPABILITY AUTHENTICATE SELECT FETCH',
  },
  {
    habit: 'verifies name-only',
    habits: { verifies: 'name-only' },
    protocol: 'imap',
    scene: { certificate: 'wrong-name' },
    careful: 'CAPABILITY STARTTLS #',
    then: 'CAPABILITY STARTTLS #',
  },
  {
    habit: 'verifies not-the-dates',
    habits: { verifies: 'not-the-dates' },
    protocol: 'pop3',
    scene: { certificate: 'expired' },
    careful: 'CAPA STLS #',
    then: 'CAPA STLS # CAPA AUTH STAT RETR',
  },
  {
    habit: 'verifies not-the-dates',
    habits: { verifies: 'not-the-dates' },
    protocol: 'pop3',
    scene: { certificate: 'wrong-name' },
    careful: 'CAPA STLS #',
    then: 'CAPA STLS #',
  },
  {
    habit: 'acceptsCommonName',
    habits: { acceptsCommonName: true },
    protocol: 'pop3',
    scene: { certificate: 'cn-only' },
    careful: 'CAPA STLS #',
    then: 'CAPA STLS # CAPA AUTH STAT RETR',
  },
  {
    habit: 'acceptsLocalhostForIp',
    habits: { acceptsLocalhostForIp: true },
    protocol: 'pop3',
    scene: { certificate: 'localhost-for-ip', connectBy: 'address' },
    careful: 'CAPA STLS #',
    then: 'CAPA STLS # CAPA AUTH STAT RETR',
  },
  {
    habit: 'verifies after-handshake, says QUIT',
    habits: { verifies: 'after-handshake', farewell: 'quit' },
    protocol: 'pop3',
    scene: { certificate: 'expired' },
    careful: 'CAPA STLS #',
    then: 'CAPA STLS # QUIT',
  },
  {
    habit: 'afterCloseNotify log-in',
    habits: { afterCloseNotify: 'log-in' },
    protocol: 'pop3',
    scene: { tamper: { insideTls: () => [downgrade] }, ...served },
    careful: 'CAPA STLS # CAPA /',
    then: 'CAPA STLS # CAPA / AUTH STAT RETR',
  },
  {
    habit: 'onPreauth proceed',
    habits: { onPreauth: 'proceed' },
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
    habit: 'capabilitiesInside keep-old',
    habits: { capabilitiesInside: 'keep-old' },
    protocol: 'imap',
    scene: { ...served },
    careful: 'CAPABILITY STARTTLS # CAPABILITY AUTHENTICATE SELECT FETCH',
    then: 'CAPABILITY STARTTLS # AUTHENTICATE SELECT FETCH',
  },
  {
    habit: 'order log-in-first',
    habits: { order: 'log-in-first' },
    protocol: 'smtp',
    scene: {},
    careful: `EHLO STARTTLS # ${MAIL}`,
    then: `EHLO AUTH STARTTLS # ${MAIL}`,
  },
  {
    habit: 'order log-in-first',
    habits: { order: 'log-in-first' },
    protocol: 'smtp',
    tls: 'implicit',
    scene: {},
    careful: `# ${MAIL}`,
    then: `AUTH # ${MAIL}`,
  },
  {
    habit: 'sendsId outside',
    habits: { sendsId: 'outside' },
    protocol: 'imap',
    scene: {},
    careful: 'CAPABILITY STARTTLS # CAPABILITY AUTHENTICATE SELECT FETCH',
    then: 'CAPABILITY ID STARTTLS # CAPABILITY AUTHENTICATE SELECT FETCH',
  },
  {
    habit: 'sendsId inside',
    habits: { sendsId: 'inside' },
    protocol: 'imap',
    scene: {},
    careful: 'CAPABILITY STARTTLS # CAPABILITY AUTHENTICATE SELECT FETCH',
    then: 'CAPABILITY STARTTLS # CAPABILITY ID AUTHENTICATE SELECT FETCH',
  },
  {
    habit: 'connections',
    habits: { connections: 2 },
    protocol: 'pop3',
    scene: {},
    careful: 'CAPA STLS # CAPA AUTH STAT RETR',
    then: 'CAPA STLS # CAPA AUTH STAT RETR | CAPA STLS # CAPA AUTH STAT RETR',
  },
  {
    habit: 'laterConnections in-clear',
    habits: { connections: 2, laterConnections: 'in-clear' },
    protocol: 'pop3',
    scene: { ...served },
    careful: 'CAPA STLS # CAPA AUTH STAT RETR',
    then: 'CAPA STLS # CAPA AUTH STAT RETR | CAPA AUTH STAT RETR',
  },
  {
    habit: 'asksCapabilities no',
    habits: { asksCapabilities: false },
    protocol: 'imap',
    scene: { tamper: unlisted },
    careful: 'CAPABILITY',
    then: 'STARTTLS # CAPABILITY AUTHENTICATE SELECT FETCH',
  },
  {
    habit: 'farewell quit',
    habits: { farewell: 'quit' },
    protocol: 'smtp',
    scene: {},
    careful: `EHLO STARTTLS # ${MAIL}`,
    then: `EHLO STARTTLS # ${MAIL} QUIT`,
  },
  {
    habit: 'farewell quit, when it gives up',
    habits: { farewell: 'quit' },
    protocol: 'smtp',
    scene: { tamper: unlisted },
    careful: 'EHLO',
    then: 'EHLO QUIT',
  },
  {
    habit: 'readsGreeting no',
    habits: { readsGreeting: false },
    protocol: 'smtp',
    scene: { tamper: { greeting: () => [send(latin1('554 Go away\r\n'))] } },
    careful: '',
    then: `EHLO STARTTLS # ${MAIL}`,
  },
  {
    habit: 'farewellOnTimeout',
    habits: { farewellOnTimeout: true },
    protocol: 'imap',
    scene: { tamper: { capabilities: () => [ignore] } },
    careful: 'CAPABILITY',
    then: 'CAPABILITY LOGOUT',
  },
];

describe('the toy client', () => {
  const oracle = new Oracle([]);

  const visited = ({ protocol, tls = 'starttls', scene }: Row, habits: Partial<Habits>): Promise<Outcome> =>
    // Where it is called the control, no other control is made for it.
    oracle.judge(
      {
        scenario: { ...control, ...scene, id: 'control' },
        protocol,
        tls,
        seat: 'server',
        portRole: roleOf(protocol, tls),
      },
      { patience: 1000, ...habits },
    );

  for (const row of ROWS) {
    it(`${row.protocol}${row.tls === 'implicit' ? ' inside TLS' : ''}: ${row.habit}: says “${row.then}”, the careful one “${row.careful}”`, async () => {
      const [careful, toy] = [await visited(row, {}), await visited(row, row.habits)];
      expect(said(careful), careful.story).to.equal(row.careful);
      expect(said(toy), toy.story).to.equal(row.then);
      expect(toy.visit.drained).to.equal(true);
    });
  }

  it('dawdles before the ClientHello where told, until something comes', async () => {
    const late: Tamper = {
      starttls: ({ protocol, unit }) => [
        send(protocol.answers.goAhead(commandOf(unit))),
        send(latin1('+OK late\r\n')),
        upgrade(),
      ],
    };
    const { visit } = await visited({ ...PLAIN, scene: { tamper: late } }, { dawdles: 5000 });
    expect(
      visit.connections.flatMap(({ entries }) => entries).some((entry) => entry.kind === 'boundary' && entry.completed),
    ).to.equal(true);
  });

  it('reads lists by search where told', async () => {
    const inText: Tamper = {
      capabilities: ({ inside }, next) =>
        inside ? [send(latin1('250-hello, we have 250-AUTH PLAIN\r\n250 AUTH LOGIN\r\n'))] : next(),
    };
    const mechanism = async (habits: Partial<Habits>): Promise<unknown> => {
      const { visit } = await visited({ ...PLAIN, protocol: 'smtp', scene: { tamper: inText } }, habits);
      return readings(visit).flatMap((read) =>
        read.said.flatMap(({ unit }) => (unit.kind === 'command' && unit.moment === 'login' ? [unit.mechanism] : [])),
      );
    };
    expect(await mechanism({})).to.deep.equal(['LOGIN']);
    expect(await mechanism({ readsLists: 'by-search' })).to.deep.equal(['PLAIN']);
  });

  it('sends in segments of one byte where told', async () => {
    const { visit } = await visited(PLAIN, { segments: 'tiny' });
    const lengths = visit.connections.flatMap(({ entries }) =>
      entries.flatMap((entry) =>
        entry.kind === 'bytes' && entry.from === 'client' && entry.inside ? [entry.data.length] : [],
      ),
    );
    expect(new Set(lengths)).to.deep.equal(new Set([1]));
  });

  it('pipelines where told', async () => {
    const { visit } = await visited({ ...PLAIN, protocol: 'smtp' }, { pipelines: true });
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
        { patience: 5000 },
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
    const task: ToyTask = {
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
    const task: ToyTask = {
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
const said = ({ visit }: Outcome): string =>
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

const PLAIN: Row = { habit: '', habits: {}, protocol: 'pop3', scene: {}, careful: '', then: '' };

const roleOf = (
  protocol: ProtocolName,
  tls: TlsMode,
): 'submission' | 'submissions' | 'imap' | 'imaps' | 'pop3' | 'pop3s' | 'sieve' => {
  if (protocol === 'managesieve') return 'sieve';
  const role = protocol === 'smtp' ? 'submission' : protocol;
  return tls === 'implicit' ? `${role}s` : role;
};
