import { expect } from 'chai';
import { judgeCaptures } from '../../src/document/judge-captures.js';
import { corpus, type CorpusFile } from '../../src/proof/corpus.js';
import { itSeldom } from '../support/in-turn.js';

const file = (name: string, bytes: Buffer | string) => ({
  name,
  async *bytes() {
    yield Buffer.from(bytes);
  },
});

/** What the captures of both sides come to together. */
const found = async ({ capture, besides = [] }: CorpusFile): Promise<readonly string[]> => {
  const [[name, bytes] = ['', '']] = besides;
  const { results, faults } = await judgeCaptures([file('client', capture)], { otherSide: file(name, bytes) });
  return [...faults, ...results.filter(({ id }) => SIDES.has(id)).map(({ id, status }) => `${id} ${status}`)];
};

const SIDES: ReadonlySet<string> = new Set(['starttls-stripped', 'tls-intercepted', 'changed-on-path']);

describe('Pairs of the corpus', function () {
  this.timeout(60_000);
  const pairs: CorpusFile[] = [];
  before(async () => {
    for await (const each of corpus(['control', 'starttls-not-offered']))
      if (each.label.otherSide !== undefined) pairs.push(each);
  });

  itSeldom('are found to be what their labels say', async () => {
    for (const each of pairs) {
      const { onPath = '' } = each.label;
      expect(await found(each), each.label.file).to.deep.equal([
        onPath === 'nothing' ? 'changed-on-path safe' : `${onPath} unsafe`,
      ]);
    }
  });

  itSeldom('hold each thing that can be done on the path, and the keys of TLS', () => {
    expect([...new Set(pairs.map(({ label }) => label.onPath))].sort()).to.deep.equal([
      'changed-on-path',
      'nothing',
      'starttls-stripped',
      'tls-intercepted',
    ]);
    const control = pairs.find(({ label }) => label.onPath === 'tls-intercepted');
    const keys = control?.besides?.find(([name]) => name === control.label.keys);
    expect(keys?.[1]).to.match(/^CLIENT_TRAFFIC_SECRET_0 /m);
  });
});
