import { expect } from 'chai';
import { reportOf } from '../../src/document/report.js';
import type { Report, Result } from '../../src/document/report-model.js';
import { renderReport, type RenderOptions } from '../../src/report/render.js';

const result = (name: string, status: Result['status'], more: Partial<Result> = {}): Result => {
  const [id = name, variant] = name.split('/');
  return {
    case: `${name}@imap+starttls#server`,
    id,
    ...(variant !== undefined && { variant }),
    title: `title of ${id}`,
    protocol: 'imap',
    tls: 'starttls',
    portRole: 'imap',
    status,
    because: `${status} because of ${id}`,
    references: [],
    cve: [],
    cwe: [],
    evidence: [],
    reproduce: ['waxseal', 'test', '--scenario', name],
    ...more,
  };
};

const leak = (name: string, more: Partial<Result> = {}): Result =>
  result(name, 'unsafe', {
    severity: 'critical',
    leaked: ['credentials'],
    expected: 'gives up',
    fix: 'require TLS',
    ...more,
  });

const ofPort = (port: number, id: string, status: Result['status'], more: Partial<Result> = {}): Result => {
  const { portRole: _, ...base } = result(id, status);
  return {
    ...base,
    case: `${id}@imap+starttls#mail.example.org:${String(port)}`,
    tls: port > 900 ? 'implicit' : 'starttls',
    host: 'mail.example.org',
    address: '192.0.2.1',
    port,
    portRole: port > 900 ? 'imaps' : 'imap',
    target: 'mail.example.org',
    severity: 'high',
    because: `${id} on port ${String(port)}`,
    facts: { chains: [{ name: 'mail.example.org', chain: { chain: 'self-signed', leaf: { daysLeft: 62 } } }] },
    remedy: { postfix: `smtpd_${id} = …`, dovecot: `${id} = …` },
    reproduce: ['waxseal', 'audit', `imap://mail.example.org:${String(port)}`, '--check', id],
    byHand: `openssl s_client -connect 192.0.2.1:${String(port)}`,
    ...more,
  };
};

const text = (
  kind: Report['kind'],
  results: Result[],
  more: Partial<Report> = {},
  options: RenderOptions = {},
): string =>
  renderReport(
    {
      ...reportOf({ kind, startedAt: '2026-01-01T00:00:00Z', subject: { command: ['client'] }, results, visits: [] }),
      ...more,
    },
    'text',
    options,
  );
const linesOf = (shown: string): number => shown.trimEnd().split('\n').length;
const many = (count: number, make: (name: string) => Result): Result[] =>
  Array.from({ length: count }, (_, index) => make(`case-${String(index)}`));

describe('the text of a test', () => {
  it('of a safe client is short', () => {
    const shown = text('test', [result('control', 'safe'), ...many(45, (name) => result(name, 'safe'))]);
    expect(linesOf(shown)).to.be.at.most(15);
    expect(shown).to.match(/46 safe {2}\(--verbose lists all\)\n$/);
  });

  it('of a client with one flaw tells it once, with all its cases', () => {
    const shown = text('test', [
      result('control', 'safe'),
      ...many(40, (name) => result(name, 'safe')),
      leak('starttls-not-offered', { because: 'LOGIN was sent in clear' }),
      ...['454', '500', '501', '502'].map((code) =>
        leak(`starttls-refused/${code}`, { because: 'AUTHENTICATE was sent in clear' }),
      ),
    ]);
    expect(linesOf(shown)).to.be.at.most(60);
    expect(shown.match(/^unsafe/gm)).to.have.length(1);
    expect(shown).to.include('starttls-not-offered, starttls-refused (4 variants)');
    expect(shown).to.include('expected  gives up').and.include('fix       require TLS');
  });

  it('of a client that leaks without any attack tells that once', () => {
    const shown = text('test', [
      leak('control'),
      ...many(30, (name) => leak(name)),
      leak('certificate-fault/expired', { severity: 'critical', expected: 'ends the connection' }),
      leak('starttls-response-injection', { leaked: ['trust'], expected: 'discards', severity: 'high' }),
    ]);
    expect(shown.match(/^unsafe/gm), 'what it does under attacks only is news').to.have.length(2);
    expect(shown).to.match(/cases +control, that is without any attack; the same in 31\s+more cases/);
  });

  it('of a client that does not get on tells why once', () => {
    const shown = text(
      'test',
      [
        result('control', 'inconclusive', { because: 'the client made no connection' }),
        ...many(46, (name) =>
          result(name, 'inconclusive', {
            because: 'the client already fails with an honest server: the client made no connection',
          }),
        ),
      ],
      { diagnosis: ['imap with starttls: the client made no connection'] },
    );
    expect(shown.match(/made no connection/g)).to.have.length(1);
    expect(shown).to.include('control, and therefore 46 more cases');
  });

  it('tells accepted findings apart from others of their kind, in short', () => {
    const shown = text('test', [
      result('control', 'safe'),
      leak('starttls-not-offered'),
      leak('starttls-refused/454', { known: { reason: 'the vendor was told', state: 'expected' } }),
    ]);
    expect(shown.match(/^unsafe/gm)).to.have.length(2);
    expect(shown).to.match(/cases +starttls-refused\/454\n {2}accepted {2}the vendor was told\n\n/);
  });
});

const PORTS = [25, 587, 465, 143, 993, 110, 995, 4190, 2525];
const CHECKS = [
  'certificate-untrusted',
  'tls-1-0-accepted',
  'tls-1-1-accepted',
  'login-offered-before-tls',
  'x',
  'y',
  'z',
];

