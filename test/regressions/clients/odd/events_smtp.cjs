// SMTP by Node's events. Words: keep (what came before TLS is read after it), xoauth2 (no other login), early (a message before TLS),
// second (a second message goes over a connection of its own, without TLS).
const { readFileSync } = require('node:fs');
const net = require('node:net');
const tls = require('node:tls');
const is = (word) => process.argv.includes(word);
const E = (name) => process.env[`WAXSEAL_${name}`];
const base64 = (text) => Buffer.from(text).toString('base64');
let socket, buffer, isOver, wake;

const use = (next) => {
  [socket, isOver] = [next, false];
  const end = () => socket === next && ((isOver = true), wake?.());
  next.on('data', (bytes) => ((buffer += bytes.toString('latin1')), wake?.()));
  next.on('error', end).on('close', end);
};
const connect = () => ((buffer = ''), use(net.connect(Number(E('PORT')), E('HOST'))));
const reply = async () => {
  for (const lines of [[]]) {
    for (;;) {
      const end = buffer.indexOf('\n');
      if (end === -1) {
        if (isOver) process.exit(1);
        await new Promise((resolve) => (wake = resolve));
        continue;
      }
      lines.push(buffer.slice(0, end));
      buffer = buffer.slice(end + 1);
      if (!/^\d{3}-/.test(lines.at(-1))) return lines;
    }
  }
};
const ask = (text) => (socket.write(`${text}\r\n`), reply());
const want = async (text) => /^[23]/.test((await ask(text)).at(-1)) || process.exit(1);
const mail = async () => {
  for (const text of [`MAIL FROM:<${E('FROM')}>`, `RCPT TO:<${E('TO')}>`, 'DATA']) await want(text);
  await ask(`${readFileSync(E('MESSAGE'), 'latin1').trimEnd()}\r\n.`);
};
const login = () =>
  want(
    is('xoauth2')
      ? `AUTH XOAUTH2 ${base64(`user=${E('USER')}\x01auth=Bearer ${E('TOKEN')}\x01\x01`)}`
      : `AUTH PLAIN ${base64(`\0${E('USER')}\0${E('PASSWORD')}`)}`,
  );

void (async () => {
  connect();
  await reply();
  const list = await ask('EHLO lab.test');
  if (is('early')) await mail();
  if (!list.some((line) => line.includes('STARTTLS')) || !(await ask('STARTTLS')).at(-1).startsWith('2'))
    process.exit(1);
  socket.removeAllListeners('data');
  if (!is('keep')) buffer = '';
  const inside = tls.connect({ socket, ca: readFileSync(E('CA')), servername: E('SERVERNAME') });
  inside.on('error', () => process.exit(1));
  await new Promise((resolve) => inside.once('secureConnect', resolve));
  use(inside);
  await ask('EHLO lab.test');
  await login();
  await mail();
  await ask('QUIT');
  if (is('second')) {
    connect();
    await reply();
    await ask('EHLO lab.test');
    await login();
    await mail();
  }
  process.exit(0);
})();
