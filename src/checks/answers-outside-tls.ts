import { send, upgrade, upgradeOrStay, type Tamper } from '../endpoints/tamper.js';
import { afterCloseNotify, afterFailedHandshake, insteadOfHello } from '../probes/after-tls.js';
import { defineCheck, fail, info, pass, type Check, type ServerFlaw } from './check.js';

/** A moment at which only TLS may follow, or the end of the connection. */
const defineMoment = (
  frame: Pick<Check, 'id' | 'title' | 'why' | 'covers' | 'modes' | 'severity' | 'remedy' | 'relay'> & {
    readonly flaw: ServerFlaw;
    readonly when: string;
  },
  needed: typeof insteadOfHello,
): Check => {
  const { when, ...rest } = frame;
  return defineCheck({
    ...rest,
    references: ['RFC 3207 §4.1', 'RFC 9051 §6.2.1', 'RFC 8446 §6'],
    cwe: ['CWE-319', 'CWE-636'],
    intrusiveness: 'standard',
    depth: 'full',
    needs: { words: needed },
    judge: ({ words: { how, line } }) => {
      switch (how) {
        case 'answered':
          return (rest.severity === 'info' ? info : fail)(
            `${when} a command in clear is answered as usual: ${line?.text ?? ''}`,
            { proof: line },
          );
        case 'refused':
          return pass(`${when} a command in clear is refused: ${line?.text ?? ''}`, { proof: line });
        case 'ended':
          return pass(`${when} the server closes the connection`);
        case 'silent':
          return pass(`${when} a command in clear is not answered`);
      }
    },
    byHand: 'not with common tools',
    examples: [
      {
        given: { words: { how: 'answered', line: { text: '250 2.0.0 Ok' } } },
        then: rest.severity === 'info' ? 'info' : 'fail',
      },
      { given: { words: { how: 'refused', line: { text: '554 Security failure' } } }, then: 'pass' },
      { given: { words: { how: 'ended' } }, then: 'pass' },
      { given: { words: { how: 'silent' } }, then: 'pass' },
    ],
  });
};

/** TLS starts when it comes; until then commands are answered. */
const waitsWithoutInsisting: Tamper = {
  starttls: ({ protocol, unit, inside }, next) =>
    inside ? next() : [send(protocol.answers.goAhead(unit?.kind === 'command' ? unit : undefined))],
  handshake: () => [upgrade()],
};

/** The connection goes on in clear where the handshake fails. */
const staysAfterFailure: Tamper = {
  starttls: ({ protocol, unit, inside }, next) =>
    inside ? next() : [send(protocol.answers.goAhead(unit?.kind === 'command' ? unit : undefined)), upgradeOrStay],
};

const RELAY = { status: 'info', because: 'relays may go on without TLS anyway' } as const;
const FAILED = { 'any server': 'update it: where TLS has failed, the connection must end too' };

export default [
  defineMoment(
    {
      id: 'answers-without-handshake',
      title: 'After the go-ahead nothing but TLS is accepted',
      why: 'A client or a proxy on the way that skips the handshake goes on in clear, and both sides believe that there is TLS.',
      severity: 'high',
      // A relay that is refused TLS may connect again without it, and say the same in clear.
      relay: RELAY,
      remedy: FAILED,
      when: 'after the go-ahead, without a handshake,',
      modes: ['starttls'],
      flaw: { name: 'answers commands in clear after the go-ahead', server: { tamper: waitsWithoutInsisting } },
      covers: ['srv-abort-handshake'],
    },
    insteadOfHello,
  ),
  defineMoment(
    {
      id: 'answers-after-failed-handshake',
      title: 'After a handshake that failed the connection does not go on in clear',
      why: 'An attacker who breaks the handshake then has the rest of the conversation in clear: a client that overlooks the failure gives its password away.',
      severity: 'high',
      relay: RELAY,
      remedy: FAILED,
      when: 'after a handshake that failed',
      modes: ['starttls'],
      flaw: { name: 'goes on in clear after a failed handshake', server: { tamper: staysAfterFailure } },
      covers: ['srv-hs-fail-then-plain'],
    },
    afterFailedHandshake,
  ),
  defineMoment(
    {
      id: 'answers-after-close-notify',
      title: 'After the end of TLS the connection does not go on in clear',
      why: 'A client that ends TLS by mistake, and goes on, says the rest in clear. Only the client can end its TLS, so an attacker cannot bring this about alone.',
      // Nobody but the client can end its TLS: harm comes only where it does so itself, and goes on. Exim works like this.
      severity: 'info',
      remedy: { 'any server': 'end the connection where the client ends TLS' },
      when: 'after close_notify',
      modes: ['starttls', 'implicit'],
      flaw: { name: 'goes on in clear after close_notify', server: { staysAfterTls: true }, then: 'info' },
      covers: ['srv-close-notify'],
    },
    afterCloseNotify,
  ),
];
