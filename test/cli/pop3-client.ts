/**
 * A POP3 client in one file that Node runs. `careful` insists on STLS; `careless` logs in without TLS where STLS is not listed.
 * Paths of the same folder say which of both it is, and what it writes besides.
 */
export const POP3_CLIENT = String.raw`
const net = require('node:net');
const tls = require('node:tls');
const fs = require('node:fs');
const { WAXSEAL_HOST: host, WAXSEAL_PORT: port, WAXSEAL_USER: user, WAXSEAL_PASSWORD: password, WAXSEAL_CA: ca } = process.env;
const isCareful = process.argv[2] === 'careful';
let socket = net.connect(Number(port), host);
let waiting;
let text = '';
const hear = () => {
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1');
    const isList = text.startsWith('+OK') && waiting?.isList;
    if (isList ? text.endsWith('\r\n.\r\n') : text.endsWith('\r\n')) {
      const said = text;
      text = '';
      waiting?.resolve(said);
    }
  });
  socket.on('error', (error) => fail(error.message));
  socket.on('end', () => fail('the server hung up'));
};
const fail = (why) => {
  console.error(why);
  process.exit(1);
};
const reply = (isList = false) => new Promise((resolve) => (waiting = { resolve, isList }));
const say = (line, isList) => {
  const answer = reply(isList);
  socket.write(line + '\r\n');
  return answer;
};
const main = async () => {
  hear();
  await reply();
  const list = await say('CAPA', true);
  if (/\r\nSTLS\r\n/.test(list) || isCareful) {
    const answer = await say('STLS');
    if (!answer.startsWith('+OK')) fail('no TLS');
    socket.removeAllListeners('data');
    socket = await new Promise((resolve, reject) => {
      const secure = tls.connect({ socket, servername: host, ca: fs.readFileSync(ca) }, () => resolve(secure));
      secure.once('error', reject);
    });
    hear();
  }
  await say('USER ' + user);
  if (!(await say('PASS ' + password)).startsWith('+OK')) fail('wrong password');
  await say('QUIT');
  process.exit(0);
};
main().catch((error) => fail(error.message));
`;
