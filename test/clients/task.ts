import type { ClientTask } from '../../src/clients/driver.js';

/** A task of a visit whose endpoints nobody serves. */
export const task = (rest: Partial<ClientTask> = {}): ClientTask => ({
  visit: 1,
  protocol: 'imap',
  tls: 'starttls',
  portRole: 'imap',
  host: 'localhost',
  port: 40143,
  ip: '127.0.0.1',
  servername: 'localhost',
  user: 'auser',
  password: 'apassword',
  token: 'atoken',
  from: 'from@lab.test',
  to: 'to@lab.test',
  message: 'Subject: x\r\n\r\nbody\r\n',
  ca: 'PEM',
  child: {},
  signal: new AbortController().signal,
  ...rest,
});
