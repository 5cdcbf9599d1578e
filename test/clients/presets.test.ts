import { expect } from 'chai';
import presets from '../../src/clients/presets/index.js';
import { presetSetUps } from '../../src/clients/presets/preset.js';
import { PLACEHOLDERS } from '../../src/clients/placeholders.js';

describe('presets', () => {
  it('have names of their own', () => {
    expect(new Set(presets.map((preset) => preset.name)).size).to.equal(presets.length);
  });

  for (const preset of presets) {
    it(`${preset.name}: every set-up says where to, as whom, and whom to trust`, () => {
      expect(presetSetUps(preset)).not.to.deep.equal([]);
      for (const setUp of presetSetUps(preset)) {
        const { command, files = {} } = preset.configure(setUp) ?? { command: [] };
        const text = [...command, ...Object.values(files)].join('\n');
        for (const words of [['host', 'url'], ['port', 'url'], ['user'], ['password'], ['ca']]) {
          const isThere = words.some(
            (word) => text.includes(`{${word}}`) || text.includes(`WAXSEAL_${word.toUpperCase()}`),
          );
          expect(isThere, `${words.join(' or ')} in ${JSON.stringify(setUp)}: ${text}`).to.equal(true);
        }
        const unknown = [...text.matchAll(/\{([a-z_0-9]+)\}/g)]
          .map(([, word = '']) => word)
          .filter((word) => !(PLACEHOLDERS as readonly string[]).includes(word));
        expect(unknown).to.deep.equal([]);
      }
    });

    it(`${preset.name}: a policy changes the configuration`, () => {
      for (const setUp of presetSetUps(preset).filter(({ policy }) => policy === 'opportunistic')) {
        expect(preset.configure(setUp)).not.to.deep.equal(preset.configure({ ...setUp, policy: 'required' }));
      }
    });
  }
});
