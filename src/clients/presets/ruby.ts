import type { ProtocolName } from '../../protocols/protocol.js';
import { definePreset, type PresetSetUp } from './preset.js';

export default definePreset({
  name: 'ruby',
  title: 'Ruby’s net/smtp, net/imap and net/pop',
  program: 'ruby',
  packages: 'ruby',
  remark: 'net/pop knows implicit TLS only',
  configure: (setUp) => {
    const script = setUp.tls === 'implicit' && setUp.policy === 'opportunistic' ? undefined : scriptOf(setUp);
    return script === undefined ? undefined : { command: ['ruby', '{home}/client.rb'], files: { 'client.rb': script } };
  },
});

const scriptOf = ({ protocol, tls, policy }: PresetSetUp): string | undefined =>
  SCRIPTS[protocol]?.(tls === 'implicit' ? 'implicit' : policy);

const SCRIPTS: Partial<
  Readonly<Record<ProtocolName, (how: 'required' | 'opportunistic' | 'implicit') => string | undefined>>
> = {
  smtp: (how) => `require 'net/smtp'
trust = OpenSSL::SSL::SSLContext.new
trust.set_params(ca_file: '{ca}')
session = Net::SMTP.new('{host}', {port})
session.open_timeout = session.read_timeout = 8
session.${{ required: 'enable_starttls', opportunistic: 'enable_starttls_auto', implicit: 'enable_tls' }[how]}(trust)
session.start('lab.test', '{user}', '{password}', :plain) { |s| s.send_message(File.binread('{message}'), '{from}', '{to}') }
`,
  imap: (how) => `require 'net/imap'
trust = { ca_file: '{ca}', verify_mode: OpenSSL::SSL::VERIFY_PEER }
session = Net::IMAP.new('{host}', port: {port}, open_timeout: 8${how === 'implicit' ? ', ssl: trust' : ''})
${{ required: 'session.starttls(trust)', opportunistic: "session.starttls(trust) if session.capability.include?('STARTTLS')", implicit: '' }[how]}
session.login('{user}', '{password}')
session.select('INBOX')
session.fetch(1, 'RFC822')
session.logout
`,
  pop3: (how) =>
    how === 'implicit'
      ? `require 'net/pop'
session = Net::POP3.new('{host}', {port})
session.enable_ssl({ verify_mode: OpenSSL::SSL::VERIFY_PEER, ca_file: '{ca}' })
session.open_timeout = session.read_timeout = 8
session.start('{user}', '{password}') { |s| s.mails.first.pop }
`
      : undefined,
};
