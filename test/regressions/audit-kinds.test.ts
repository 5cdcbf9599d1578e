import { expect } from 'chai';
import type { Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { audit } from '../../src/audit/audit.js';
import checks from '../../src/checks/index.js';
import { reportExitCode } from '../../src/document/exit-code.js';
import { cipherSuite } from '../../src/tls/cipher-suites.js';
import { parseClientHello } from '../../src/tls/client-hello.js';
import { certificateFor } from '../endpoints/daemons/certificates.js';
import {
  audited,
  LONG_ENOUGH_TO_HEAR,
  PATIENCE,
  said,
  speaksSmtp,
  tls,
  upgrading,
  type Play,
} from '../support/played-server.js';
import { rawServer, scripted } from '../support/raw-server.js';
import { sideBySide } from '../support/side-by-side.js';

// More servers of the kinds that were once judged wrongly.

type Refuse = (socket: Socket) => void;

const hangsUp: Refuse = (socket) => void socket.end();
const resets: Refuse = (socket) => void socket.resetAndDestroy();
const alerts: Refuse = (socket) => void socket.end(Buffer.from([21, 3, 3, 0, 2, 2, 40]));

/** TLS, unless the hello's suites displease. */
const choosy =
  (secured: Awaited<ReturnType<typeof tls>>, displeases: (names: readonly string[]) => boolean, refuse: Refuse) =>
  (socket: Socket, play: (inside: TLSSocket) => void): void =>
    void socket.once('data', (bytes: Buffer) => {
      const hello = parseClientHello(bytes);
      if (typeof hello === 'object' && displeases(hello.cipherSuites.map((id) => cipherSuite(id).name))) refuse(socket);
      else {
        socket.pause();
        socket.unshift(bytes);
        secured(socket, play);
      }
    });

const isDhe = (name: string): boolean => name.startsWith('TLS_DHE_');
const isEcdhe = (name: string): boolean => name.startsWith('TLS_ECDHE_');
const dheFirst = (names: readonly string[]): boolean => {
  const [dhe, ecdhe] = [names.findIndex(isDhe), names.findIndex(isEcdhe)];
  return dhe !== -1 && (ecdhe === -1 || dhe < ecdhe);
};

const imaps = (inside: TLSSocket): void => {
  scripted(
    ['* OK ready\r\n'],
    { CAPABILITY: '* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nTAG OK done\r\n', LOGOUT: '* BYE\r\nTAG OK bye\r\n' },
    () => 'TAG BAD no\r\n',
  )(inside);
};

describe('a refused hello says something about that hello', () => {
  const it = sideBySide();
  const ids = ['tls-1-2-missing', 'tls-1-3-missing', 'dhe-breaks-handshake', 'port-mismatch', 'starttls-unusable'];
  for (const [title, displeases, refuse, newest] of [
    ['DHE before ECDHE, by closing', dheFirst, hangsUp, undefined],
    ['DHE before ECDHE, by a reset, TLS 1.2 only', dheFirst, resets, 'TLSv1.2'],
    ['DHE before ECDHE, with an alert', dheFirst, alerts, undefined],
    ['DHE anywhere, by closing, TLS 1.2 only', (names: readonly string[]) => names.some(isDhe), hangsUp, 'TLSv1.2'],
  ] as const) {
    for (const scheme of ['imaps', 'submission'] as const) {
      it(`${scheme}: a server that refuses ${title}, accepts TLS 1.2`, async () => {
        const secured = choosy(await tls({ ...(newest && { newest }) }), displeases, refuse);
        const session = await audited(
          scheme,
          scheme === 'imaps' ? (socket) => secured(socket, imaps) : upgrading(secured, speaksSmtp()),
          ids,
          { servername: 'mail.lab.test' },
        );
        const told = said(session);
        expect(told['tls-1-2-missing']).to.match(/^pass: /);
        expect(told['tls-1-3-missing']).to.match(newest === undefined ? /^pass: / : /^warn: /);
        expect(told['dhe-breaks-handshake']).to.match(/^fail: /);
        expect(told[scheme === 'imaps' ? 'port-mismatch' : 'starttls-unusable']).to.match(/^pass: /);
      }).timeout(20_000);
    }
  }
});

describe('suites without a certificate', () => {
  const it = sideBySide();
  const only = createSecureContext({ ciphers: 'aNULL:@SECLEVEL=0', maxVersion: 'TLSv1.2' });
  const bare = (socket: Socket): void =>
    void new TLSSocket(socket, { isServer: true, secureContext: only }).on('error', () => undefined);

  for (const [scheme, play, id] of [
    ['submission', upgrading(bare, speaksSmtp()), 'starttls-unusable'],
    ['smtp', upgrading(bare, speaksSmtp()), 'starttls-unusable'],
    ['pop3s', bare, 'port-mismatch'],
    ['submissions', bare, 'port-mismatch'],
  ] as const) {
    it(`are all that a server has (${scheme}): it has no certificate`, async () => {
      const told = said(await audited(scheme, play, [id, 'certificate-untrusted'], { servername: 'mail.lab.test' }));
      expect(told[id]).to.match(/^fail: the server has no certificate/);
      expect(told['certificate-untrusted']).to.match(/^not-applicable: /);
    }).timeout(20_000);
  }

  for (const scheme of ['imaps', 'submission'] as const) {
    it(`are what a server likes best (${scheme}): its certificate is read all the same`, async () => {
      const { certificate, ca } = await certificateFor('good');
      const secureContext = createSecureContext({
        cert: certificate.certPem,
        key: certificate.keyPem,
        ciphers: 'aNULL:ALL:@SECLEVEL=0',
        honorCipherOrder: true,
        maxVersion: 'TLSv1.2',
      });
      const secured = (socket: Socket, play: (inside: TLSSocket) => void): void => {
        const inside = new TLSSocket(socket, { isServer: true, secureContext });
        inside.on('error', () => undefined);
        inside.once('secure', () => {
          play(inside);
        });
      };
      const told = said(
        await audited(
          scheme,
          scheme === 'imaps' ? (socket) => secured(socket, imaps) : upgrading(secured, speaksSmtp()),
          ['certificate-untrusted', 'certificate-wrong-name', 'anonymous-suites-accepted', 'tls-1-2-missing'],
          { servername: 'mail.lab.test', authorities: [ca] },
        ),
      );
      expect(told['certificate-untrusted']).to.match(/^pass: /);
      expect(told['certificate-wrong-name']).to.match(/^pass: /);
      expect(told['tls-1-2-missing']).to.match(/^pass: /);
      expect(told['anonymous-suites-accepted']).to.match(/^fail: .*_anon_/);
    }).timeout(20_000);
  }
});

describe('a server that speaks unasked inside TLS', () => {
  const it = sideBySide();
  const IMAP: Readonly<Record<string, string>> = {
    CAPABILITY: '* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\nTAG OK done\r\n',
    LOGOUT: '* BYE\r\nTAG OK bye\r\n',
  };
  const POP3: Readonly<Record<string, string>> = { CAPA: '+OK\r\nSTLS\r\n.\r\n', QUIT: '+OK bye\r\n' };
  /** Answers in clear up to the upgrade command, then by `inside`. */
  const upgradingAs =
    (
      greeting: string,
      answers: Readonly<Record<string, string>>,
      command: RegExp,
      goAhead: string,
      secured: Awaited<ReturnType<typeof tls>>,
      inside: (socket: TLSSocket) => void,
    ): Play =>
    (socket) => {
      socket.write(greeting);
      const hear = (bytes: Buffer): void => {
        const [line = ''] = bytes.toString('latin1').split('\r\n');
        const [tag = '', verb = ''] = line.split(' ');
        if (command.test(line)) {
          socket.off('data', hear);
          socket.write(goAhead.replace('TAG', tag));
          secured(socket, inside);
        } else
          socket.write(
            (answers[verb] ?? answers[tag] ?? goAhead.replace(/OK.*/, 'BAD no\r\n').replace('+BAD', '-ERR')).replaceAll(
              'TAG',
              tag,
            ),
          );
      };
      socket.on('data', hear);
    };

  for (const [title, first] of [
    ['a greeting', '* OK hello again\r\n'],
    ['its capabilities', '* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n'],
    ['both', '* OK hello again\r\n* CAPABILITY IMAP4rev1\r\n'],
  ] as const) {
    it(`IMAP, ${title}: no injection`, async () => {
      const play = upgradingAs('* OK ready\r\n', IMAP, /^\S+ STARTTLS$/, 'TAG OK go\r\n', await tls(), (socket) => {
        scripted(
          [first],
          {
            CAPABILITY: '* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nTAG OK done\r\n',
            NOOP: 'TAG OK done\r\n',
            LOGOUT: '* BYE\r\nTAG OK bye\r\n',
          },
          () => 'TAG BAD no\r\n',
        )(socket);
      });
      const told = said(
        await audited('imap', play, ['injection-full-line', 'injection-partial-line', 'speaks-unasked-inside-tls'], {
          patience: LONG_ENOUGH_TO_HEAR,
        }),
      );
      expect(told['injection-full-line']).to.match(/^pass: /);
      expect(told['injection-partial-line']).to.match(/^pass: /);
      expect(told['speaks-unasked-inside-tls']).to.match(/^fail: /);
    }).timeout(30_000);
  }

  it('POP3, a greeting: no injection', async () => {
    const play = upgradingAs('+OK ready\r\n', POP3, /^STLS$/, '+OK go\r\n', await tls(), (socket) => {
      scripted(
        ['+OK hello again\r\n'],
        { CAPA: '+OK\r\nUSER\r\n.\r\n', NOOP: '+OK\r\n', QUIT: '+OK bye\r\n' },
        () => '-ERR no\r\n',
      )(socket);
      socket.on('data', (bytes: Buffer) => {
        if (bytes.toString('latin1').startsWith('QUIT')) socket.end();
      });
    });
    const told = said(
      await audited('pop3', play, ['injection-full-line', 'speaks-unasked-inside-tls'], {
        patience: LONG_ENOUGH_TO_HEAR,
      }),
    );
    expect(told['injection-full-line']).to.match(/^pass: /);
    expect(told['speaks-unasked-inside-tls']).to.match(/^fail: /);
  }).timeout(30_000);
});

describe('the login budget of an ordinary host', () => {
  const it = sideBySide();
  const pop3 = scripted(
    ['+OK ready\r\n'],
    { CAPA: '+OK\r\nSTLS\r\nUSER\r\n.\r\n', USER: '+OK\r\n', QUIT: '+OK\r\n' },
    () => '-ERR no\r\n',
  );
  const imap = scripted(
    ['* OK ready\r\n'],
    {
      CAPABILITY: '* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN\r\nTAG OK done\r\n',
      AUTHENTICATE: '+ \r\n',
      LOGOUT: '* BYE\r\nTAG OK bye\r\n',
    },
    () => 'TAG BAD no\r\n',
  );
  const submission = scripted(
    ['220 mail.example ESMTP\r\n'],
    { EHLO: '250-mail.example\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n', AUTH: '334 \r\n', QUIT: '221 bye\r\n' },
    () => '502 5.5.1 what?\r\n',
  );

  for (const [title, roles, budget, expected] of [
    ['587, 143, 110', ['submission', 'imap', 'pop3'], undefined, ['fail', 'fail', 'fail']],
    ['143, 110, and one attempt', ['imap', 'pop3'], 1, ['fail', 'inconclusive']],
    ['25, 587, 143, 110', ['smtp', 'submission', 'imap', 'pop3'], undefined, ['fail', 'fail', 'fail', 'fail']],
  ] as const) {
    it(`${title}: ${expected.join(', ')}`, async () => {
      const plays = { smtp: submission, submission, imap, pop3 };
      const servers = await Promise.all(roles.map((role) => rawServer(plays[role])));
      try {
        const { results } = await audit(
          servers.map(({ port }, index) => `${roles[index] ?? ''}://127.0.0.1:${String(port)}`),
          {
            checks: checks.filter(({ id }) => id === 'login-accepted-before-tls'),
            patience: PATIENCE,
            ehlo: 'client.example',
            ...(budget !== undefined && { loginAttempts: budget }),
          },
        );
        expect(results.map(({ status }) => status)).to.have.members([...expected]);
        for (const { status, because } of results)
          if (status === 'inconclusive') expect(because).to.match(/login limit reached/);
      } finally {
        for (const server of servers) await server[Symbol.asyncDispose]();
      }
    }).timeout(20_000);
  }
});

describe('a host of which only POP3 takes logins in clear', () => {
  it('is unsafe there, and good on 587 and 143: exit 1', async () => {
    const plays = {
      submission: scripted(
        ['220 mail.example ESMTP\r\n'],
        { EHLO: '250-mail.example\r\n250 STARTTLS\r\n', AUTH: '538 5.7.11 TLS first\r\n', QUIT: '221 bye\r\n' },
        () => '502 5.5.1 what?\r\n',
      ),
      imap: scripted(
        ['* OK ready\r\n'],
        {
          CAPABILITY: '* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\nTAG OK done\r\n',
          AUTHENTICATE: 'TAG NO [PRIVACYREQUIRED] TLS first\r\n',
          LOGIN: 'TAG NO [PRIVACYREQUIRED] TLS first\r\n',
          LOGOUT: '* BYE\r\nTAG OK bye\r\n',
        },
        () => 'TAG BAD no\r\n',
      ),
      pop3: scripted(
        ['+OK ready\r\n'],
        { CAPA: '+OK\r\nSTLS\r\nUSER\r\n.\r\n', USER: '+OK\r\n', PASS: '-ERR [AUTH] no\r\n', QUIT: '+OK\r\n' },
        () => '-ERR no\r\n',
      ),
    };
    const roles = ['submission', 'imap', 'pop3'] as const;
    const servers = await Promise.all(roles.map((role) => rawServer(plays[role])));
    try {
      const session = await audit(
        servers.map(({ port }, index) => `${roles[index] ?? ''}://127.0.0.1:${String(port)}`),
        {
          checks: checks.filter(({ id }) => id === 'login-accepted-before-tls'),
          patience: PATIENCE,
          ehlo: 'client.example',
        },
      );
      const told = Object.fromEntries(
        session.results.map((each) => [String(each.portRole), `${each.status}: ${each.because}`]),
      );
      expect(told['submission']).to.match(/^pass: /);
      expect(told['imap']).to.match(/^pass: /);
      expect(told['pop3']).to.match(/^fail: .*USER/);
      expect(session.results.find(({ status }) => status === 'fail')?.severity).to.equal('critical');
      expect(reportExitCode(session.report())).to.equal(1);
    } finally {
      for (const server of servers) await server[Symbol.asyncDispose]();
    }
  }).timeout(20_000);
});

describe('an implicit port that closes', () => {
  const it = sideBySide();
  const afterHello =
    (end: Refuse): Play =>
    (socket) =>
      void socket.once('data', () => {
        end(socket);
      });
  const later =
    (ms: number, end: Refuse): Play =>
    (socket) =>
      void setTimeout(() => {
        end(socket);
      }, ms);
  const ids = ['port-mismatch', 'tls-1-2-missing', 'tls-1-0-accepted', 'anonymous-suites-accepted'];

  for (const [title, play] of [
    ['at once', (socket: Socket) => void socket.end()],
    [
      'at once, in both directions',
      (socket: Socket) => {
        socket.destroySoon();
      },
    ],
    ['after a while, as a proxy does with nothing behind it', later(700, hangsUp)],
    ['after a while, by a reset', later(400, resets)],
  ] as const) {
    it(`${title}, whether a ClientHello was sent or not: it is said, and nothing is judged by it`, async () => {
      const told = said(await audited('imaps', play, ids, { servername: 'mail.lab.test' }));
      expect(told['port-mismatch']).to.match(
        /^inconclusive: the server accepts each connection and closes it, whether/,
      );
      for (const id of ids.slice(1)) expect(told[id]).to.match(/^not-applicable: the server accepts each connection/);
    }).timeout(20_000);
  }

  // Who answers no ClientHello has no TLS to measure; an alert is an answer.
  for (const [title, end, others] of [
    ['closes', hangsUp, /^not-applicable: no ClientHello is answered \(closed\)$/],
    ['resets', resets, /^not-applicable: no ClientHello is answered \(closed\)$/],
    ['answers with an alert', alerts, /^inconclusive: /],
  ] as const) {
    it(`after every ClientHello (it ${title}): no handshake succeeds, and nothing else passes by it`, async () => {
      const told = said(await audited('imaps', afterHello(end), ids, { servername: 'mail.lab.test' }));
      expect(told['port-mismatch']).to.match(/^fail: .*no handshake succeeds/);
      for (const id of ids.slice(1)) expect(told[id]).to.match(others);
    }).timeout(20_000);
  }
});
