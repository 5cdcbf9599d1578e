import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { fetched } from '../../src/probes/fetched.js';

const ROWS: readonly {
  readonly title: string;
  readonly answers: RequestListener;
  readonly url?: string;
  readonly namedBy?: string;
  readonly found: string | RegExp;
}[] = [
  { title: 'an answer', answers: (_, response) => response.end('yes'), found: 'yes' },
  {
    title: 'a redirection is not followed',
    answers: (_, response) => response.writeHead(302, { location: '/other' }).end(),
    found: /status 302/,
  },
  { title: 'more than is wanted', answers: (_, response) => response.end(Buffer.alloc(9000)), found: /more than 4096/ },
  { title: 'an answer that does not end', answers: (_, response) => void response.write('y'), found: /in time/ },
  {
    title: 'a connection that is closed',
    answers: ({ socket }) => socket.destroy(),
    found: /ECONNRESET|closed|hang up/,
  },
  { title: 'HTTPS', answers: (_, response) => response.end(), url: 'https://127.0.0.1/', found: /not an HTTP URL/ },
  { title: 'a file', answers: (_, response) => response.end(), url: 'file:///etc/passwd', found: /not an HTTP URL/ },
  {
    title: 'a server on the Internet that points to loopback',
    answers: (_, response) => response.end('secret'),
    namedBy: '192.0.2.1',
    found: /private network/,
  },
];

describe('what is fetched by a URL that a server names', () => {
  for (const { title, answers, url, namedBy = '127.0.0.1', found } of ROWS) {
    it(title, async () => {
      const server = createServer(answers);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const came = await fetched(url ?? `http://localhost:${String((server.address() as AddressInfo).port)}/a`, {
        most: 4096,
        timeout: 300,
        namedBy,
      });
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      const text = 'failure' in came ? came.failure : came.bytes.toString();
      expect(text).to.match(typeof found === 'string' ? new RegExp(`^${found}$`) : found);
    });
  }
});
