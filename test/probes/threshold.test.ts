import { expect } from 'chai';
import { defineProbe } from '../../src/probes/probe.js';
import { callAtThreshold } from '../../src/probes/threshold.js';
import { loneObserver } from '../support/lone-observer.js';
import { rawServer } from '../support/raw-server.js';

const threeTimes = defineProbe<number>({
  id: 'three-times',
  scope: 'listener',
  cost: 3,
  phase: 'look',
  intrusiveness: 'passive',
  run: async (context) => {
    for (let made = 0; made < 3; made += 1) (await callAtThreshold(context)).close();
    return 3;
  },
});

describe('a connection on which TLS is due', () => {
  for (const { title, wantsHello, said } of [
    {
      title: 'is not introduced where the server starts TLS without EHLO',
      wantsHello: false,
      said: [['STARTTLS'], ['STARTTLS'], ['STARTTLS']],
    },
    {
      title: 'is introduced where the server wants EHLO, which it is asked once',
      wantsHello: true,
      said: [
        ['STARTTLS', 'EHLO', 'STARTTLS'],
        ['EHLO', 'STARTTLS'],
        ['EHLO', 'STARTTLS'],
      ],
    },
  ])
    it(title, async () => {
      const heard: string[][] = [];
      await using server = await rawServer((socket) => {
        const verbs: string[] = [];
        heard.push(verbs);
        socket.write('220 mail.example.org ESMTP\r\n');
        socket.on('data', (bytes) => {
          const [verb = ''] = bytes.toString('latin1').trim().split(' ');
          const isGreeted = verbs.includes('EHLO');
          verbs.push(verb);
          if (verb === 'EHLO') socket.write('250-mail.example.org\r\n250 STARTTLS\r\n');
          else socket.write(isGreeted || !wantsHello ? '220 go ahead\r\n' : '503 EHLO first\r\n');
        });
      });
      const observer = loneObserver({ port: server.port, role: 'smtp', protocol: 'smtp', tls: 'starttls' });
      expect(await observer.observe(threeTimes)).to.deep.equal({ kind: 'facts', facts: 3 });
      expect(heard).to.deep.equal(said);
    });
});
