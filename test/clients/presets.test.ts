import { expect } from 'chai';
import { Fault } from '../../src/fault.js';
import presets from '../../src/clients/presets/index.js';
import { presetSetUps } from '../../src/clients/presets/preset.js';
import { assertInstalled, presetPath } from '../../src/clients/presets/installed.js';
import { PLACEHOLDERS } from '../../src/clients/placeholders.js';

describe('presets', () => {
  it('have names of their own', () => {
    expect(new Set(presets.map((preset) => preset.name)).size).to.equal(presets.length);
  });

  for (const preset of presets) {
    it(`${preset.name}: every set-up says where to, as whom, and whom to trust`, () => {
      expect(presetSetUps(preset)).not.to.deep.equal([]);
      for (const setUp of presetSetUps(preset)) {
        const { command, files = {}, trust, answers = [] } = preset.configure(setUp) ?? { command: [] };
        const text = [...command, ...answers, ...Object.values(files)].join('\n');
        const needed = [
          ...(preset.discovers === true
            ? [['from']]
            : [
                ['host', 'url'],
                ['port', 'url'],
              ]),
          ['user'],
          ['password'],
          ...(trust === undefined ? [['ca']] : []),
        ];
        for (const words of needed) {
          const isThere = words.some(
            (word) => text.includes(`{${word}}`) || text.includes(`WAXSEAL_${word.toUpperCase()}`),
          );
          expect(isThere, `${words.join(' or ')} in ${JSON.stringify(setUp)}: ${text}`).to.equal(true);
        }
        const unknown = [...text.matchAll(/\{([a-z_0-9]+)\}/g)]
          .map(([, word = '']) => word)
          .filter((word) => !['built', ...PLACEHOLDERS].includes(word));
        expect(unknown).to.deep.equal([]);
      }
    });

    it(`${preset.name}: a policy changes the configuration`, () => {
      for (const setUp of presetSetUps(preset).filter(({ policy }) => policy === 'opportunistic')) {
        expect(preset.configure(setUp)).not.to.deep.equal(preset.configure({ ...setUp, policy: 'required' }));
      }
    });
  }

  const there = { title: 'A client', program: 'sh', packages: 'dash' };
  for (const [what, preset, message] of [
    [
      'its program',
      { ...there, program: 'no-such-program' },
      /^A client is not installed; install the Debian packages dash$/,
    ],
    [
      'a library',
      { ...there, needs: ['/bin/sh', '/no/lib.jar'] },
      /no \/no\/lib\.jar\); install the Debian packages dash$/,
    ],
    ['a package of npm', { ...there, needs: ['/no/x'], npm: 'x' }, /run npm install x in the folder/],
  ] as const)
    it(`without ${what} cannot start, and say what to install`, () => {
      expect(() => {
        assertInstalled(preset);
      })
        .to.throw(Fault, message)
        .with.property('code', 'CANNOT_START');
    });

  it('are found in folders of their own, after those of the PATH', () => {
    assertInstalled({ ...there, needs: ['/bin/sh'] });
    expect(presetPath({ folders: ['/opt/client'] })).to.equal(`${process.env['PATH'] ?? ''}:/opt/client`);
  });
});
