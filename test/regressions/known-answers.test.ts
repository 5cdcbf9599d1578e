import { expect } from 'chai';
import type { Driver } from '../../src/clients/driver.js';
import type { ProtocolName } from '../../src/protocols/protocol.js';
import type { ClientStatus, Leak, TlsPolicy } from '../../src/verdict/visit.js';
import { imapflow, nodemailer } from '../support/libraries.js';
import { Subject } from '../support/subject.js';
import { sideBySide } from '../support/side-by-side.js';

interface Row {
  readonly client: string;
  readonly protocol: ProtocolName;
  readonly driver: Driver;
  readonly policy?: TlsPolicy;
  readonly answers: readonly (readonly [id: string, status: ClientStatus, ...leaked: Leak[]])[];
}

/** What comes in the same read as the go-ahead is taken over by imapflow up to 1.3.5. */
const BELIEVED: ReadonlySet<string> = new Set(
  ['full-line', 'partial-line', 'sasl-list'].map((name) => `starttls-response-injection/${name}`),
);

const injections = ['full-line', 'partial-line', 'sasl-list'].map((name) => `starttls-response-injection/${name}`);

const smtp: readonly Row[] = ['nodemailer-9.0.2', 'nodemailer-9.0.3', 'nodemailer'].flatMap((version): Row[] => [
  {
    client: `${version}, default options`,
    protocol: 'smtp',
    driver: nodemailer(version),
    answers: [
      ['control', 'safe'],
      ['starttls-not-offered', 'unsafe', 'credentials', 'mail'],
      ['starttls-refused/454', 'safe'],
      ['starttls-response-injection/full-line', 'safe'],
      [
        'starttls-response-injection/partial-line',
        ...(version === 'nodemailer-9.0.2' ? (['unsafe', 'trust'] as const) : (['safe'] as const)),
      ],
    ],
  },
  {
    client: `${version} with requireTLS`,
    protocol: 'smtp',
    driver: nodemailer(version, { requireTLS: true }),
    answers: [
      ['starttls-not-offered', 'safe'],
      ['starttls-refused/454', 'safe'],
      ['starttls-refused/554', 'safe'],
    ],
  },
  {
    client: `${version} with opportunisticTLS`,
    protocol: 'smtp',
    driver: nodemailer(version, { opportunisticTLS: true }),
    policy: 'opportunistic',
    answers: [
      // It does not ask for capabilities again, knows of no login, and goes on without one.
      ['starttls-refused/454', 'downgradable', 'mail'],
      ['starttls-not-offered', 'downgradable', 'credentials', 'mail'],
    ],
  },
]);

const imap: readonly Row[] = ['imapflow-1.3.5', 'imapflow-1.3.6', 'imapflow'].flatMap((version): Row[] => [
  {
    client: `${version}, default options`,
    protocol: 'imap',
    driver: imapflow(version),
    answers: [
      ['control', 'safe'],
      ['starttls-not-offered', 'unsafe', 'credentials', 'mail'],
      ['starttls-refused/bad', 'unsafe', 'credentials', 'mail'],
      ['login-disabled-without-starttls', 'safe'],
      ['preauth/without-starttls', 'unsafe', 'mail', 'trust'],
      ['imap-id-before-tls', 'unsafe', 'metadata'],
      ...injections.map((id) =>
        version === 'imapflow-1.3.5' && BELIEVED.has(id) ? ([id, 'unsafe', 'trust'] as const) : ([id, 'safe'] as const),
      ),
    ],
  },
  {
    client: `${version} with doSTARTTLS`,
    protocol: 'imap',
    driver: imapflow(version, { doSTARTTLS: true }),
    answers: [
      ['starttls-not-offered', 'safe'],
      ['starttls-refused/bad', 'safe'],
      ['preauth/without-starttls', 'safe'],
    ],
  },
]);

describe('known answers', function () {
  this.timeout(60_000);

  for (const { client, protocol, driver, policy, answers } of [...smtp, ...imap]) {
    describe(client, () => {
      const it = sideBySide();
      const subject = new Subject({ protocol, tls: 'starttls', driver, ...(policy && { policy }) });

      for (const [id, status, ...leaked] of answers) {
        it(`${id}: ${[status, ...leaked].join(' ')}`, async () => {
          const judgement = await subject.judge(id);
          expect(judgement.status, judgement.because).to.equal(status);
          expect(judgement.leaked).to.have.members(leaked);
        });
      }
    });
  }
});
