import { expect } from 'chai';
import { pcapng } from '../../src/capture/capture-writer.js';
import { compareSides, pairedWith } from '../../src/capture/other-side.js';
import { connectionsIn, packets, type Script } from './captured.js';
import { tlsBytes } from './tls-bytes.js';

const ENDS: Script = ['C: a9 LOGOUT', 'S: a9 OK bye', 'C.', 'S.'];
const OFFERED: Script = ['S: * OK ready', 'C: a1 CAPABILITY', 'S: * CAPABILITY IMAP4rev1 STARTTLS', 'S: a1 OK done'];
const STRIPPED: Script = ['S: * OK ready', 'C: a1 CAPABILITY', 'S: * CAPABILITY IMAP4rev1', 'S: a1 OK done'];
const LOGIN: Script = ['C: a2 LOGIN alice hunter22', 'S: a2 OK in'];
const ASKED: Script = [...OFFERED, 'C: a2 STARTTLS'];

const ROWS: readonly {
  readonly name: string;
  readonly client: Script;
  readonly server: Script;
  readonly comesTo: string;
}[] = [
  {
    name: 'the same',
    client: [...OFFERED, ...LOGIN, ...ENDS],
    server: [...OFFERED, ...LOGIN, ...ENDS],
    comesTo: 'changed-on-path safe',
  },
  {
    name: 'the offer is gone',
    client: [...STRIPPED, ...LOGIN, ...ENDS],
    server: [...OFFERED, ...LOGIN, ...ENDS],
    comesTo: 'starttls-stripped unsafe',
  },
  {
    name: 'accepted by the server, refused to the client',
    client: [...ASKED, 'S: a2 BAD no', ...ENDS],
    server: [...ASKED, 'S: a2 OK go', ...ENDS],
    comesTo: 'starttls-stripped unsafe',
  },
  {
    name: 'STARTTLS does not arrive',
    client: [...ASKED, 'S: a2 BAD no', ...ENDS],
    server: [...OFFERED, 'C: a2 XXXXXXXX', 'S: a2 BAD no', ...ENDS],
    comesTo: 'starttls-stripped unsafe',
  },
  {
    name: 'another greeting',
    client: ['S: * OK hello', ...ENDS],
    server: ['S: * OK hullo', ...ENDS],
    comesTo: 'changed-on-path unsafe',
  },
];

const one = (script: Script, clientPort = 40_000) => connectionsIn(pcapng(packets(script, 143, clientPort)));

const compared = (client: Script, server: Script): string => {
  const near = one(client);
  // A proxy has a port of its own.
  const pairs = pairedWith(near, one(server, 50_123));
  const [connection] = near;
  if (connection === undefined) return 'nothing';
  const { id, judgement } = compareSides(connection, pairs.get(connection));
  return `${id} ${judgement.status}`;
};

describe('Captures of both sides', () => {
  for (const { name, client, server, comesTo } of ROWS)
    it(name, () => {
      expect(compared(client, server)).to.equal(comesTo);
    });

  it('two TLS sessions in place of one', async () => {
    const [near, far] = [await tlsBytes(), await tlsBytes()];
    const upgrade: Script = [...ASKED, 'S: a2 OK go'];
    const ends: Script = ['C.', 'S.'];
    expect(compared([...upgrade, ...near.bytes, ...ends], [...upgrade, ...near.bytes, ...ends])).to.equal(
      'changed-on-path safe',
    );
    expect(compared([...upgrade, ...near.bytes, ...ends], [...upgrade, ...far.bytes, ...ends])).to.equal(
      'tls-intercepted unsafe',
    );
    expect(compared([...OFFERED, ...LOGIN, ...ENDS], [...upgrade, ...far.bytes, ...ends])).to.equal(
      'starttls-stripped unsafe',
    );
  });

  it('a connection without another side is told so', () => {
    const [connection] = one([...OFFERED, ...ENDS]);
    expect(connection === undefined ? '' : compareSides(connection, undefined).judgement.status).to.equal(
      'inconclusive',
    );
  });
});
