import { expect } from 'chai';
import type { Result } from '../../src/document/report-model.js';
import { outwaitedIn } from '../../src/report/outwaited.js';

const result = (name: string, more: Partial<Result> = {}): Result => ({
  case: `${name}@imap+starttls#server`,
  id: name.split('/')[0] ?? name,
  title: 'a case',
  family: 'refuse',
  protocol: 'imap',
  tls: 'starttls',
  seat: 'server',
  portRole: 'imap',
  status: 'not-applicable',
  because: 'it waited',
  references: [],
  cve: [],
  cwe: [],
  evidence: [],
  reproduce: [],
  ...more,
});
const SECONDS = { decidedBy: 'starttls-unanswered/for-seconds' };
const MINUTES = { decidedBy: 'starttls-unanswered/for-minutes' };

describe('what a client does when its own time is over', () => {
  it('is told to be open where no case waited for it', () => {
    expect(
      outwaitedIn({
        results: [result('starttls-answered-wrongly/a', SECONDS), result('starttls-answered-wrongly/b', SECONDS)],
      }),
    ).to.deep.equal([
      '2 cases ended while the client was still waiting; what it does when its own time is over, starttls-unanswered/for-seconds tests (--all)',
    ]);
  });

  it('is known where one did, whatever came of it', () => {
    for (const status of ['safe', 'unsafe', 'inconclusive'] as const)
      expect(
        outwaitedIn({
          results: [
            result('starttls-answered-wrongly/a', SECONDS),
            result('starttls-unanswered/for-seconds', { status }),
          ],
        }),
      ).to.deep.equal([]);
  });

  it('is open as far as the case that waited was outwaited, too', () => {
    expect(
      outwaitedIn({
        results: [result('starttls-answered-wrongly/a', SECONDS), result('starttls-unanswered/for-seconds', MINUTES)],
      }),
    ).to.deep.equal([
      '1 case ended while the client was still waiting; what it does when its own time is over, starttls-unanswered/for-minutes tests (--all)',
    ]);
  });

  it('is another one’s in another protocol, and where another client came', () => {
    const other = result('starttls-unanswered/for-seconds', { status: 'safe' });
    for (const more of [{ protocol: 'pop3' }, { tls: 'implicit' }, { client: 'another' }] as const)
      expect(
        outwaitedIn({ results: [result('starttls-answered-wrongly/a', SECONDS), { ...other, ...more }] }),
      ).to.have.length(1);
  });
});