describe('the text of an audit', () => {
  it('of a good host with nine ports fits 40 lines', () => {
    const shown = text(
      'audit',
      PORTS.flatMap((port) => CHECKS.map((id) => ofPort(port, id, 'pass'))),
      { subject: { targets: ['mail.example.org'] } },
    );
    expect(linesOf(shown)).to.be.at.most(40);
    expect(shown).to.match(/^143 +imap +STARTTLS +no login +good, 62 days +pass$/m);
    expect(shown).to.match(/^993 +imaps +implicit TLS +– +good, 62 days +pass$/m);
    expect(shown).to.match(/63 pass {2}\(--verbose lists all\)\n$/);
  });

  it('of a bad host with nine ports fits 80 lines; a finding on many ports is one', () => {
    const results = PORTS.flatMap((port) => CHECKS.map((id) => ofPort(port, id, 'fail')));
    const shown = text('audit', results);
    expect(linesOf(shown)).to.be.at.most(80);
    expect(shown.match(/^fail/gm)).to.have.length(CHECKS.length);
    expect(shown).to.match(/^143 +imap +STARTTLS 1\.0\+ +login offered +self-signed, 62 d +high \+6$/m);
    expect(shown).to.include('remedy   postfix: smtpd_x = … · dovecot: x = …\n');
    expect(text('audit', results, {}, { width: 120 })).to.match(
      /^143 +imap +STARTTLS \(1\.0, 1\.1\) +login offered +self-signed, 62 days +fail \(high, 7 findings\)$/m,
    );
  });

  it('has a table that fits 80 columns, whatever is wrong', () => {
    for (const id of ['untrusted', 'wrong-name', 'out-of-date', 'weak-key', 'weak-signature']) {
      for (const daysLeft of [-1234, 3650]) {
        const facts = { chains: [{ chain: { chain: 'bad-signature', leaf: { daysLeft } } }] };
        const shown = text(
          'audit',
          PORTS.flatMap((port) => [
            ...CHECKS.map((check) => ofPort(port, check, 'fail', { severity: 'critical', facts })),
            ...many(4, (name) => ofPort(port, name, 'fail')),
            ofPort(port, `certificate-${id}`, 'fail', { severity: 'critical', facts }),
          ]).map((each) => (each.port === 465 ? { ...each, portRole: 'submissions' } : each)),
        );
        for (const line of shown.split('\n')) expect(line.length, line).to.be.at.most(80);
      }
    }
  });

  it('keeps the lines “by hand” for the worst findings where it would be longer than two screens', () => {
    const byHand = 'openssl s_client';
    const results = many(20, (name) => ofPort(143, name, 'fail', { byHand }));
    const shown = text('audit', results);
    expect(linesOf(shown)).to.be.within(75, 80);
    expect(shown.indexOf('by hand')).to.be.lessThan(shown.indexOf(' case-1\n'));
    expect(text('audit', results, {}, { passes: true }).match(/by hand/g)).to.have.length(20);
  });

  it('shows no setting of one version where that of another is too long to be shown', () => {
    const remedy = { postfix: 'a = yes', 'dovecot 2.3': 'long '.repeat(30), 'dovecot 2.4': 'b = no', exim: 'c = on' };
    const shown = text('audit', [ofPort(143, 'x', 'fail', { remedy })]);
    expect(shown).to.include('remedy   postfix: a = yes · exim: c = on\n');
  });

  it('tells findings with ports, severity and remedy in common once', () => {
    const remedy = { postfix: 'smtpd_tls_protocols = >=TLSv1.2' };
    const shown = text('audit', [
      ...[143, 993].flatMap((port) =>
        ['tls-1-0-accepted', 'tls-1-1-accepted'].map((id) =>
          ofPort(port, id, 'fail', { remedy, because: `${id.slice(4, 7)} is accepted` }),
        ),
      ),
      ofPort(143, 'x', 'fail', { remedy }),
    ]);
    expect(shown.match(/^fail/gm)).to.have.length(2);
    expect(shown).to.include('fail (high) on 143, 993: 1-0 is accepted; 1-1 is accepted\n');
    expect(shown).to.include(' --check tls-1-0-accepted \\\n             --check tls-1-1-accepted\n');
  });

  it('names hosts where there are several, and shows the line that proves a finding', () => {
    const shown = text('audit', [
      ofPort(143, 'x', 'fail', { evidence: [{ connection: 1, entry: 0, quote: '* OK hello\x1b', why: 'so' }] }),
      ofPort(143, 'x', 'fail', { host: 'mx.example.org', target: 'imap://mx.example.org' }),
    ]);
    expect(shown).to.include('fail (high) on mail.example.org: 143; mx.example.org: 143: x on port 143\n');
    expect(shown).to.include('  proof    port 143: * OK hello\\x1b\n');
  });

  it('keeps what is for information behind --verbose', () => {
    const results = [ofPort(143, 'x', 'info')];
    const shown = text('audit', results);
    expect(shown).to.not.include('info on 143');
    expect(shown).to.include('1 info');
    expect(text('audit', results, {}, { passes: true })).to.include('info on 143: x on port 143 (x)');
  });

  it('gives one command that checks all ports of a finding again', () => {
    const shown = text('audit', [ofPort(143, 'x', 'fail'), ofPort(993, 'x', 'fail'), ofPort(110, 'x', 'pass')]);
    expect(shown).to.include('again    waxseal audit mail.example.org --check x\n');
    expect(shown).to.include('fail (high) on 143, 993: x on port 143\n');
  });
});
