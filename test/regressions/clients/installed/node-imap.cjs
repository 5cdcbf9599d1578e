const { readFileSync } = require('node:fs');
const Imap = require('imap');

const { WAXSEAL_HOST: host, WAXSEAL_PORT: port, WAXSEAL_USER: user, WAXSEAL_PASSWORD: password } = process.env;
const { WAXSEAL_CA: ca, WAXSEAL_SERVERNAME: servername } = process.env;
const how = { never: {}, always: { autotls: 'always' }, required: { autotls: 'required' }, implicit: { tls: true } };
const client = new Imap({
  ...{ host, port: Number(port), user, password, connTimeout: 5000, authTimeout: 5000 },
  tlsOptions: { ca: readFileSync(ca), servername },
  ...how[process.argv[2]],
});
client.once('ready', () => {
  client.openBox('INBOX', true, () => {
    const fetched = client.seq.fetch('1', { bodies: '' });
    fetched.on('message', (message) => message.on('body', (body) => body.resume()));
    fetched.once('end', () => client.end());
  });
});
client.once('error', (error) => {
  console.error(String(error));
  process.exitCode = 1;
  client.destroy();
});
client.connect();
