import * as chai from 'chai';
import { expect } from 'chai';
import { waxsealChai } from '../../src/chai/index.js';
import type { ClientResult } from '../../src/testing/test-client.js';
import { canaries, visitOf } from '../verdict/visits.js';

chai.use(waxsealChai);

const result = (status: ClientResult['status'], id = 'x'): ClientResult => ({
  case: `${id}@smtp+starttls#server`,
  id,
  title: 'title',
  protocol: 'smtp',
  tls: 'starttls',
  status,
  because: `because of ${id}`,
  references: [],
  cve: [],
  cwe: [],
  evidence: status === 'unsafe' ? [{ connection: 1, entry: 1, quote: 'MAIL', why: 'MAIL was sent outside TLS' }] : [],
  reproduce: ['testClient', '{"seed":"s"}'],
});

describe('chai: safe, unsafe, downgradable', () => {
  const rows: { given: ClientResult['status'][]; safe: boolean; unsafe?: boolean }[] = [
    { given: ['safe'], safe: true },
    { given: ['safe', 'safe', 'not-applicable'], safe: true },
    { given: ['not-applicable'], safe: false },
    { given: [], safe: false },
    { given: ['safe', 'inconclusive'], safe: false },
    { given: ['safe', 'downgradable'], safe: false },
    { given: ['safe', 'unsafe'], safe: false },
    { given: ['unsafe', 'not-applicable'], safe: false, unsafe: true },
  ];
  for (const { given, safe, unsafe = false } of rows) {
    const results = given.map((status) => result(status));
    it(`[${given.join(', ')}] is ${safe ? '' : 'not '}safe and ${unsafe ? '' : 'not '}unsafe`, () => {
      const holds = (assertion: () => unknown): boolean => {
        try {
          assertion();
          return true;
        } catch (error) {
          expect(error).to.be.instanceOf(chai.AssertionError);
          return false;
        }
      };
      expect(holds(() => expect(results).to.all.be.safe())).to.equal(safe);
      expect(holds(() => expect(results).to.not.be.safe())).to.equal(!safe);
      expect(holds(() => expect(results).to.all.be.unsafe())).to.equal(unsafe);
    });
  }

  it('takes one result, and chains', () => {
    expect(result('safe')).to.be.safe().and.have.property('id', 'x');
    expect(result('downgradable')).to.be.downgradable();
  });

  it('fails with the worst result’s reason and its marked transcript', () => {
    const observed = visitOf('smtp', ['S: 220 ready', `C: MAIL FROM:<${canaries.from}@lab.test>`, 'S: \u001b[31mred']);
    const worst = Object.defineProperty(result('unsafe', 'stripped'), 'observed', { value: observed });
    expect(() => expect([result('safe'), result('inconclusive', 'slow'), worst]).to.all.be.safe())
      .to.throw(chai.AssertionError)
      .with.property('message')
      .that.matches(/all 3 results to be safe, but stripped@smtp\+starttls#server is unsafe: because of stripped/)
      .and.matches(/testClient \{"seed":"s"\}/)
      .and.matches(/▶.*MAIL FROM/)
      .and.matches(/slow@smtp\+starttls#server is inconclusive/)
      .and.not.include('\u001b');
  });

  for (const [what, wrong] of Object.entries({
    nothing: undefined,
    text: 'text',
    'a promise': Promise.resolve([]),
    'another object': [{}],
  })) {
    it(`${what} is no result`, () => {
      expect(() => expect(wrong).to.be.safe()).to.throw(TypeError, 'was its promise awaited?');
    });
  }
});
