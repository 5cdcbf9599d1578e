import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../src/fault.js';
import { caseOf, judgeVisit } from '../../src/document/judge.js';
import { recordingOf, visitOf } from '../../src/document/recording.js';
import { parseRecording, serializeRecording } from '../../src/wire/recording.js';
import { visitOf as scripted } from '../verdict/visits.js';

const folder = join(import.meta.dirname, '../../fixtures/recordings');
const verdicts = JSON.parse(readFileSync(join(folder, '../verdicts.json'), 'utf8')) as Record<
  string,
  { status: string; because: string }
>;
const read = (file: string): string => readFileSync(join(folder, file), 'utf8');

describe('recordings of real clients', () => {
  it('have a verdict each', () => {
    expect(readdirSync(folder).sort()).to.deep.equal(Object.keys(verdicts).sort());
    expect(new Set(Object.values(verdicts).map(({ status }) => status))).to.include.members([
      'safe',
      'unsafe',
      'downgradable',
      'inconclusive',
    ]);
  });

  for (const [file, verdict] of Object.entries(verdicts)) {
    it(`${file}: judged again it is ${verdict.status}`, () => {
      const visit = visitOf(parseRecording(read(file), file));
      const { status, because } = judgeVisit(caseOf(visit), visit);
      expect({ status, because }).to.deep.equal(verdict);
    });

    it(`${file}: read and written it is the same, byte for byte`, () => {
      expect(serializeRecording(parseRecording(read(file), file))).to.equal(read(file));
    });
  }

  it('hold no secret of a real account', () => {
    const text = read('curl-other-account.json');
    expect(parseRecording(text, '').masked).to.not.be.empty;
    expect(text).to.not.include('correct-horse');
  });
});

describe('the recording document', () => {
  const visit = scripted('imap', ['S: * OK', 'C: a LOGIN \xe9\u0080 x']);

  it('is ASCII, and equal for equal visits whatever the order of their keys', () => {
    const text = serializeRecording(recordingOf(visit, []));
    expect(text).to.match(/^[\n\x20-\x7e]*$/);
    const reversed = Object.fromEntries(Object.entries(visit).reverse()) as unknown as typeof visit;
    expect(serializeRecording(recordingOf(reversed, []))).to.equal(text);
    expect(visitOf(parseRecording(text, ''))).to.deep.equal(visit);
  });

  const whole = serializeRecording(recordingOf(visit, []));
  const changed = (change: (document: { schema: unknown; visit: Record<string, unknown> }) => void): string => {
    const document = JSON.parse(whole) as Parameters<typeof change>[0];
    change(document);
    return JSON.stringify(document);
  };
  const corrupt: readonly (readonly [what: string, text: string, complaint: string])[] = [
    ['an empty file', '', 'it is empty'],
    ['a file cut off', whole.slice(0, -40), 'cut off'],
    ['binary garbage', '\0\x01\x02\xff', 'not JSON'],
    ['other JSON', '[1,2]', 'its schema is null'],
    [
      'a later schema',
      changed((document) => {
        document.schema = 'urn:waxseal:recording:2';
      }),
      'recording:2',
    ],
    [
      'a hostile schema',
      changed((document) => {
        document.schema = '\x1b[31m';
      }),
      '\\\\u001b',
    ],
    [
      'a missing field',
      changed((document) => {
        delete document.visit['hits'];
      }),
      '/visit',
    ],
    [
      'a field of another type',
      changed((document) => {
        document.visit['number'] = 'one';
      }),
      '/visit/number',
    ],
    [
      'an unknown field',
      changed((document) => {
        document.visit['more'] = 1;
      }),
      '/visit',
    ],
    [
      'a hit that points nowhere',
      changed((document) => {
        document.visit['hits'] = [{ connection: 1, entry: 99, canary: 'user', form: 'literal', inside: false }];
      }),
      '/visit/hits/0',
    ],
  ];
  for (const [what, text, complaint] of corrupt) {
    it(`${what} is refused, and said to be what it is`, () => {
      const judging = (): unknown => parseRecording(text, 'x.json');
      expect(judging).to.throw(Fault, complaint).with.property('code', 'CORRUPT_RECORDING');
      expect(judging).to.throw(/^[\x20-\x7e]*$/);
    });
  }

  it('a scenario that this version does not have is no reason to guess', () => {
    expect(() => caseOf({ ...visit, scenario: 'from-the-future' }))
      .to.throw(Fault, 'does not have')
      .with.property('code', 'CORRUPT_RECORDING');
  });
});
