import { expect } from 'chai';
import { Fault } from '../../src/fault.js';
import { answerOf, keysOf, Prompts } from '../../src/clients/answers.js';

describe('answers to prompts', () => {
  for (const [given, terminal, keys] of [
    ['secret', true, 'secret\r'],
    ['secret', false, 'secret\n'],
    ['', true, '\r'],
    ['q\\c', true, 'q'],
    [':quit\\r\\c', true, ':quit\r'],
    ['\\e\\t\\x18\\c', true, '\u001b\t\u0018'],
    ['a\\\\e\\n', true, 'a\\e\\n\r'],
  ] as const)
    it(`${JSON.stringify(given)} ${terminal ? 'on a terminal' : 'without one'} is typed as ${JSON.stringify(keys)}`, () => {
      expect(keysOf(given, terminal)).to.equal(keys);
    });

  for (const [what, answers, output, texts] of [
    ['a prompt', ['password:=p'], ['Password: '], ['p']],
    ['a prompt in pieces', ['password:=p'], ['Pass', 'word', ': '], ['p']],
    ['a prompt with colours in it', ['password:=p'], ['\u001b[1mPass\u001b[0;31mword:'], ['p']],
    ['two prompts, in their order', ['user=u', 'password=p'], ['password? user? '], ['p', 'u']],
    ['a prompt that comes twice', ['password=p'], ['password ', 'wrong. password '], ['p', 'p']],
    ['a text with an equals sign', ['ok=a=b'], ['ok'], ['a=b']],
    ['no prompt', ['password=p'], ['Hello'], []],
    ['a pattern that matches nothing at all', ['x*=p'], ['yyy'], []],
  ] as const)
    it(`${what}: ${JSON.stringify(output)} is answered ${JSON.stringify(texts)}`, () => {
      const prompts = new Prompts(answers.map(answerOf));
      expect(output.flatMap((each) => prompts.read(each))).to.deep.equal(texts);
    });

  it('a screen that is drawn anew is not answered for ever', () => {
    const prompts = new Prompts([answerOf('>=x')]);
    const given = Array.from({ length: 100 }, () => prompts.read('> ').length);
    expect(given.reduce((sum, each) => sum + each, 0)).to.equal(20);
  });

  for (const [pair, message] of [
    ['password', /--answer needs PATTERN=TEXT/],
    ['=x', /--answer needs PATTERN=TEXT/],
    ['(=x', /is not a regular expression/],
  ] as const)
    it(`${pair} is refused`, () => {
      expect(() => answerOf(pair)).to.throw(Fault, message);
    });
});
