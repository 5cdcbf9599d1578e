import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { SMTPServer, SMTPServerOptions } from 'smtp-server';
import { startSmtpServer, type SmtpServerOptions } from '../../endpoints/daemons/smtp-server.js';
import { Fault } from '../../fault.js';
import { certificateWeaknesses, KNOWN, staleCertificate } from '../certificates.js';
import { defineLabDaemon, type LabDaemon, type LabWeakness, type Settings } from '../daemon.js';

const SUBMISSION = ['submission', 'submissions'] as const;

const WEAKNESSES: Readonly<Record<string, LabWeakness>> = {
  ...certificateWeaknesses,
  'small-rsa': { ...certificateWeaknesses['small-rsa'], settings: { ciphers: 'DEFAULT@SECLEVEL=1' } },
  'stale-certificate': staleCertificate(SUBMISSION),
  'plaintext-login': {
    title: 'logins are taken before TLS',
    finds: ['login-accepted-before-tls'],
    roles: ['submission'],
    settings: { allowInsecureAuth: 'true' },
    mended: { allowInsecureAuth: 'false' },
  },
  'no-starttls': {
    title: 'STARTTLS is switched off',
    finds: ['login-accepted-before-tls', 'starttls-not-advertised'],
    roles: ['submission'],
    settings: { disabledCommands: 'STARTTLS' },
  },
  'tls-1.0': {
    title: 'TLS 1.0 and 1.1 are accepted',
    finds: ['tls-1-0-accepted', 'tls-1-1-accepted'],
    settings: { minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' },
    mended: { minVersion: 'TLSv1.2' },
  },
  'weak-suites': {
    title: 'suites without a certificate and without encryption are accepted',
    finds: ['anonymous-suites-accepted', 'unencrypted-suites-accepted'],
    settings: { ciphers: 'ALL:eNULL:@SECLEVEL=0' },
  },
  'dh-1024': {
    title: 'DHE uses a prime of 1024 bits',
    finds: ['dh-weak'],
    settings: { dhparam: 'FOLDER/dh1024.pem', ciphers: 'DEFAULT:@SECLEVEL=1' },
  },
  'wrong-door': {
    title: 'the ports of STARTTLS expect TLS from the first byte',
    finds: ['port-mismatch'],
    roles: ['submission'],
    settings: { secure: 'true' },
    ready: 'connection',
  },
};

const OFFERED = { ...KNOWN.doors, 'login-offered-before-tls': 'it lists logins before TLS, and refuses them' };

const daemon = (more: Pick<LabDaemon, 'id' | 'title' | 'packages' | 'known'>, name: string): LabDaemon =>
  defineLabDaemon({
    ...more,
    roles: ['smtp', ...SUBMISSION],
    weaknesses: WEAKNESSES,
    start: ({ settings, ...order }) =>
      startSmtpServer({
        ...order,
        configuration: 'good',
        package: packageNamed(name),
        overrides: optionsOf(settings, order.files),
      }),
  });

/** The package of npm in this process: its current version, and the last one before the input of its parser was cleared at STARTTLS. */
export default [
  daemon(
    { id: 'smtp-server', title: 'smtp-server (npm)', packages: 'npm install smtp-server', known: OFFERED },
    'smtp-server',
  ),
  daemon(
    {
      id: 'smtp-server-3.19.1',
      title: 'smtp-server 3.19.1 (npm)',
      packages: 'npm install smtp-server-3.19.1@npm:smtp-server@3.19.1',
      known: {
        ...OFFERED,
        'injection-partial-line': 'CVE of this version: input from before TLS is kept; mended in 3.21.6',
        'state-kept-over-upgrade': 'this version forgets nothing at STARTTLS',
      },
    },
    'smtp-server-3.19.1',
  ),
];

const packageNamed = (name: string): NonNullable<SmtpServerOptions['package']> => {
  const require = createRequire(import.meta.url);
  try {
    const { SMTPServer: Server } = require(name) as { SMTPServer: new (options: SMTPServerOptions) => SMTPServer };
    return { SMTPServer: Server, version: (require(`${name}/package.json`) as { version: string }).version };
  } catch (error) {
    throw new Fault('DAEMON_MISSING', `the npm package ${name} is not installed`, { cause: error });
  }
};

const optionsOf = (settings: Settings, files: string): SMTPServerOptions =>
  Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, optionOf(name, value, files)]));

const optionOf = (name: string, value: string, files: string): boolean | string | string[] => {
  if (name === 'disabledCommands') return [value];
  if (name === 'dhparam') return readFileSync(value.replaceAll('FOLDER', files), 'utf8');
  return value === 'true' || value === 'false' ? value === 'true' : value;
};
