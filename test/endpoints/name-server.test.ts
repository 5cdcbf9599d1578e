import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { decode, encode, type DecodedPacket, type Question } from 'dns-packet';
import { expect } from 'chai';
import type { Surroundings } from '../../src/endpoints/discovery/discovery.js';
import { NameServer } from '../../src/endpoints/discovery/name-server.js';
import { recordsFor } from '../../src/endpoints/discovery/records.js';

const AROUND: Surroundings = {
  domain: 'lab.test',
  address: '127.0.0.5',
  stranger: { host: 'attacker.test', address: '127.0.0.6' },
  told: {
    dns: { protocol: 'imap', takesMail: false, service: 'imaps', host: 'mail.lab.test', port: 993, tls: 'implicit' },
  },
  web: 'https',
  asksLogin: false,
  user: 'user',
};

const ROWS: readonly (Question & { readonly answers: readonly unknown[]; readonly rcode?: string })[] = [
  {
    type: 'SRV',
    name: '_imaps._tcp.lab.test',
    answers: [{ priority: 0, weight: 1, target: 'mail.lab.test', port: 993 }],
  },
  { type: 'A', name: '_imaps._tcp.lab.test', answers: [] },
  { type: 'SRV', name: '_imap._tcp.lab.test', answers: [], rcode: 'NXDOMAIN' },
  { type: 'SRV', name: '_autodiscover._tcp.lab.test', answers: [], rcode: 'NXDOMAIN' },
  { type: 'A', name: 'AutoConfig.Lab.test', answers: ['127.0.0.5'] },
  { type: 'AAAA', name: 'mail.lab.test', answers: [] },
  { type: 'A', name: 'attacker.test', answers: ['127.0.0.6'] },
  { type: 'MX', name: 'lab.test', answers: [{ preference: 10, exchange: 'mail.lab.test' }] },
  { type: 'PTR', name: '5.0.0.127.in-addr.arpa', answers: [], rcode: 'NXDOMAIN' },
];

const opened = (): Promise<NameServer> =>
  NameServer.open({ address: '127.0.0.1', port: 0, records: (question) => recordsFor(question, AROUND) });

const byUdp = async (port: number, ...packets: Buffer[]): Promise<DecodedPacket> => {
  const socket = createSocket('udp4');
  try {
    const reply = once(socket, 'message') as Promise<[Buffer]>;
    for (const packet of packets) socket.send(packet, port, '127.0.0.1');
    return decode((await reply)[0]);
  } finally {
    socket.close();
  }
};

const query = (question: Question): Buffer => encode({ type: 'query', id: 7, questions: [question] });

const framed = (packet: Buffer): Buffer => {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(packet.length);
  return Buffer.concat([length, packet]);
};

describe('the name server of a scene', () => {
  for (const { answers, rcode = 'NOERROR', ...question } of ROWS)
    it(`answers ${question.type} ${question.name}`, async () => {
      await using server = await opened();
      const reply = await byUdp(server.port, query(question));
      expect(reply.answers?.map((each) => ('data' in each ? each.data : undefined))).to.deep.equal(answers);
      expect(reply).to.deep.include({ id: 7, rcode });
      expect([...server.asked]).to.deep.equal([`${question.type} ${question.name.toLowerCase()}`]);
    });

  it('answers by TCP, several questions on one connection, in whatever pieces they come', async () => {
    await using server = await opened();
    const socket = connect(server.port, '127.0.0.1');
    const both = Buffer.concat(ROWS.slice(0, 2).map((row) => framed(query({ type: row.type, name: row.name }))));
    socket.write(both.subarray(0, 5));
    socket.end(both.subarray(5));
    let came = Buffer.alloc(0);
    for await (const bytes of socket) came = Buffer.concat([came, bytes as Buffer]);
    const first = came.readUInt16BE(0);
    expect(decode(came.subarray(2, 2 + first)).answers).to.have.lengthOf(1);
    expect(decode(came.subarray(4 + first)).answers).to.have.lengthOf(0);
  });

  it('survives what is no question', async () => {
    await using server = await opened();
    const [row] = ROWS;
    const garbage = [Buffer.alloc(0), Buffer.from('hello'), Buffer.alloc(600, 0xff), Buffer.alloc(12)];
    const reply = await byUdp(server.port, ...garbage, query({ type: 'SRV', name: row?.name ?? '' }));
    expect(reply.answers).to.have.lengthOf(1);
  });
});
