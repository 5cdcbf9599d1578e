import { expect } from 'chai';
import type { MomentContext } from '../../src/endpoints/tamper.js';
import { honestInside } from '../../src/endpoints/honest.js';
import protocols from '../../src/protocols/index.js';
import type { ProtocolName } from '../../src/protocols/protocol.js';
import { withoutChosen } from '../../src/scenarios/bait.js';
import { goodbye, nextTag, withoutUpgrade } from '../../src/scenarios/rules.js';
import { passedControl } from '../verdict/scripted.js';

describe('the next tag', () => {
  const rows: readonly (readonly [tag: string, known: readonly string[], next: string])[] = [
    ['a1', [], 'a2'],
    ['A001', [], 'A002'],
    ['A099', [], 'A100'],
    ['9', [], '10'],
    ['A', [], 'B'],
    ['tag-1', ['tag-1', 'other'], 'other'],
    ['tag-7', ['tag-1', 'tag-7'], 'tag-8'],
  ];
  for (const [tag, known, next] of rows) {
    it(`after ${tag}${known.length > 0 ? `, as in ${known.join(' ')},` : ''} is ${next}`, () => {
      expect(nextTag(tag, known)).to.equal(next);
    });
  }
});

describe('a goodbye', () => {
  const rows = [
    ['nobody knows how quick the client is', undefined, 4000],
    ['the client is quick', passedControl({ pace: 20 }), 4000],
    ['it takes 1.5 s for what it says', passedControl({ pace: 1500 }), 12_000],
    ['it takes as long in clear', passedControl({ pace: 20, paceInClear: 1500 }), 12_000],
    ['it takes a minute', passedControl({ pace: 60_000 }), 16_000],
  ] as const;
  for (const [what, control, ms] of rows)
    it(`is followed by the end after ${String(ms)} ms of silence where ${what}`, () => {
      const [, silence] = goodbye(Buffer.from('bye'), control);
      expect(silence).to.include({ do: 'on-silence', ms });
    });
});

describe('a stripped list', () => {
  for (const name of ['smtp', 'imap', 'pop3', 'managesieve'] as const satisfies readonly ProtocolName[]) {
    it(`of ${name} is the one inside TLS, without the upgrade`, () => {
      const protocol = protocols[name];
      const insideOffer = honestInside(name);
      const outside = { ...insideOffer, upgrade: true, logins: [], loginDisabled: true };
      const context = { protocol, insideOffer, inside: false } as MomentContext;
      const [action] = withoutUpgrade(context, (edit) => [{ do: 'answer', ...(edit && { edit }) }]);
      const honest = protocol.answers.capabilities(undefined, outside);
      const stripped = action?.do === 'answer' ? action.edit?.(honest) : undefined;
      expect(stripped?.toString('latin1')).to.equal(
        protocol.answers.capabilities(undefined, insideOffer).toString('latin1'),
      );
    });
  }
});

describe('the list that differs from an injected one', () => {
  it('offers all logins but PLAIN', () => {
    expect(withoutChosen(honestInside('smtp'), undefined).logins).to.deep.equal(['LOGIN', 'CRAM-MD5', 'XOAUTH2']);
  });
});
