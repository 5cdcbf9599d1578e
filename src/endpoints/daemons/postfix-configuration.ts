import { isImplicit, type DaemonConfiguration, type DaemonListener } from './running-daemon.js';

/** What Postfix's two configuration files are made of; all paths absolute. */
export interface PostfixSetup {
  readonly folder: string;
  readonly configuration: DaemonConfiguration;
  readonly listeners: readonly DaemonListener[];
  /** Built-in parameters of this installation: where its programs are, who owns its queue. */
  readonly builtIn: Readonly<
    Record<
      'daemon_directory' | 'command_directory' | 'shlib_directory' | 'meta_directory' | 'mail_owner' | 'setgid_group',
      string
    >
  >;
  /** Domains for which mail is taken (and discarded) without a login. */
  readonly domains: readonly string[];
  /** Logins are checked by Dovecot's `private/auth`; without, none are offered. */
  readonly hasLogins: boolean;
  /** Lines for submission and submissions in master.cf, `-o name = value`; they win. */
  readonly overrides?: readonly string[];
}

/** The text of main.cf. Nothing is ever sent: all transports discard, and no SMTP client is configured. */
export const mainCf = ({ folder, configuration, listeners, builtIn, domains, hasLogins }: PostfixSetup): string =>
  settings({
    compatibility_level: '3.6',
    ...builtIn,
    queue_directory: `${folder}/queue`,
    data_directory: `${folder}/data`,
    maillog_file: `${folder}/mail.log`,
    maillog_file_prefixes: folder,
    multi_instance_enable: 'no',
    myhostname: 'mail.lab.test',
    mydomain: 'lab.test',
    inet_interfaces: 'loopback-only',
    inet_protocols: listeners.some(({ address }) => address.includes(':')) ? 'all' : 'ipv4',
    // Nobody is trusted for his address: all clients come from loopback.
    mynetworks: '',
    mydestination: domains.join(', '),
    local_recipient_maps: '',
    alias_maps: '',
    alias_database: '',
    default_transport: 'discard:',
    local_transport: 'discard:',
    relay_transport: 'discard:',
    virtual_transport: 'discard:',
    disable_dns_lookups: 'yes',
    smtpd_peername_lookup: 'no',
    smtpd_relay_restrictions: `${hasLogins ? 'permit_sasl_authenticated, ' : ''}reject_unauth_destination`,
    ...(hasLogins
      ? { smtpd_sasl_type: 'dovecot', smtpd_sasl_path: 'private/auth', smtpd_sasl_security_options: 'noanonymous' }
      : {}),
    ...tlsSettings(folder, configuration),
  });

/** The text of master.cf. */
export const masterCf = ({ configuration, listeners, hasLogins, overrides = [] }: PostfixSetup): string =>
  [
    ...listeners.map(({ portRole, address, port }) =>
      [
        `${address.includes(':') ? `[${address}]` : address}:${port} inet n - n - - smtpd`,
        ...(portRole === 'smtp'
          ? []
          : [
              `  -o smtpd_sasl_auth_enable=${hasLogins ? 'yes' : 'no'}`,
              '  -o smtpd_client_restrictions=',
              ...(configuration === 'no-tls' || configuration === 'plaintext-allowed'
                ? []
                : ['  -o smtpd_tls_security_level=encrypt']),
              ...(isImplicit(portRole) ? ['  -o smtpd_tls_wrappermode=yes'] : []),
              // A value with spaces stands in braces (master(5)).
              ...overrides.map((line) => `  -o { ${line.slice('-o '.length)} }`),
            ]),
      ].join('\n'),
    ),
    ...SERVICES,
  ].join('\n') + '\n';

const tlsSettings = (folder: string, configuration: DaemonConfiguration): Record<string, string> => {
  if (configuration === 'no-tls') return { smtpd_tls_security_level: 'none', smtpd_tls_auth_only: 'no' };
  const versions = configuration === 'tls10' ? '>=TLSv1' : '>=TLSv1.2';
  return {
    smtpd_tls_cert_file: `${folder}/cert.pem`,
    smtpd_tls_key_file: `${folder}/key.pem`,
    smtpd_tls_security_level: 'may',
    smtpd_tls_auth_only: configuration === 'plaintext-allowed' ? 'no' : 'yes',
    smtpd_tls_protocols: versions,
    smtpd_tls_mandatory_protocols: versions,
    // By default suites without a certificate are taken, on submission too.
    smtpd_tls_exclude_ciphers: 'aNULL',
    smtpd_tls_loglevel: '1',
    // OpenSSL 3 offers TLS 1.0 and 1.1 on its lowest security level only.
    ...(configuration === 'tls10'
      ? { tls_medium_cipherlist: 'DEFAULT:@SECLEVEL=0', tls_high_cipherlist: 'DEFAULT:@SECLEVEL=0' }
      : {}),
  };
};

const settings = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('');

const SERVICES = [
  'cleanup unix n - n - 0 cleanup',
  'qmgr unix n - n 300 1 qmgr',
  'tlsmgr unix - - n 1000? 1 tlsmgr',
  'rewrite unix - - n - - trivial-rewrite',
  'bounce unix - - n - 0 bounce',
  'defer unix - - n - 0 bounce',
  'trace unix - - n - 0 bounce',
  'verify unix - - n - 1 verify',
  'flush unix n - n 1000? 0 flush',
  'proxymap unix - - n - - proxymap',
  'showq unix n - n - - showq',
  'error unix - - n - - error',
  'retry unix - - n - - error',
  'discard unix - - n - - discard',
  'anvil unix - - n - 1 anvil',
  'postlog unix-dgram n - n - 1 postlogd',
];
