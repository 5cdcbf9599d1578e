import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { casesOf } from '../../src/cases/case.js';
import { caseNames, isSelected } from '../../src/cases/selection.js';
import { CLAIMS } from '../../src/knowledge/claims.js';
import { QUESTIONS } from '../../src/knowledge/questions.js';
import checks from '../../src/checks/index.js';
import { KINDS, listOf } from '../../src/knowledge/catalogue.js';
import { explanationsOf } from '../../src/knowledge/explanation.js';
import { ALL_PROTOCOLS } from '../../src/protocols/port-roles.js';
import { FAMILY_NAMES } from '../../src/scenarios/family.js';
import scenarios from '../../src/scenarios/index.js';
import { it } from '../support/in-turn.js';

const paragraph = (id: string, heading: string): string | undefined =>
  explanationsOf(id)
    .find(({ kind }) => kind === 'scenario')
    ?.paragraphs.find(([each]) => each === heading)?.[1];

describe('explain', () => {
  const glossary = readFileSync(join(import.meta.dirname, '../../docs/architecture.md'), 'utf8')
    .split('## ')
    .find((section) => section.includes('| word | meaning |'))
    ?.split('\n')
    .flatMap((line) => /^\| (?!word|---)([^|]+) \|/.exec(line)?.[1] ?? []);

  it('knows every word of the glossary, and finds more than a few there', () => {
    expect(glossary).to.have.length.above(30);
    expect(glossary?.filter((word) => !explanationsOf(word).some(({ kind }) => kind === 'word'))).to.deep.equal([]);
  });

  it('knows everything that `waxseal list` names', () => {
    const unknown = KINDS.flatMap((kind) =>
      listOf(kind)
        .flatMap(({ id }) => id.split(', '))
        .filter((id) => explanationsOf(id).length === 0)
        .map((id) => `${kind}: ${id}`),
    );
    expect(unknown).to.deep.equal([]);
  });

  it('says of a preset what it can be set up for', () => {
    const [preset] = explanationsOf('curl');
    expect(preset?.paragraphs.flat().join('\n'))
      .to.include('imap+starttls, imap+starttls if available, imap+implicit')
      .and.not.include('[object');
  });

  for (const family of FAMILY_NAMES)
    it(`the family ${family}`, () => {
      const found = explanationsOf(family).find(({ kind }) => kind === 'family');
      expect(found?.paragraphs[0]?.[1]).to.match(/^[a-z0-9-]+(?:, [a-z0-9-]+)*$/);
    });

  const ways: readonly (readonly [asked: string, kind: string, title: string])[] = [
    ['CANARIES', 'word', 'canary'],
    ['recordings', 'word', 'recording'],
    ['go ahead', 'word', 'go-ahead'],
    ['capability-list', 'word', 'capability list'],
    ['implicit-TLS', 'word', 'implicit tls'],
    ['IMAP', 'protocol', 'imap: '],
    ['Starttls-Refused', 'scenario', 'starttls-refused: '],
    ['referred', 'cause', 'referred: '],
    ['2525', 'port', 'Port 2525 is not registered for mail'],
    ['587, 465', 'port', 'Port 587: SMTP submission'],
    ['22', 'port', 'Port 22: SSH'],
    ['161', 'port', 'Port 161: SNMP'],
    ['989', 'port', 'Port 989: FTP, data'],
    ['8080', 'port', 'Port 8080: HTTP, alternative ports'],
    ['vpn', 'topic', 'Does a VPN make TLS for mail unnecessary?'],
    ['SNI', 'topic', 'What does SNI name?'],
    ['alpn', 'topic', 'What is ALPN for'],
    ['end-to-end', 'topic', 'Does TLS encrypt mail from end to end?'],
    ['ocsp', 'topic', 'Should a mail server staple OCSP answers?'],
    ['pinning', 'topic', 'Should a client pin'],
    ['inspection', 'topic', 'May a firewall inspect TLS?'],
    ['claims', 'topic', 'What is often said about ports and TLS'],
  ];
  for (const [asked, kind, title] of ways)
    it(`finds ${asked}`, () => {
      const found = explanationsOf(asked).find((each) => each.kind === kind);
      expect(found?.title.startsWith(title)).to.equal(true);
    });

  it('explains several ports, in the order asked', () => {
    expect(explanationsOf('465,587').map(({ title }) => title)).to.deep.equal([
      'Port 465: SMTP submission',
      'Port 587: SMTP submission',
    ]);
    expect(explanationsOf('465,1')).to.deep.equal([]);
  });

  it('tells every claim under a port or a topic of its own, and under no topic that does not exist', () => {
    const topics = new Set(QUESTIONS.map(({ topic }) => topic));
    const lost = CLAIMS.filter(
      ({ claim, ports, topics: under = [] }) =>
        [...ports.map(String), ...under].length === 0 ||
        [...ports.map(String), ...under].some(
          (id) =>
            !explanationsOf(id).some(({ paragraphs }) =>
              paragraphs.some(([, text]) => text.includes(`“${claim}”. But: `)),
            ),
        ),
    );
    expect(lost).to.deep.equal([]);
    expect(CLAIMS.flatMap(({ topics: under = [] }) => under).filter((topic) => !topics.has(topic))).to.deep.equal([]);
    expect(new Set(CLAIMS.map(({ id }) => id)).size).to.equal(CLAIMS.length);
  });

  const variants = scenarios.flatMap(({ id, variants: rows = [] }) => [
    ...new Set(rows.map(({ name }) => `${id}/${name}`)),
  ]);
  const all = ALL_PROTOCOLS.flatMap(({ name, modes }) =>
    modes.flatMap((tls) => casesOf(scenarios, name, tls, 'server')),
  );

  it('says of every variant what it does, where its scenario has several', () => {
    expect(variants).to.have.length.above(150);
    expect(variants.filter((id) => (paragraph(id, 'This variant') ?? '').length < 8)).to.deep.equal([]);
  });

  it('says of every check what it leaves in the server’s log, and of those that log in that they may leave something', () => {
    const said = (id: string): string =>
      explanationsOf(id)
        .find(({ kind }) => kind === 'check')
        ?.paragraphs.find(([heading]) => heading === 'Server log')?.[1] ?? '';
    expect(checks.filter(({ id }) => said(id) === '').map(({ id }) => id)).to.deep.equal([]);
    const logsIn = checks.filter(({ needs }) => Object.values(needs).some(({ phase }) => phase === 'login'));
    expect(logsIn).to.not.be.empty;
    expect(logsIn.filter(({ id }) => said(id).startsWith('nothing')).map(({ id }) => id)).to.deep.equal([]);
  });

  it('names a command for every scenario and variant that runs at least one case', () => {
    const idle = [...scenarios.map(({ id }) => id), ...variants].filter((id) => {
      const [, protocol, tls, glob = ''] =
        // Where only a person can judge it, the server stays and asks.
        /--protocol (\S+) --tls (\S+) --scenario (\S+) (?:(?:--place cell )?-- COMMAND|--rotate visit)$/.exec(
          paragraph(id, 'Try it') ?? '',
        ) ?? [];
      return !all.some((one) => one.protocol === protocol && one.tls === tls && isSelected([glob], caseNames(one)));
    });
    expect(idle).to.deep.equal([]);
  });
});
