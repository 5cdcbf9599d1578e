import { definePreset } from './preset.js';

export default definePreset({
  name: 'offlineimap',
  title: 'OfflineIMAP',
  program: 'offlineimap',
  packages: 'offlineimap3',
  configure: ({ protocol, tls, policy }) =>
    protocol !== 'imap' || policy !== 'required'
      ? undefined
      : {
          command: ['offlineimap', '-o', '-u', 'basic', '-c', '{home}/.offlineimaprc'],
          files: { '.offlineimaprc': settings(tls === 'starttls') },
        },
});

const settings = (starttls: boolean): string => `[general]
accounts = lab
metadata = ~/.offlineimap
socktimeout = 8
[Account lab]
localrepository = near
remoterepository = far
[Repository near]
type = Maildir
localfolders = ~/Mail
[Repository far]
type = IMAP
remotehost = {host}
remoteport = {port}
remoteuser = {user}
remotepass = {password}
ssl = ${starttls ? 'no' : 'yes'}
starttls = ${starttls ? 'yes' : 'no'}
sslcacertfile = {ca}
retrycount = 1
`;
