import { expect } from 'chai';
import { takesNoStrayReply } from '../../src/verdict/other-door.js';
import { scripted } from './scripted.js';

const UPGRADED = ['S: 220', 'C: EHLO x', 'S: 250 STARTTLS', 'C: STARTTLS', 'S! 220 Go', '--', '* withholds'];
const withheld = { beforeRelease: ['EHLO'], verbs: ['EHLO', 'AUTH', 'QUIT'], mechanisms: ['LOGIN'] };

describe('a greeting inside TLS that nobody asked for', () => {
  it('a client that says the next command before the last one is answered is out of step, and the command is named', () => {
    const { status, evidence } = takesNoStrayReply(
      scripted('smtp', [[...UPGRADED, 'C: EHLO x', 'C: VRFY x', '* releases', 'S: 250 x']], { withheld }),
    );
    expect([status, ...evidence.map(({ cause, entry, why }) => `${cause} ${String(entry)} ${why}`)]).to.deep.equal([
      'unsafe',
      'out-of-step 8 sent VRFY before its last command was answered: the server’s greeting was taken for the answer',
    ]);
  });

  it('a client that waits is not', () => {
    const script = [...UPGRADED, 'C: EHLO x', '* releases', 'S: 250 x', 'C: QUIT', 'S: 221', 'C.'];
    expect(takesNoStrayReply(scripted('smtp', [script], { withheld })).status).to.equal('safe');
  });
});
