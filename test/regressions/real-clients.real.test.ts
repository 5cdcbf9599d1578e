import { expect } from 'chai';
import presets from '../../src/clients/presets/index.js';
import type { PresetSetUp } from '../../src/clients/presets/preset.js';
import { testClient, type ClientResult } from '../../src/testing/test-client.js';
import { ended, isInstalled } from '../support/installed.js';
import { skipUnlessRequired } from '../support/real.js';
import { thinned } from '../support/representative.js';
import { systemTool } from '../../src/place/executable.js';

/** What is expected of a client besides `safe`; cases that are named nowhere must be safe or not applicable. */
interface Row extends PresetSetUp {
  readonly client: string;
  /** Scenario or `scenario/variant`, and the status that it has, with the client's behaviour that explains it. */
  readonly except?: Readonly<Record<string, readonly [ClientResult['status'], string]>>;
  /** A scenario that the client passes on some runs only, by a race of its own; nothing is expected of it here. */
  readonly races?: readonly string[];
}

const COMMON_NAME = [
  'downgradable',
  'the common name is read where the certificate lists no names; RFC 7817 permits it',
] as const;
const NAME_IN_CN = { 'certificate-name-in-cn': COMMON_NAME };

/** It takes the greeting inside TLS for the answer to its first command there, and goes on a reply behind. */
const GREETED_TWICE = {
  'greeting-inside-starttls/login-accepted': ['unsafe', 'the greeting is taken for an answer'],
  'greeting-inside-starttls/login-refused': ['unsafe', 'the greeting is taken for an answer'],
} as const;

const STRIPPED: Readonly<Record<string, string>> = {
  smtp: 'starttls-refused/454',
  imap: 'starttls-refused/no',
  pop3: 'starttls-refused/err',
};
const REFUSALS = ['starttls-not-offered', 'starttls-hidden', 'starttls-refused-once'];

const CAREFUL: readonly Row[] = [
  ...(['smtp', 'imap', 'pop3'] as const).flatMap((protocol) =>
    (['starttls', 'implicit'] as const).map((tls): Row => ({
      client: 'curl',
      protocol,
      tls,
      policy: 'required',
      except: { ...NAME_IN_CN, ...(protocol === 'smtp' && tls === 'starttls' && GREETED_TWICE) },
    })),
  ),
  { client: 'msmtp', protocol: 'smtp', tls: 'starttls', policy: 'required', except: NAME_IN_CN },
  { client: 'msmtp', protocol: 'smtp', tls: 'implicit', policy: 'required', except: NAME_IN_CN },
  // mbsync 1.4.4 reads on while it starts TLS: what was injected is believed, or breaks the handshake, as it falls.
  {
    client: 'mbsync',
    protocol: 'imap',
    tls: 'starttls',
    policy: 'required',
    except: NAME_IN_CN,
    races: ['starttls-response-injection', 'list-hidden-by-injection'],
  },
  { client: 'mbsync', protocol: 'imap', tls: 'implicit', policy: 'required', except: NAME_IN_CN },
  { client: 'fetchmail', protocol: 'imap', tls: 'starttls', policy: 'required', except: NAME_IN_CN },
  { client: 'fetchmail', protocol: 'pop3', tls: 'implicit', policy: 'required', except: NAME_IN_CN },
  { client: 'python', protocol: 'smtp', tls: 'starttls', policy: 'required', except: NAME_IN_CN },
  { client: 'python', protocol: 'imap', tls: 'starttls', policy: 'required', except: NAME_IN_CN },
  {
    client: 'python',
    protocol: 'pop3',
    tls: 'starttls',
    policy: 'required',
    except: { ...NAME_IN_CN, ...GREETED_TWICE },
  },
  { client: 's-nail', protocol: 'smtp', tls: 'implicit', policy: 'required', except: NAME_IN_CN },
  {
    client: 'mutt',
    protocol: 'smtp',
    tls: 'starttls',
    policy: 'required',
    except: { ...NAME_IN_CN, ...GREETED_TWICE },
  },
  {
    client: 'mpop',
    protocol: 'pop3',
    tls: 'starttls',
    policy: 'required',
    except: {
      ...NAME_IN_CN,
      'capability-carry-over/list': [
        'unsafe',
        'mpop adds what it hears inside TLS to what it heard before, and logs in with PLAIN, which only the list in clear offered',
      ],
      'capability-carry-over/no-login-inside': ['unsafe', 'the same: the list from before TLS is all it goes by'],
    },
  },
];

