import { expect } from 'chai';
import { casesOf, type Case } from '../../src/cases/case.js';
import scenarios from '../../src/scenarios/index.js';
import type { Identity } from '../../src/serving/client-identity.js';
import { Clients } from '../../src/serving/clients.js';
import type { Course } from '../../src/stage/scene-options.js';
import type { ControlFacts } from '../../src/verdict/visit.js';
import { itSeldom, it } from '../support/in-turn.js';

const oneCase = (): Case => {
  const one = casesOf(scenarios, 'smtp', 'starttls', 'server').find(
    ({ scenario }) => scenario.id === 'starttls-not-offered',
  );
  if (one === undefined) throw new Error('no case');
  return one;
};

const facts = (passed: boolean): ControlFacts => ({
  passed,
  connections: 1,
  verbsOutside: [],
  verbsInside: [],
  tags: [],
  mechanisms: [],
  found: [],
  loggedIn: passed,
  duration: 1,
});

const attack = (one: Case): Course => ({ one, untouched: false, ordinal: 1 });

const named = (name: string): Identity => ({ name, verbs: ['EHLO'] });

describe('which clients are attacked', () => {
  const one = oneCase();
  const FLOODS: readonly { readonly strangers: number; readonly address: (number: number) => string }[] = [
    { strangers: 5000, address: () => '127.0.0.1' },
    { strangers: 5000, address: (number) => `10.0.${String(number >> 8)}.${String(number & 255)}` },
  ];
  for (const { strangers, address } of FLOODS) {
    it(`knows a client that passed its control after ${String(strangers)} strangers that did not, from ${address(1)}`, () => {
      const clients = new Clients([one], true);
      clients.learn('127.0.0.1', named('honest.test'), facts(true));
      for (let number = 1; number <= strangers; number++) {
        const course = clients.course(address(number));
        clients.left(address(number), course);
        if (course.untouched) clients.learn(address(number), named(`x${String(number)}`), facts(false));
        else clients.recognise(address(number), course, named(`x${String(number)}`));
      }
      expect(clients.recognise('127.0.0.1', attack(one), named('honest.test')).control?.passed).to.equal(true);
    });
  }

  it('lets cases take turns, also for a client that comes back before its last connection has ended', () => {
    const cases = casesOf(scenarios, 'smtp', 'starttls', 'server').slice(0, 3);
    const [first, ...others] = cases;
    if (first === undefined) throw new Error('no case');
    const clients = new Clients([first, ...others], false);
    const open = cases.map(() => clients.course('::1'));
    expect(open.map(({ one: met }) => met)).to.deep.equal(cases);
    for (const course of open) {
      clients.left('::1', course);
      clients.recognise('::1', course, named('honest.test'));
    }
    expect(clients.course('::1').one).to.equal(first);
  });

  itSeldom(
    'attacks most connections although strangers that never pass keep coming, and still sees a new client',
    () => {
      const clients = new Clients([one], true);
      clients.learn('::1', named('honest.test'), facts(true));
      let spared = 0;
      for (let number = 1; number <= 1000; number++) {
        clients.recognise('::1', attack(one), named(`x${String(number)}`));
        if (!clients.course('::1').untouched) continue;
        spared += 1;
        clients.learn('::1', named(`x${String(number)}`), facts(false));
      }
      expect(spared).to.be.within(50, 100);
      clients.learn('::1', named('second.test'), facts(true));
      clients.recognise('::1', attack(one), named('third.test'));
      expect(clients.course('::1').untouched).to.equal(true);
    },
  );

  for (const [what, known, passed, seen, expected] of [
    [
      'a nameless stranger that failed is nobody who says a name',
      {},
      false,
      { name: 'honest.test' },
      { name: 'EHLO honest.test' },
    ],
    ['a nameless client that failed is known by what it says', {}, false, {}, { name: '', passed: false }],
    [
      'a nameless client that passed does not vouch for one with a name',
      {},
      true,
      { name: 'honest.test' },
      { name: 'EHLO honest.test' },
    ],
    [
      'a client that says nothing of itself could be anybody',
      { name: 'honest.test' },
      true,
      {},
      { name: '', isUnnamed: true },
    ],
  ] as const)
    it(what, () => {
      const clients = new Clients([one], true);
      clients.learn('127.0.0.1', { ...known, verbs: ['STARTTLS'] }, facts(passed));
      const {
        control,
        withheld: _,
        ...told
      } = clients.recognise('127.0.0.1', attack(one), { ...seen, verbs: ['STARTTLS'] });
      expect({ ...told, ...(control && { passed: control.passed }) }).to.deep.equal(expected);
    });

  it('compares a client with itself alone: an attack that was made for one proves nothing of the other', () => {
    const all = casesOf(scenarios, 'smtp', 'starttls', 'server');
    const [injection] = all.filter(({ scenario }) => scenario.id === 'starttls-response-injection');
    if (injection === undefined) throw new Error('no case');
    const clients = new Clients([injection], true, all);
    const here = '127.0.0.1';
    const withheld = { beforeRelease: [], verbs: ['EHLO'], mechanisms: [] };
    clients.learn(here, named('first.test'), facts(true));
    const comparison = clients.course(here);
    expect(comparison.one.scenario.id).to.equal('control-withheld');
    clients.compare(here, comparison, named('first.test'), withheld);
    const forFirst = clients.course(here);
    expect([forFirst.one.scenario.id, forFirst.withheld]).to.deep.equal(['starttls-response-injection', withheld]);
    // Another client comes: it is seen alone, and compared with itself.
    expect(clients.recognise(here, forFirst, named('second.test'))).to.deep.equal({ name: 'EHLO second.test' });
    clients.learn(here, named('second.test'), facts(true));
    expect(clients.course(here).one.scenario.id).to.equal('control-withheld');
    clients.learn(here, named('second.test'), facts(true));
    const forSecond = clients.course(here);
    expect(forSecond.one.scenario.id).to.equal('control-withheld');
    clients.compare(here, forSecond, named('first.test'), withheld);
    expect(clients.recognise(here, forFirst, named('second.test'))).to.not.have.property('withheld');
    expect(clients.recognise(here, forFirst, named('first.test')).withheld).to.equal(withheld);
  });

  it('attacks although a comparison shows nothing, after three tries', () => {
    const all = casesOf(scenarios, 'smtp', 'starttls', 'server');
    const [injection] = all.filter(({ scenario }) => scenario.id === 'starttls-response-injection');
    if (injection === undefined) throw new Error('no case');
    const clients = new Clients([injection], true, all);
    clients.learn('::1', named('first.test'), facts(true));
    const played = [1, 2, 3, 4].map(() => {
      const course = clients.course('::1');
      if (clients.compares(course)) clients.compare('::1', course, named('first.test'), undefined);
      return course.one.scenario.id;
    });
    expect(played).to.deep.equal([
      ...['control-withheld', 'control-withheld', 'control-withheld'],
      'starttls-response-injection',
    ]);
  });
});
