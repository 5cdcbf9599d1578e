import { expect } from 'chai';
import scenarios from '../../src/scenarios/index.js';
import { DETECTIONS } from '../../src/rules/detections.js';
import { RULE_FORMS } from '../../src/rules/forms.js';
import { reported } from '../../src/rules/seen.js';

const rendered = (id: string): string => RULE_FORMS.find((form) => form.id === id)?.render(DETECTIONS, '0.0.0') ?? '';

/** What an option of Suricata may hold, by its keyword; others are not used. */
const OPTIONS: Readonly<Record<string, RegExp>> = {
  msg: /^"[A-Za-z0-9 ,-]+"$/,
  flow: /^established,to_(?:server|client)$/,
  flowbits: /^(?:noalert|(?:set|isset|unset),waxseal\.[a-z0-9]+\.[a-z]+)$/,
  pcre: /^"\/\^(?:[^"/;\\]|\\[\\/rnx.+])+\/i"$/,
  content: /^"\|16 03\|"$/,
  depth: /^2$/,
  reference: /^(?:cve,\d{4}-\d{4,}|url,www\.rfc-editor\.org\/rfc\/rfc\d+#section-[\d.]+)$/,
  classtype: /^(?:policy-violation|misc-activity)$/,
  metadata: /^waxseal [a-z0-9-]+$/,
  sid: /^\d{7}$/,
  rev: /^\d+$/,
};
const RULE =
  /^alert tcp any (?:any -> any \[\d+(?:,\d+)*\]|\[\d+(?:,\d+)*\] -> any any) \((?<options>(?:[a-z]+:(?:"(?:[^"\\]|\\.)*"|[^;"]+); ?)+)\)$/;

const optionsOf = (line: string): (readonly [string, string])[] =>
  [...(RULE.exec(line)?.groups?.['options'] ?? '').matchAll(/([a-z]+):("(?:[^"\\]|\\.)*"|[^;"]+);/g)].map(
    ([, name = '', value = '']) => [name, value] as const,
  );

describe('Rules for sensors', () => {
  it('name scenarios that exist', () => {
    const ids = new Set(scenarios.map(({ id }) => id));
    expect(DETECTIONS.flatMap((each) => each.scenarios).filter((id) => !ids.has(id))).to.deep.equal([]);
  });

  it('have a number and a name of their own', () => {
    expect(new Set(DETECTIONS.map(({ number }) => number)).size).to.equal(DETECTIONS.length);
    expect(new Set(DETECTIONS.map(({ id }) => id)).size).to.equal(DETECTIONS.length);
  });

  it('of Suricata have the form of rules: known keywords, quoted texts, a sid each', () => {
    const lines = rendered('suricata')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(lines.length).to.be.greaterThan(DETECTIONS.length);
    const sids: string[] = [];
    for (const line of lines) {
      expect(line).to.match(RULE);
      const options = optionsOf(line);
      for (const [name, value] of options) expect(value, `${name} in ${line}`).to.match(OPTIONS[name] ?? /^$/);
      for (const name of ['msg', 'flow', 'classtype', 'sid', 'rev'])
        expect(
          options.filter(([each]) => each === name),
          `${name} in ${line}`,
        ).to.have.lengthOf(1);
      sids.push(options.find(([name]) => name === 'sid')?.[1] ?? '');
    }
    expect(new Set(sids).size).to.equal(lines.length);
    // A state that is asked for is set by some rule.
    const bits = lines.flatMap((line) =>
      optionsOf(line)
        .filter(([name]) => name === 'flowbits')
        .map(([, value]) => value),
    );
    const set = new Set(bits.flatMap((bit) => (bit.startsWith('set,') ? [bit.slice(4)] : [])));
    expect(
      bits.flatMap((bit) => (bit.startsWith('isset,') ? [bit.slice(6)] : [])).filter((bit) => !set.has(bit)),
    ).to.deep.equal([]);
  });

  it('of Zeek have the form of signatures', () => {
    const text = rendered('zeek')
      .replace(/^#.*\n/gm, '')
      .trim();
    const signature =
      /^signature (waxseal-[a-z0-9-]+) \{\n {2}ip-proto == tcp\n {2}(?:src|dst)-port == \d+(?:,\d+)*\n {2}tcp-state established,(?:originator|responder)\n {2}payload \/(?:[^/\\\n]|\\.)+\/\n {2}event "[A-Za-z0-9:, ]+"\n\}\n?/;
    const names: string[] = [];
    for (let rest = text; rest !== '';) {
      const found = signature.exec(rest);
      expect(found, rest.slice(0, 200)).to.not.equal(null);
      names.push(found?.[1] ?? '');
      rest = rest.slice(found?.[0].length ?? rest.length);
    }
    expect(new Set(names).size).to.equal(names.length);
    expect(names.length).to.be.greaterThan(8);
  });

  const ROWS: readonly {
    readonly name: string;
    readonly protocol: 'smtp' | 'imap' | 'pop3' | 'managesieve';
    readonly said: readonly string[];
    readonly reports: readonly string[];
  }[] = [
    { name: 'a login in clear', protocol: 'imap', said: ['C:a1 login alice x\r\n'], reports: ['imap-login'] },
    {
      name: 'a login after a refusal',
      protocol: 'imap',
      said: ['C:a1 STARTTLS\r\n', 'S:a1 NO no\r\n', 'C:a2 LOGIN alice x\r\n'],
      reports: ['imap-login', 'imap-clear-after-refusal'],
    },
    {
      name: 'TLS after the go-ahead',
      protocol: 'smtp',
      said: ['C:STARTTLS\r\n', 'S:220 go\r\n', 'C:\x16\x03\x01\x02\x00\x01', 'C:\x17\x03\x03abc\r\n'],
      reports: [],
    },
    {
      name: 'no TLS after the go-ahead',
      protocol: 'smtp',
      said: ['C:STARTTLS\r\n', 'S:220 go\r\n', 'C:NOOP\r\n'],
      reports: ['smtp-clear-after-go-ahead'],
    },
    {
      name: 'a command in the segment of STARTTLS',
      protocol: 'smtp',
      said: ['C:STARTTLS\r\nRSET\r\n'],
      reports: ['smtp-text-behind-starttls'],
    },
    {
      name: 'a reply in the segment of the go-ahead',
      protocol: 'pop3',
      said: ['C:STLS\r\n', 'S:+OK go\r\n+OK more\r\n'],
      reports: ['pop3-text-behind-go-ahead'],
    },
    { name: 'a greeting of several lines', protocol: 'smtp', said: ['S:220-mx\r\n220 mx\r\n'], reports: [] },
    { name: 'PASS in clear', protocol: 'pop3', said: ['C:USER alice\r\n', 'C:PASS x\r\n'], reports: ['pop3-pass'] },
    {
      name: 'ManageSieve',
      protocol: 'managesieve',
      said: ['C:AUTHENTICATE "PLAIN" "AGEAYg=="\r\n'],
      reports: ['managesieve-authenticate-plain'],
    },
  ];
  for (const { name, protocol, said, reports } of ROWS)
    it(`${name}: ${reports.join(', ') || 'nothing'}`, () => {
      const segments = said.map((each) => ({
        from: each.startsWith('C') ? ('client' as const) : ('server' as const),
        data: each.slice(2),
      }));
      expect(reported(DETECTIONS, protocol, segments)).to.deep.equal(reports);
    });
});
