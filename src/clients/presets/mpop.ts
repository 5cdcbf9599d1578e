import { definePreset } from './preset.js';

export default definePreset({
  name: 'mpop',
  title: 'mpop',
  program: 'mpop',
  packages: 'mpop',
  configure: ({ protocol, tls, policy }) =>
    protocol !== 'pop3' || policy !== 'required'
      ? undefined
      : { command: ['mpop'], files: { '.mpoprc': settings(tls === 'starttls' ? 'on' : 'off') } },
});

const settings = (starttls: 'on' | 'off'): string => `account default
host {host}
port {port}
auth on
user {user}
password {password}
tls on
tls_starttls ${starttls}
tls_trust_file {ca}
timeout 8
delivery mbox {home}/inbox
uidls_file {home}/uidls
keep on
`;
