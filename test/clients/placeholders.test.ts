import { expect } from 'chai';
import {
  fillIn,
  placeholderEnvironment,
  PLACEHOLDERS,
  placeholderValues,
  takesScheme,
} from '../../src/clients/placeholders.js';
import { task } from './task.js';

const paths = {
  message: '/h/message.eml',
  ca: '/h/ca.pem',
  caDir: '/h/ca',
  caP12: '/h/ca.p12',
  caJks: '/h/ca.jks',
  home: '/h',
  dir: '/h/work',
};

describe('placeholders', () => {
  const rows: { given: string; becomes: string; because: string }[] = [
    {
      given: '{host}:{port}',
      becomes: 'localhost:40143',
      because: 'known words are replaced, several in one argument',
    },
    { given: '{url}/INBOX', becomes: 'imap://localhost:40143/INBOX', because: 'a URL has no path of its own' },
    { given: '{user}:{password}', becomes: 'auser:apassword', because: 'credentials are words too' },
    { given: '%{http_code}', becomes: '%{http_code}', because: 'it is curl’s' },
    { given: '{a,b}', becomes: '{a,b}', because: 'it is a shell’s' },
    { given: '${HOME}', becomes: '${HOME}', because: 'words are lower case' },
    { given: '{hosts} { host } {}', becomes: '{hosts} { host } {}', because: 'words are whole' },
    { given: '{{host}}', becomes: '{localhost}', because: 'braces do not escape' },
    {
      given: '{constructor} {__proto__}',
      becomes: '{constructor} {__proto__}',
      because: 'no other property is a word',
    },
  ];
  for (const { given, becomes, because } of rows) {
    it(`${given} becomes ${becomes}: ${because}`, () => {
      expect(fillIn(given, placeholderValues(task(), paths))).to.equal(becomes);
    });
  }

  it('a value with a placeholder in it is not replaced again', () => {
    expect(fillIn('{user}', placeholderValues(task({ user: '{password}$&' }), paths))).to.equal('{password}$&');
  });

  it('an IPv6 address stands in brackets in a URL, and nowhere else', () => {
    const values = placeholderValues(task({ host: '::1', portRole: 'imaps' }), paths);
    expect([values.url, values.host]).to.deep.equal(['imaps://[::1]:40143', '::1']);
  });

  it('all of them are in the environment', () => {
    const environment = placeholderEnvironment(placeholderValues(task(), paths));
    expect(Object.keys(environment)).to.have.length(PLACEHOLDERS.length);
    expect(environment).to.include({ WAXSEAL_HOST: 'localhost', WAXSEAL_CA_DIR: '/h/ca', WAXSEAL_TO: 'to@lab.test' });
  });

  it('a command that takes its scheme from waxseal is known', () => {
    expect([
      takesScheme(['curl', '{url}']),
      takesScheme(['x', '--{scheme}']),
      takesScheme(['x', '{host}', '%{url_effective}']),
    ]).to.deep.equal([true, true, false]);
  });
});