describe('real clients that insist on TLS', function () {
  this.timeout(60_000);

  for (const { client, except = {}, races, ...setUp } of thinned(CAREFUL, () => true)) {
    it(`${client}, ${setUp.protocol} with ${setUp.tls}: every case is as known`, async function () {
      const results = await run(this, client, setUp);
      const actual = results
        .filter(
          (result) =>
            races?.includes(result.id) !== true && result.status !== 'safe' && result.status !== 'not-applicable',
        )
        .map((result) => `${nameOf(result)}: ${result.status} (${result.because})`);
      const expected = Object.entries(except).map(([name, [status]]) => `${name}: ${status}`);
      expect(actual.map((each) => each.replace(/ \(.*/s, '')).toSorted(), actual.join('\n')).to.deep.equal(
        expected.toSorted(),
      );
      expect(results.filter((result) => result.status === 'safe').length).to.be.greaterThan(7);
    });
  }
});

describe('real clients that take TLS where they get it', function () {
  this.timeout(60_000);

  for (const protocol of ['smtp', 'imap', 'pop3'] as const) {
    const scenario = [...REFUSALS, STRIPPED[protocol] ?? ''];
    it(`curl --ssl in ${protocol} is unsafe when stripped or refused, and downgradable for those who wanted no more`, async function () {
      const wished = await run(this, 'curl', { protocol, tls: 'starttls', policy: 'opportunistic' }, { scenario });
      expect(statuses(wished)).to.deep.equal({
        control: 'safe',
        ...Object.fromEntries(scenario.map((name) => [name, 'downgradable'])),
      });
      const required = await run(
        this,
        'curl',
        { protocol, tls: 'starttls', policy: 'opportunistic' },
        { scenario, policy: 'required' },
      );
      expect(statuses(required)).to.deep.equal({
        control: 'safe',
        ...Object.fromEntries(scenario.map((name) => [name, 'unsafe'])),
      });
      for (const result of required.slice(1)) expect(result.leaked, result.case).to.include('credentials');
    });
  }
});

describe('a certificate that is wrong', function () {
  this.timeout(60_000);

  for (const [client, protocol] of [
    ['msmtp', 'smtp'],
    ['mbsync', 'imap'],
  ] as const) {
    for (const tls of ['starttls', 'implicit'] as const) {
      it(`is not said to be accepted by ${client}, which completes the handshake and verifies after it, ${tls}`, async function () {
        const results = await run(
          this,
          client,
          { protocol, tls, policy: 'required' },
          { scenario: 'certificate-fault' },
        );
        expect(new Set(results.map((result) => result.status))).to.deep.equal(new Set(['safe']));
        const completed = results
          .flatMap((result) => result.observed?.connections ?? [])
          .flatMap(({ entries }) => entries)
          .filter((entry) => entry.kind === 'boundary' && entry.completed && !entry.trusted);
        expect(completed, 'handshakes that were completed all the same').not.to.deep.equal([]);
      });
    }
  }

  for (const tls of ['starttls', 'implicit'] as const) {
    // This version checks the chain only.
    it(`for another name is accepted by Swaks 20201014, ${tls}`, async function () {
      const results = await run(
        this,
        'swaks',
        { protocol: 'smtp', tls, policy: 'required' },
        { scenario: 'certificate-fault' },
      );
      expect(statuses(results)).to.include({
        'certificate-fault/wrong-name': 'unsafe',
        'certificate-fault/self-signed': 'safe',
        'certificate-fault/expired': 'safe',
      });
    });
  }
});

describe('real clients that believe what was slipped in', function () {
  this.timeout(60_000);

  for (const protocol of ['smtp', 'lmtp'] as const)
    it(`Swaks keeps what came behind the go-ahead, whole lines and parts of one, ${protocol}`, async function () {
      const results = await run(
        this,
        'swaks',
        { protocol, tls: 'starttls', policy: 'required' },
        { scenario: ['starttls-response-injection', 'starttls-not-offered'] },
      );
      expect(statuses(results)).to.include({
        control: 'safe',
        'starttls-not-offered': 'safe',
        'starttls-response-injection/full-line': 'unsafe',
        'starttls-response-injection/partial-line': 'unsafe',
      });
    });
});

describe('libraries of other languages', function () {
  this.timeout(60_000);

  it('Ruby’s net-imap 0.2 takes an early OK for the start of TLS, and logs in in clear (CVE-2026-42246)', async function () {
    if (!isInstalled('ruby')) skipUnlessRequired(this, 'ruby missing: apt-get install ruby');
    if (!(await ended('ruby', ['-e', 'require "net/imap"; print Net::IMAP::VERSION'])).output.startsWith('0.2.'))
      skipUnlessRequired(this, 'another net-imap is installed');
    const script = `require 'net/imap'
imap = Net::IMAP.new('{host}', port: {port}, open_timeout: 5)
imap.capability
sleep 0.2 # As a client that has something else to do; without, the two threads of the library race.
imap.starttls({ca_file: '{ca}', verify_mode: OpenSSL::SSL::VERIFY_PEER})
imap.login('{user}', '{password}')
imap.logout
`;
    const results = await testClient(['ruby', '{home}/client.rb'], {
      protocol: 'imap',
      tls: 'starttls',
      files: { 'client.rb': script },
      scenario: ['early-tagged-ok', 'starttls-not-offered'],
    });
    expect(statuses(results)).to.deep.equal({
      control: 'safe',
      'early-tagged-ok/after-greeting': 'unsafe',
      'early-tagged-ok/before-command': 'unsafe',
      'starttls-not-offered': 'safe',
    });
  });

  it('Perl’s Mail::IMAPClient 3.43 forgets STARTTLS where the server says PREAUTH', async function () {
    const version = await ended('perl', ['-MMail::IMAPClient', '-e', 'print $Mail::IMAPClient::VERSION']);
    if (version.output !== '3.43')
      skipUnlessRequired(
        this,
        'Mail::IMAPClient 3.43 missing: apt-get install libmail-imapclient-perl libio-socket-ssl-perl',
      );
    const script = `use Mail::IMAPClient;
my $imap = Mail::IMAPClient->new(Server => '{host}', Port => {port}, User => '{user}', Password => '{password}', Timeout => 5,
  Starttls => [SSL_ca_file => '{ca}', SSL_verify_mode => 1, SSL_verifycn_scheme => 'imap', SSL_verifycn_name => '{servername}']) or die $@;
$imap->select('INBOX');
print $imap->message_string(1);
$imap->logout;
`;
    const results = await testClient(['perl', '{home}/client.pl'], {
      protocol: 'imap',
      tls: 'starttls',
      files: { 'client.pl': script },
      scenario: ['preauth', 'starttls-not-offered'],
    });
    expect(statuses(results)).to.deep.equal({
      control: 'safe',
      'preauth/without-starttls': 'unsafe',
      'preauth/without-list': 'unsafe',
      'preauth/starttls-listed': 'unsafe',
      'starttls-not-offered': 'safe',
    });
  });
});

it('two fetchmails side by side both get a verdict', async function () {
  this.timeout(60_000);
  const both = await Promise.all(
    ['imap', 'pop3'].map((protocol) =>
      run(
        this,
        'fetchmail',
        { protocol: protocol as 'imap', tls: 'starttls', policy: 'required' },
        { scenario: 'starttls-not-offered' },
      ),
    ),
  );
  expect(both.map(statuses)).to.deep.equal([
    { control: 'safe', 'starttls-not-offered': 'safe' },
    { control: 'safe', 'starttls-not-offered': 'safe' },
  ]);
});

/** Runs a preset, or skips the test where its program is missing. */
const run = (
  context: Mocha.Context,
  name: string,
  setUp: PresetSetUp,
  options: { scenario?: string | readonly string[]; policy?: PresetSetUp['policy'] } = {},
): Promise<ClientResult[]> => {
  const preset = presets.find((each) => each.name === name);
  const configuration = preset?.configure(setUp);
  if (preset === undefined || configuration === undefined)
    throw new Error(`there is no preset ${name} for ${JSON.stringify(setUp)}`);
  if (systemTool(preset.program) === undefined)
    skipUnlessRequired(context, `${preset.program} missing: apt-get install ${preset.packages}`);
  return testClient(configuration.command, {
    ...setUp,
    ...(configuration.files && { files: configuration.files }),
    maxTime: 15_000,
    ...options,
  });
};

const nameOf = ({ id, variant }: ClientResult): string => (variant === undefined ? id : `${id}/${variant}`);

const statuses = (results: readonly ClientResult[]): Record<string, string> =>
  Object.fromEntries(results.map((result) => [nameOf(result), result.status]));
