import { expect } from 'chai';
import { audited, said, smtp } from '../support/played-server.js';

it('a server that lists no login in clear offers none, whether one can be tried or not', async () => {
  const session = await audited(
    'submission',
    (socket, connection) => smtp({}, connection === 1 ? undefined : '421 4.7.0 too many connections\r\n')(socket),
    ['login-offered-before-tls', 'login-accepted-before-tls'],
    { maxTime: 500 },
  );
  expect(said(session)['login-offered-before-tls']).to.match(/^pass: /);
  expect(said(session)['login-accepted-before-tls']).to.match(/^inconclusive: /);
});
