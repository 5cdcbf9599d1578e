import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { decode, encode, TRUNCATED_RESPONSE, type Packet } from 'dns-packet';
import { expect } from 'chai';
import { endpointOf } from '../../src/dns/endpoint.js';
import { Resolver } from '../../src/dns/resolver.js';
import { NameServer } from '../../src/endpoints/discovery/name-server.js';

const answering = (isValidated?: true): Promise<NameServer> =>
  NameServer.open({
    address: '127.0.0.1',
    port: 0,
    ...(isValidated && { isValidated }),
    records: ({ name, type }) =>
      name === 'a.test' && type === 'A' ? [{ type: 'A', name, ttl: 0, data: '192.0.2.1' }] : undefined,
  });

const reply = (query: Buffer, change: Partial<Packet> = {}): Buffer => {
  const { id = 0, questions = [] } = decode(query);
  return encode({
    type: 'response',
    id,
    questions,
    answers: [{ type: 'A', name: 'a.test', ttl: 0, data: '192.0.2.1' }],
    ...change,
  });
};

describe('a resolver', () => {
  it('asks once, and tells whether the answer was validated', async () => {
    for (const isValidated of [true, undefined] as const) {
      await using server = await answering(isValidated);
      const resolver = new Resolver([{ host: '127.0.0.1', port: server.port }]);
      const [first, second] = await Promise.all([resolver.query('a.test', 'A'), resolver.query('A.test', 'A')]);
      expect(first).to.equal(second);
      expect(first).to.deep.include({ code: 'NOERROR', isValidated: isValidated === true });
      expect(first.answers.map((each) => ('data' in each ? each.data : ''))).to.deep.equal(['192.0.2.1']);
      expect((await resolver.query('b.test', 'A')).code).to.equal('NXDOMAIN');
    }
  });

  it('waits for the right answer, whatever comes before it', async () => {
    const udp = createSocket('udp4');
    udp.on('message', (query, { port }) => {
      const { id = 0 } = decode(query);
      const forged = [
        reply(query, { id: (id + 1) & 0xffff }),
        reply(query, { questions: [{ type: 'A', name: 'b.test' }] }),
        Buffer.from('x'),
        query,
      ];
      for (const each of [...forged, reply(query)]) udp.send(each, port, '127.0.0.1');
    });
    udp.bind(0, '127.0.0.1');
    await once(udp, 'listening');
    const resolver = new Resolver([{ host: '127.0.0.1', port: udp.address().port }]);
    expect((await resolver.query('a.test', 'A')).answers).to.have.length(1);
    udp.close();
  });

  it('asks by TCP where the answer is too long', async () => {
    const open = new Set<Socket>();
    const tcp = createServer((socket) => {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('data', (bytes: Buffer) => {
        const answer = reply(bytes.subarray(2));
        const head = Buffer.alloc(2);
        head.writeUInt16BE(answer.length);
        // In two pieces, as a path may deliver it.
        socket.write(head.subarray(0, 1));
        setImmediate(() => socket.write(Buffer.concat([head.subarray(1), answer])));
      });
    });
    tcp.listen(0, '127.0.0.1');
    await once(tcp, 'listening');
    const { port } = tcp.address() as AddressInfo;
    const udp = createSocket('udp4');
    udp.on('message', (query, from) => {
      udp.send(reply(query, { flags: TRUNCATED_RESPONSE, answers: [] }), from.port, '127.0.0.1');
    });
    udp.bind(port, '127.0.0.1');
    await once(udp, 'listening');
    const resolver = new Resolver([{ host: '127.0.0.1', port }]);
    expect((await resolver.query('a.test', 'A')).answers).to.have.length(1);
    udp.close();
    for (const socket of open) socket.destroy();
    tcp.close();
  });

  it('says which resolvers do not answer', async () => {
    const silent = createSocket('udp4');
    silent.bind(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address();
    const failed = await new Resolver([{ host: '127.0.0.1', port }], 30)
      .query('a.test', 'A')
      .catch((error: unknown) => error);
    expect(String(failed)).to.include(`no DNS resolver answers (127.0.0.1 port ${String(port)}), asked for A a.test`);
    silent.close();
  });

  it('fails where its machine cannot even send to it, as without a network', async () => {
    // Broadcast needs a permission that this socket has not: connecting fails, as it does where no route is.
    const failed = await new Resolver([{ host: '255.255.255.255', port: 53 }])
      .query('a.test', 'A')
      .catch((error: unknown) => error);
    expect(String(failed)).to.include('no DNS resolver answers (255.255.255.255 port 53), asked for A a.test');
  });

  for (const [text, host, port] of [
    ['192.0.2.1', '192.0.2.1', 53],
    ['192.0.2.1:5353', '192.0.2.1', 5353],
    ['2001:db8::1', '2001:db8::1', 53],
    ['[2001:db8::1]:5353', '2001:db8::1', 5353],
  ] as const)
    it(`${text} is ${host}, port ${String(port)}`, () => {
      expect(endpointOf(text)).to.deep.equal({ host, port });
    });

  for (const text of ['', 'resolver.example', '192.0.2.1:0', '192.0.2.1:70000', '[::1', '192.0.2.1:x'])
    it(`${JSON.stringify(text)} is no resolver`, () => {
      expect(() => endpointOf(text)).to.throw('is no resolver');
    });
});
