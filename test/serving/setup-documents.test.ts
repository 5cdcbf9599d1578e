import { X509Certificate } from 'node:crypto';
import { request } from 'node:http';
import { expect } from 'chai';
import { Fault } from '../../src/fault.js';
import { serve, type NamedServeOptions, type RunningServer } from '../../src/serving/named-serve.js';
import { rawServer } from '../support/raw-server.js';

const fetched = async (
  server: RunningServer,
  path: string,
): Promise<{ type: string | null; body: Buffer; status: number }> => {
  const answer = await fetch(new URL(path, server.setupUrl));
  return {
    status: answer.status,
    type: answer.headers.get('content-type'),
    body: Buffer.from(await answer.arrayBuffer()),
  };
};

describe('What clients take to set themselves up', () => {
  const started = (options: NamedServeOptions = {}): Promise<RunningServer> =>
    serve({ setupPort: 0, seed: 'setup', ...options });

  it('is the CA in three forms', async () => {
    await using server = await started({ protocol: 'imap' });
    const [pem, der, p12] = await Promise.all(['/ca.pem', '/ca.crt', '/ca.p12'].map((path) => fetched(server, path)));
    expect(pem?.body.toString()).to.equal(server.ca);
    expect(der?.type).to.equal('application/x-x509-ca-cert');
    expect(der && new X509Certificate(der.body).fingerprint256).to.equal(new X509Certificate(server.ca).fingerprint256);
    expect(p12?.body.includes(new X509Certificate(server.ca).raw)).to.equal(true);
  });

  it('is an account for Thunderbird, under both addresses that it looks at', async () => {
    await using server = await started();
    const pages = await Promise.all(
      ['/mail/config-v1.1.xml', '/.well-known/autoconfig/mail/config-v1.1.xml'].map((path) => fetched(server, path)),
    );
    const [xml = ''] = pages.map(({ body }) => body.toString());
    expect(pages.every(({ body }) => body.toString() === xml)).to.equal(true);
    const kinds = [
      ...xml.matchAll(
        /<(incoming|outgoing)Server type="(\w+)">\s*<hostname>localhost<\/hostname>\s*<port>(\d+)<\/port>\s*<socketType>(\w+)/g,
      ),
    ];
    expect(kinds.map(([, side, type, port, socket]) => [side, type, Number(port), socket])).to.deep.equal(
      server.endpoints
        .filter(({ protocol }) => protocol !== 'managesieve')
        .map(({ protocol, port, tls }) => [
          protocol === 'smtp' ? 'outgoing' : 'incoming',
          protocol,
          port,
          tls === 'starttls' ? 'STARTTLS' : 'SSL',
        ]),
    );
    for (const { user, password } of server.endpoints.slice(0, 1)) {
      expect(xml).to.include(`<username>${user}</username>`);
      expect(xml).to.not.include(password);
    }
  });

  it('is a profile for Apple’s devices, with the same identifiers every time', async () => {
    await using server = await started({ protocol: 'imap', tls: 'implicit' });
    const profiles = await Promise.all([1, 2].map(() => fetched(server, '/waxseal.mobileconfig')));
    const [profile = ''] = profiles.map(({ body }) => body.toString());
    expect(profiles[1]?.body.toString()).to.equal(profile);
    const [endpoint] = server.endpoints;
    for (const part of [
      '<string>com.apple.security.root</string>',
      `<data>${new X509Certificate(server.ca).raw.toString('base64')}</data>`,
      '<key>EmailAccountType</key><string>EmailTypeIMAP</string>',
      `<key>IncomingMailServerPortNumber</key><integer>${String(endpoint?.port)}</integer>`,
      `<key>IncomingPassword</key><string>${endpoint?.password ?? ''}</string>`,
    ])
      expect(profile).to.include(part);
    expect(
      profile.match(/<key>PayloadUUID<\/key><string>[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-8[0-9A-F]{3}-[0-9A-F]{12}</g),
    ).to.have.lengthOf(3);
  });

  it('holds no password that the user has given, and what a user name is made of breaks nothing', async () => {
    await using server = await started({
      protocol: 'imap',
      account: { user: 'a<b>&"c"', password: 'given-by-the-user' },
    });
    for (const path of ['/', '/waxseal.mobileconfig', '/mail/config-v1.1.xml']) {
      const text = (await fetched(server, path)).body.toString();
      expect(text).to.not.include('given-by-the-user');
      expect(text).to.not.include('a<b>');
    }
    expect((await fetched(server, '/mail/config-v1.1.xml')).body.toString()).to.include(
      '<username>a&#60;b&#62;&#38;&#34;c&#34;</username>',
    );
  });

  it('is nothing else', async () => {
    await using server = await started({ protocol: 'imap' });
    expect((await fetched(server, '/state.json')).status).to.equal(404);
    expect((await fetched(server, '/%2e%2e/etc/passwd')).status).to.equal(404);
    const status = await new Promise((resolve) => {
      request(new URL('/', server.setupUrl), { method: 'POST' }, (answer) => resolve(answer.resume().statusCode)).end(
        'x',
      );
    });
    expect(status).to.equal(405);
  });

  it('needs a free port', async () => {
    await using taken = await rawServer(() => undefined);
    const error = await started({ protocol: 'imap', setupPort: taken.port }).catch((each: unknown) => each);
    expect(error).to.be.instanceOf(Fault).with.property('message').that.includes('choose another --setup-port');
  });
});
