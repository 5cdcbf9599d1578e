import type { Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { audit } from '../../src/audit/audit.js';
import type { Call } from '../../src/probes/call.js';
import { defineProbe } from '../../src/probes/probe.js';
import { toyAuthority, toyServer } from '../../src/proof/toy-server.js';
import { portOf } from '../../src/protocols/port-roles.js';
import { Concurrency } from '../support/counting-relay.js';
import { loneObserver } from '../support/lone-observer.js';
import { rawServer, scripted } from '../support/raw-server.js';
import { sideBySide } from '../support/side-by-side.js';

const ROLES = ['smtp', 'submission', 'submissions', 'imap', 'imaps', 'pop3', 'pop3s'] as const;
type Role = (typeof ROLES)[number];

const context = toyAuthority()
  .then((authority) => authority.issue('good', { dns: ['localhost'], ip: ['127.0.0.1'] }))
  .then(({ certPem, keyPem }) => createSecureContext({ cert: certPem, key: keyPem }));

/** What is said in clear up to the go-ahead. */
const CLEAR = {
  smtp: scripted(
    ['220 mail.example ESMTP\r\n'],
    { EHLO: '250-mail.example\r\n250 STARTTLS\r\n', STARTTLS: '220 go\r\n', QUIT: '221 bye\r\n' },
    () => '500 what?\r\n',
  ),
  imap: scripted(
    ['* OK ready\r\n'],
    {
      CAPABILITY: '* CAPABILITY IMAP4rev1 STARTTLS\r\nTAG OK done\r\n',
      STARTTLS: 'TAG OK go\r\n',
      LOGOUT: '* BYE\r\nTAG OK bye\r\n',
    },
    () => 'TAG BAD no\r\n',
  ),
  pop3: scripted(
    ['+OK ready\r\n'],
    { CAPA: '+OK\r\nSTLS\r\nUSER\r\n.\r\n', STLS: '+OK go\r\n', QUIT: '+OK bye\r\n' },
    () => '-ERR no\r\n',
  ),
} as const;

const spoken = (role: Role): keyof typeof CLEAR => {
  const { protocol } = portOf(role);
  if (protocol === 'smtp' || protocol === 'imap' || protocol === 'pop3') return protocol;
  throw new Error(protocol);
};

/** Goes along up to the go-ahead, and hands the connection over where a ClientHello is due. */
const upToTls =
  (role: Role, then: (socket: Socket) => void) =>
  (socket: Socket): void => {
    if (portOf(role).tls === 'implicit') {
      then(socket);
      return;
    }
    CLEAR[spoken(role)](socket);
    socket.on('data', (bytes: Buffer) => {
      if (!/STARTTLS|STLS/.test(bytes.toString('latin1'))) return;
      socket.removeAllListeners('data');
      then(socket);
    });
  };

const BUSY = {
  smtp: '421 4.7.0 too many connections\r\n',
  imap: '* BYE [UNAVAILABLE] busy\r\n',
  pop3: '-ERR [IN-USE] busy\r\n',
};

/** What servers do, and what is then said of TLS there. */
const SERVERS: readonly {
  readonly kind: string;
  readonly open: (role: Role) => Promise<AsyncDisposable & { readonly port: number }>;
  readonly opening: (role: Role) => string;
}[] = [
  {
    kind: 'mute',
    open: () => rawServer((socket) => void socket.resume()),
    opening: (role) => (portOf(role).tls === 'implicit' ? 'tls-failed' : 'silent'),
  },
  {
    kind: 'silent where its ServerHello is due',
    open: (role) => rawServer(upToTls(role, (socket) => void socket.resume())),
    opening: (role) => (portOf(role).tls === 'implicit' ? 'tls-failed' : 'greeted'),
  },
  {
    kind: 'silent inside TLS',
    open: async (role) => {
      const secureContext = await context;
      return rawServer(
        upToTls(role, (socket) => {
          new TLSSocket(socket, { isServer: true, secureContext }).on('error', () => undefined).resume();
        }),
      );
    },
    opening: (role) => (portOf(role).tls === 'implicit' ? 'silent' : 'greeted'),
  },
  {
    kind: 'hanging up on every hello',
    open: (role) => rawServer(upToTls(role, (socket) => socket.on('data', () => socket.destroy()))),
    opening: (role) => (portOf(role).tls === 'implicit' ? 'tls-failed' : 'greeted'),
  },
  {
    kind: 'refusing every other connection',
    open: async (role) => {
      const busy = BUSY[spoken(role)];
      let count = 0;
      const server = await rawServer((socket) => {
        count += 1;
        if (count % 2 === 0 || portOf(role).tls === 'implicit') upToTls(role, (each) => each.resume())(socket);
        else socket.end(busy);
      });
      return server;
    },
    opening: (role) => (portOf(role).tls === 'implicit' ? 'tls-failed' : 'greeted'),
  },
  {
    kind: 'refusing all',
    open: (role) => rawServer((socket) => socket.end(BUSY[spoken(role)])),
    opening: () => 'refused',
  },
  { kind: 'healthy', open: (role) => toyServer(role), opening: () => 'greeted' },
];

/** One at a time, these audits end too: no probe waits for a place that it holds itself. */
const ALSO_ONE_BY_ONE: ReadonlySet<string> = new Set(['healthy', 'mute', 'silent where its ServerHello is due']);

describe('a server is asked to bear no more connections at once than --parallel says', () => {
  const it = sideBySide();
  for (const { kind, open, opening } of SERVERS)
    for (const parallel of ALSO_ONE_BY_ONE.has(kind) ? [3, 1] : [3])
      it(`${String(parallel)}, by seven ports that are ${kind}`, async () => {
        const servers: AsyncDisposable[] = [];
        await using _ = {
          [Symbol.asyncDispose]: async () => {
            for (const server of servers) await server[Symbol.asyncDispose]();
          },
        };
        using concurrency = new Concurrency();
        const targets: string[] = [];
        for (const role of parallel === 1 ? (['smtp', 'imap', 'pop3s'] as const) : ROLES) {
          const server = await open(role);
          servers.push(server);
          const { port } = server;
          concurrency.add(port);
          targets.push(`${role}://127.0.0.1:${String(port)}`);
        }
        const { pem } = await toyAuthority();
        const session = await audit(targets, {
          depth: 'full',
          parallel,
          maxTime: 100_000,
          authorities: [pem],
          patience: { hint: 100, greeting: 500, reply: 500, handshake: 500, quiet: 20, backOff: 20 },
        });
        expect(concurrency.most).to.equal(parallel);
        expect(session.faults.map(({ fault }) => fault.message)).to.deep.equal([]);
        expect(session.results.filter(({ because }) => because.includes('--max-time'))).to.deep.equal([]);
        for (const { listener, opening: met } of session.listeners)
          expect(met?.kind, listener.role).to.equal(opening(listener.role as Role));
      }).timeout(120_000);
});

describe('a probe that leaves connections behind', () => {
  for (const [title, leave] of [
    ['after an answer', (call: Call) => call.greeting()],
    ['unasked', () => Promise.resolve()],
  ] as const)
    it(`waits for no place of its own: ${title}`, async () => {
      await using server = await rawServer((socket) => socket.write('* OK ready\r\n'));
      const observer = loneObserver({ port: server.port, role: 'imap', protocol: 'imap', tls: 'starttls' });
      const probe = defineProbe<string>({
        id: 'careless',
        scope: 'listener',
        cost: 2,
        phase: 'look',
        intrusiveness: 'passive',
        run: async (context) => {
          await leave(await context.dial());
          const { how } = await (await context.dial()).greeting();
          return how;
        },
      });
      expect(await observer.observe(probe)).to.deep.equal({ kind: 'facts', facts: 'answered' });
    });
});
