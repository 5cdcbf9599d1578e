import { isImplicit, type DaemonConfiguration, type DaemonListener } from './running-daemon.js';

/** What Dovecot's configuration file is made of; all paths absolute. */
export interface DovecotSetup {
  /** As `dovecot --version` says it. */
  readonly version: string;
  readonly folder: string;
  readonly configuration: DaemonConfiguration;
  readonly listeners: readonly DaemonListener[];
  /** Who Dovecot runs as: its own users as root, else all as one user. */
  readonly internal: { readonly user: string; readonly group: string; readonly login: string };
  /** Who owns the mail. */
  readonly mail: { readonly uid: number; readonly gid: number };
  /** Where submitted mail goes: Dovecot connects there at each login. */
  readonly relay?: Pick<DaemonListener, 'address' | 'port'>;
  /** A socket on which Postfix asks for logins. */
  readonly authSocket?: { readonly path: string; readonly user: string; readonly group: string };
}

/** The configuration file's text, in the language of Dovecot 2.3 or 2.4. */
export const dovecotConfiguration = (setup: DovecotSetup): string => {
  const { folder, configuration, listeners, internal } = setup;
  const isNewer = isVersion24(setup.version);
  const services = [...new Set(listeners.map(({ portRole }) => SERVICES[portRole]?.service))].filter(
    (service) => service !== undefined,
  );
  return (
    [
      ...(isNewer
        ? [`dovecot_config_version = ${setup.version.split(' ')[0] ?? ''}`, 'dovecot_storage_version = 2.4.0']
        : []),
      protocolsSetting(listeners, isNewer),
      `listen = ${listeners[0]?.address ?? '127.0.0.1'}`,
      `base_dir = ${folder}/run`,
      `state_dir = ${folder}/state`,
      'instance_name = waxseal',
      `log_path = ${folder}/mail.log`,
      'hostname = mail.lab.test',
      'auth_mechanisms = plain login',
      // Punishing our own wrong logins would only cost time.
      ...(isNewer ? ['auth_failure_delay = 0 secs'] : ['auth_failure_delay = 0']),
      `default_internal_user = ${internal.user}`,
      `default_internal_group = ${internal.group}`,
      `default_login_user = ${internal.login}`,
      'first_valid_uid = 1',
      ...(setup.relay === undefined
        ? []
        : [`submission_relay_host = ${setup.relay.address}`, `submission_relay_port = ${setup.relay.port}`]),
      ...tlsSettings(folder, configuration, isNewer),
      ...(isNewer ? accounts24(setup) : accounts23(setup)),
      'service anvil {\n  chroot =\n  unix_listener anvil-auth-penalty {\n    mode = 0\n  }\n}',
      ...services.map((service) => serviceBlock(service, listeners)),
      ...(setup.authSocket === undefined ? [] : [authBlock(setup.authSocket)]),
    ].join('\n') + '\n'
  );
};

const isVersion24 = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 2 || (major === 2 && minor >= 4);
};

const protocolsSetting = (listeners: readonly DaemonListener[], isNewer: boolean): string => {
  const names = [...new Set(listeners.flatMap(({ portRole }) => SERVICES[portRole]?.protocol ?? []))];
  return isNewer
    ? `protocols {\n${names.map((name) => `  ${name} = yes\n`).join('')}}`
    : `protocols = ${names.join(' ')}`;
};

const tlsSettings = (folder: string, configuration: DaemonConfiguration, isNewer: boolean): string[] => {
  const isOpen = configuration === 'no-tls' || configuration === 'plaintext-allowed';
  const cleartext = isNewer
    ? `auth_allow_cleartext = ${isOpen ? 'yes' : 'no'}`
    : `disable_plaintext_auth = ${isOpen ? 'no' : 'yes'}`;
  if (configuration === 'no-tls') return ['ssl = no', cleartext];
  return [
    `ssl = ${isOpen ? 'yes' : 'required'}`,
    cleartext,
    isNewer ? `ssl_server_cert_file = ${folder}/cert.pem` : `ssl_cert = <${folder}/cert.pem`,
    isNewer ? `ssl_server_key_file = ${folder}/key.pem` : `ssl_key = <${folder}/key.pem`,
    // OpenSSL 3 offers TLS 1.0 and 1.1 on its lowest security level only.
    ...(configuration === 'tls10'
      ? ['ssl_min_protocol = TLSv1', 'ssl_cipher_list = DEFAULT:@SECLEVEL=0']
      : ['ssl_min_protocol = TLSv1.2']),
  ];
};

const accounts23 = ({ folder, mail }: DovecotSetup): string[] => [
  `mail_location = maildir:${folder}/mail/%u`,
  // A file for each account: one that is shared is looked at again once a second only.
  `passdb {\n  driver = passwd-file\n  args = scheme=plain username_format=%u ${folder}/users/%u\n}`,
  `userdb {\n  driver = static\n  args = uid=${mail.uid} gid=${mail.gid} home=${folder}/home/%u\n}`,
];

const accounts24 = ({ folder, mail }: DovecotSetup): string[] => [
  'mail_driver = maildir',
  `mail_path = ${folder}/mail/%{user}`,
  `mail_home = ${folder}/home/%{user}`,
  `passdb passwd-file {\n  default_password_scheme = plain\n  passwd_file_path = ${folder}/users/%{user}\n}`,
  `userdb static {\n  fields {\n    uid = ${mail.uid}\n    gid = ${mail.gid}\n  }\n}`,
];

const serviceBlock = (service: string, listeners: readonly DaemonListener[]): string =>
  [
    `service ${service} {`,
    '  chroot =',
    ...Object.entries(SERVICES)
      .filter(([, entry]) => entry?.service === service)
      .map(([role]) => {
        // A listener that is not wanted has to be closed by name: its default port would be opened.
        const listener = listeners.find(({ portRole }) => portRole === role);
        return `  inet_listener ${role} {\n    port = ${listener?.port ?? 0}\n${listener !== undefined && isImplicit(listener.portRole) ? '    ssl = yes\n' : ''}  }`;
      }),
    '}',
  ].join('\n');

const authBlock = ({ path, user, group }: NonNullable<DovecotSetup['authSocket']>): string =>
  `service auth {\n  unix_listener ${path} {\n    mode = 0660\n    user = ${user}\n    group = ${group}\n  }\n}`;

const SERVICES: Readonly<Partial<Record<string, { readonly protocol: string; readonly service: string }>>> = {
  imap: { protocol: 'imap', service: 'imap-login' },
  imaps: { protocol: 'imap', service: 'imap-login' },
  pop3: { protocol: 'pop3', service: 'pop3-login' },
  pop3s: { protocol: 'pop3', service: 'pop3-login' },
  sieve: { protocol: 'sieve', service: 'managesieve-login' },
  submission: { protocol: 'submission', service: 'submission-login' },
  submissions: { protocol: 'submission', service: 'submission-login' },
};
