import { expect } from 'chai';
import { routeSweep } from '../../src/audit/route-secret.js';
import { Fault } from '../../src/fault.js';
import { Transcript } from '../../src/wire/transcript.js';

const PASSWORD = 'korrekt ünd "pferd"';
const proxy = { kind: 'http', host: '127.0.0.1', port: 1, login: { user: 'bob', password: PASSWORD } } as const;

describe('the password of a proxy', () => {
  it('is overwritten in everything that came back, and what is shared stays so', () => {
    const sweep = routeSweep({ proxy });
    if (sweep === undefined) throw new Error('there is a password');
    const basic = Buffer.from(`bob:${PASSWORD}`).toString('base64');
    const transcript = new Transcript(() => 1);
    transcript.bytes('server', Buffer.from(`* OK ${PASSWORD}\r\n`), false);
    const fact = { list: [`220 ${PASSWORD}`, 7], at: null };
    const fault = new Fault('UNREACHABLE', `said ${encodeURIComponent(PASSWORD)}`);
    const [one, two, { entries }, failed, words] = sweep([fact, fact, transcript, fault, `Basic ${basic}`] as const);
    expect(one).to.equal(two);
    expect(one.list[1]).to.equal(7);
    expect(failed).to.be.instanceOf(Fault);
    const text = JSON.stringify([one, entries, failed.message, words]);
    for (const piece of ['korrekt', 'pferd', encodeURIComponent(PASSWORD), basic]) expect(text).not.to.include(piece);
    expect(text).to.include('220 xxx').and.to.include('* OK xxx');
  });

  it('needs no sweep where there is none', () => {
    const { login: _login, ...bare } = proxy;
    expect(routeSweep({ proxy: bare })).to.equal(undefined);
    expect(routeSweep()).to.equal(undefined);
  });
});
