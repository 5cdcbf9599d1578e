import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { serveAll } from '../../src/serving/drop-in.js';
import { MailSite } from '../../src/rest/site.js';
import { startRestServer } from '../../src/rest/server.js';
import { needs } from '../support/installed.js';
import { packageFolder, suite } from './suite.js';

const FOLDER = packageFolder('testcontainers');

/** What the modules use of the library; what they ask of it is noted. */
const NODE_STAND_IN = `
export const asked = [];
export const Wait = { forHealthCheck: () => 'healthy' };
export class GenericContainer {
  constructor(image) { asked.push(['image', image]); }
  withEnvironment(values) { asked.push(['environment', values]); return this; }
  withExposedPorts(...ports) { asked.push(['ports', ports]); return this; }
  withWaitStrategy(how) { asked.push(['wait', how]); return this; }
  async start() {
    return {
      getHost: () => '127.0.0.1',
      getMappedPort: (port) => (port === 8025 ? Number(process.env.STAND_IN_HTTP) : port + 10000),
      stop: async () => void asked.push(['stop']),
    };
  }
}
`;

const JAVA_STAND_IN: Readonly<Record<string, string>> = {
  'org/testcontainers/utility/DockerImageName.java':
    'package org.testcontainers.utility; public class DockerImageName { public static DockerImageName parse(String name) { return new DockerImageName(); } }',
  'org/testcontainers/containers/wait/strategy/WaitStrategy.java':
    'package org.testcontainers.containers.wait.strategy; public interface WaitStrategy {}',
  'org/testcontainers/containers/wait/strategy/Wait.java':
    'package org.testcontainers.containers.wait.strategy; public class Wait { public static WaitStrategy forHealthcheck() { return null; } }',
  'org/testcontainers/containers/GenericContainer.java':
    'package org.testcontainers.containers; public class GenericContainer<S extends GenericContainer<S>> implements AutoCloseable {' +
    ' public GenericContainer(org.testcontainers.utility.DockerImageName image) {}' +
    ' public S withEnv(String name, String value) { return null; }' +
    ' public S withExposedPorts(Integer... ports) { return null; }' +
    ' public S waitingFor(org.testcontainers.containers.wait.strategy.WaitStrategy how) { return null; }' +
    ' public Integer getMappedPort(int port) { return port; } public String getHost() { return "localhost"; }' +
    ' public void start() {} @Override public void close() {} }',
};

/** Ports that the image opens. */
const exposed = (): number[] =>
  (/^EXPOSE (.+)$/m.exec(readFileSync(join(FOLDER, '../../Containerfile'), 'utf8'))?.[1] ?? '').split(' ').map(Number);

describe('modules for testcontainers', function () {
  this.timeout(60_000);
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'testcontainers-'));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it('Node: asks for the image, its ports and its health, and for what the servers saw', async () => {
    const library = join(folder, 'node_modules/testcontainers');
    mkdirSync(library, { recursive: true });
    writeFileSync(join(library, 'package.json'), '{"type":"module","exports":"./index.js"}');
    writeFileSync(join(library, 'index.js'), NODE_STAND_IN);
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    cpSync(join(FOLDER, 'waxseal-container.js'), join(folder, 'waxseal-container.js'));
    const all = await serveAll({});
    const documents = [{ path: '/ca.pem', type: 'application/x-pem-file', title: 'CA', body: all.served.ca }];
    const http = await startRestServer({ site: new MailSite(all, documents), port: 0, token: 'a-token-for-the-lab' });
    try {
      process.env['STAND_IN_HTTP'] = new URL(http.url).port;
      const { WaxsealContainer } = (await import(pathToFileURL(join(folder, 'waxseal-container.js')).href)) as {
        WaxsealContainer: new (image?: string) => { start: () => Promise<Started> };
      };
      const started = await new WaxsealContainer('registry.example.org/waxseal:0.1').start();
      expect(started.server('submission')).to.deep.equal({ host: '127.0.0.1', port: 12587 });
      expect(await started.ca()).to.equal(all.served.ca);
      expect(await started.messages()).to.have.property('total', 0);
      expect(await started.verdicts()).to.be.an('object');
      await started.stop();
      const { asked } = (await import(pathToFileURL(join(library, 'index.js')).href)) as { asked: unknown[][] };
      expect(asked).to.deep.equal([
        ['image', 'registry.example.org/waxseal:0.1'],
        ['environment', { WAXSEAL_HTTP_TOKEN: 'a-token-for-the-lab' }],
        ['ports', exposed()],
        ['wait', 'healthy'],
        ['stop'],
      ]);
    } finally {
      await http[Symbol.asyncDispose]();
      await all.served.stop();
    }
  });

  it('Java: compiles, with the ports that the image opens', async function () {
    needs(this, 'javac');
    for (const [path, text] of Object.entries(JAVA_STAND_IN)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const source = join(FOLDER, 'java/WaxsealContainer.java');
    const words = [
      '--release',
      '11',
      '-Xlint:all,-path,-processing',
      '-d',
      join(folder, 'classes'),
      '-sourcepath',
      folder,
      source,
    ];
    expect(await suite('javac', words, { cwd: folder })).to.deep.equal({ code: 0, output: '' });
    const text = readFileSync(source, 'utf8');
    for (const port of exposed()) expect(text).to.include(String(port));
  });
});

interface Started {
  server: (role: string) => { host: string; port: number };
  ca: () => Promise<string>;
  messages: () => Promise<object>;
  verdicts: () => Promise<object>;
  stop: () => Promise<void>;
}
