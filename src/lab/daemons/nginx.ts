import { isImplicit } from '../../endpoints/daemons/running-daemon.js';
import { certificateWeaknesses, KNOWN, staleCertificate } from '../certificates.js';
import { defineLabDaemon, portFor, type LabOrder, type Settings } from '../daemon.js';
import { loginService } from '../login-service.js';
import { labProgram, startProgram } from '../program.js';

const PACKAGES = 'nginx libnginx-mod-mail';
const STARTTLS = ['submission', 'imap', 'pop3'] as const;
const GOOD: Settings = {
  starttls: 'only',
  ssl_protocols: 'TLSv1.2 TLSv1.3',
  ssl_ciphers: 'DEFAULT',
  ssl_dhparam: 'FOLDER/dh2048.pem',
};

/** nginx as a proxy for mail, with a login service that knows nobody but the account. */
export default defineLabDaemon({
  id: 'nginx',
  title: 'nginx (mail proxy)',
  packages: PACKAGES,
  roles: ['submission', 'submissions', 'imap', 'imaps', 'pop3', 'pop3s'],
  known: { ...KNOWN.doors, ...KNOWN.parameter },
  weaknesses: {
    ...certificateWeaknesses,
    'small-rsa': { ...certificateWeaknesses['small-rsa'], settings: { ssl_ciphers: 'DEFAULT@SECLEVEL=1' } },
    'stale-certificate': staleCertificate(['imap', 'imaps']),
    'plaintext-login': {
      title: 'logins are taken before TLS',
      finds: ['login-accepted-before-tls', 'login-offered-before-tls'],
      roles: STARTTLS,
      settings: { starttls: 'on' },
      mended: { starttls: 'only' },
    },
    'no-starttls': {
      title: 'TLS is off',
      finds: ['login-accepted-before-tls', 'login-offered-before-tls', 'starttls-not-advertised'],
      roles: STARTTLS,
      settings: { starttls: 'off' },
      mended: { starttls: 'only' },
    },
    'tls-1.0': {
      title: 'TLS 1.0 and 1.1 are accepted',
      finds: ['tls-1-0-accepted', 'tls-1-1-accepted'],
      settings: { ssl_protocols: 'TLSv1 TLSv1.1 TLSv1.2 TLSv1.3', ssl_ciphers: 'DEFAULT:@SECLEVEL=0' },
      mended: { ssl_protocols: 'TLSv1.2 TLSv1.3' },
    },
    'weak-suites': {
      title: 'suites without a certificate and without encryption are accepted',
      finds: ['anonymous-suites-accepted', 'unencrypted-suites-accepted'],
      settings: { ssl_ciphers: 'ALL:eNULL:@SECLEVEL=0' },
      mended: { ssl_ciphers: 'HIGH:!aNULL:!MD5' },
    },
    'dh-1024': {
      title: 'DHE uses a prime of 1024 bits',
      finds: ['dh-weak'],
      settings: { ssl_dhparam: 'FOLDER/dh1024.pem', ssl_ciphers: 'DEFAULT@SECLEVEL=1' },
      mended: { ssl_dhparam: 'FOLDER/dh2048.pem' },
    },
    'wrong-door': {
      title: 'the ports of STARTTLS expect TLS from the first byte',
      finds: ['port-mismatch'],
      roles: STARTTLS,
      settings: { listen: 'ssl' },
      mended: { listen: '' },
      ready: 'connection',
    },
  },
  start: async (order) => {
    const nginx = labProgram('nginx', PACKAGES, 'nginx/usr/sbin/nginx');
    const module = labProgram(MODULE, PACKAGES, `libnginx-mod-mail${MODULE}`);
    const service = await loginService(order.users);
    return service.until(
      startProgram(order, {
        name: 'nginx',
        version: [[nginx, '-v'], /nginx\/(\S+)/],
        files: (folder, listeners) => ({
          'nginx.conf': configuration(order, module, folder, service.port, (role) => portFor(listeners, role)),
        }),
        command: (folder) => [nginx, '-p', folder, '-e', 'stderr', '-c', `${folder}/nginx.conf`],
      }),
    );
  },
});

const configuration = (
  { address, roles, settings, files }: LabOrder,
  module: string,
  folder: string,
  service: number,
  port: (role: LabOrder['roles'][number]) => number | undefined,
): string => {
  const { listen = '', ...mine } = settings;
  const { starttls = '', ...tls }: Record<string, string> = { ...GOOD, ...mine };
  return `
load_module ${module};
daemon off; pid ${folder}/pid; error_log stderr; events { }${process.geteuid?.() === 0 ? ' user root;' : ''}
mail {
  server_name mail.lab.test; auth_http 127.0.0.1:${String(service)}/;
  imap_capabilities IMAP4rev1 LITERAL+; smtp_auth plain login; pop3_auth plain;
  ssl_certificate ${files}/cert.pem; ssl_certificate_key ${files}/key.pem;
  ${Object.entries(tls)
    .map(([name, value]) => `${name} ${value.replaceAll('FOLDER', files)};`)
    .join('\n  ')}
  ${roles
    .map(
      (role) =>
        `server { listen ${address}:${String(port(role))} ${isImplicit(role) ? 'ssl' : listen}; protocol ${PROTOCOLS[role] ?? ''}; ${isImplicit(role) || listen !== '' ? '' : `starttls ${starttls};`} }`,
    )
    .join('\n  ')}
}
`;
};

const PROTOCOLS: Readonly<Partial<Record<LabOrder['roles'][number], string>>> = {
  submission: 'smtp',
  submissions: 'smtp',
  imap: 'imap',
  imaps: 'imap',
  pop3: 'pop3',
  pop3s: 'pop3',
};
const MODULE = '/usr/lib/nginx/modules/ngx_mail_module.so';
