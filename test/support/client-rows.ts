import { expect } from 'chai';
import picomatch from 'picomatch';
import { testClient, type ClientResult, type TestedClient } from '../../src/testing/test-client.js';
import type { ProtocolName, TlsMode } from '../../src/protocols/protocol.js';
import type { TlsPolicy } from '../../src/verdict/visit.js';

/** What is true of a client in some cases: a glob over `scenario` or `scenario/variant`, statuses joined by `|`, and why. */
export type Truth = readonly [cases: string, statuses: string, because: string];

/** A client in one configuration, and what is known of it from its source and from other servers than waxseal's. */
export interface ClientRow {
  readonly client: string;
  readonly protocol: ProtocolName;
  readonly tls: TlsMode;
  readonly policy?: TlsPolicy;
  readonly run: TestedClient;
  readonly files?: Readonly<Record<string, string>>;
  /** Globs; a few variants of each family unless told. */
  readonly scenario?: readonly string[];
  /** The last one that matches a case counts. */
  readonly truths: readonly Truth[];
  /** What is said of cases, `STATUS: REASON`. */
  readonly says?: readonly (readonly [cases: string, words: RegExp])[];
  /** Milliseconds; 20 s unless told. */
  readonly maxTime?: number;
}

/** Runs a client and says which verdicts differ from what is true. */
export const expectTruths = async (row: ClientRow): Promise<ClientResult[]> => {
  const { protocol, tls, policy, run, files, maxTime, truths, says = [], scenario = familiesOf(protocol, tls) } = row;
  const play = (cases: readonly string[]): Promise<ClientResult[]> =>
    testClient(run, {
      protocol,
      tls,
      scenario: cases,
      jobs: 4,
      ...(policy && { policy }),
      ...(files && { files }),
      ...(maxTime !== undefined && { maxTime }),
    });
  let results = await play(scenario);
  // A machine that was held up shows nothing of the client.
  for (let left = 2; left > 0 && results.some(isHeldUp); left -= 1) {
    const again = await play(results.filter(isHeldUp).map(nameOf));
    results = results.map((result) => again.find((other) => nameOf(other) === nameOf(result)) ?? result);
  }
  const wrong = results.flatMap((result) => {
    const [, statuses, because] = truths.findLast(([glob]) => matches(glob, result)) ?? CAREFUL;
    return statuses.split('|').includes(result.status)
      ? []
      : [`${nameOf(result)} is ${result.status} (${result.because}), expected ${statuses}: ${because}`];
  });
  expect(wrong, wrong.join('\n')).to.deep.equal([]);
  for (const [glob, words] of says) {
    const said = results.filter((result) => matches(glob, result));
    expect(said, `cases ${glob}`).to.not.be.empty;
    for (const result of said) expect(`${result.status}: ${result.because}`, nameOf(result)).to.match(words);
  }
  const unused = truths.filter(([glob]) => !results.some((result) => matches(glob, result)));
  expect(unused, 'truths about no case').to.deep.equal([]);
  return results;
};

const isHeldUp = ({ because }: ClientResult): boolean => because.startsWith('machine too slow');

const matches = (glob: string, result: ClientResult): boolean => picomatch.isMatch(nameOf(result), [glob, `${glob}/*`]);

const nameOf = ({ id, variant }: ClientResult): string => (variant === undefined ? id : `${id}/${variant}`);

const CAREFUL: Truth = ['*', 'safe|not-applicable', 'it keeps its secrets inside trusted TLS'];

const UPGRADE = [
  'login-before-starttls',
  'starttls-not-offered',
  'starttls-hidden',
  'starttls-accepted-without-tls/stays-plain',
  'plaintext-after-failed-handshake/alert',
  'connection-kept-after-failed-handshake',
  'capability-list-empty',
  'capability-carry-over/list',
  'starttls-response-injection/{full-line,partial-line,partial-last-line,sasl-list}',
  'certificate-fault/{self-signed,wrong-name}',
];
const IMPLICIT = [
  'implicit-port-speaks-plaintext',
  'plaintext-after-failed-handshake/{alert,garbage,fin,reset}',
  'certificate-fault',
];

const familiesOf = (protocol: ProtocolName, tls: TlsMode): readonly string[] =>
  tls === 'implicit' ? IMPLICIT : [...UPGRADE, ...(MORE[protocol] ?? ['starttls-refused'])];

const MORE: Partial<Readonly<Record<ProtocolName, readonly string[]>>> = {
  smtp: ['starttls-refused/454', 'starttls-answered-wrongly/334', 'capability-list-refused/500'],
  imap: [
    'starttls-refused/no',
    'starttls-answered-wrongly/untagged-ok',
    'capability-list-refused/bad',
    'preauth/without-starttls',
    'early-tagged-ok',
    'imap-id-before-tls',
  ],
  pop3: ['starttls-refused/err', 'starttls-answered-wrongly/continuation', 'capability-list-refused/err'],
};
