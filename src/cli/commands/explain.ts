import type { CommonOptions } from '../options.js';
import type { CommandDefinition } from './definition.js';
import { configurable, plainFormatOption } from './shared-options.js';

/** Defines `waxseal explain`. */
export const explain: CommandDefinition = ({ command, run }) => {
  configurable(command('explain', 'explain a scenario, check, port, topic, or a word of reports and messages'))
    .argument(
      '<id...>',
      'id of a scenario, variant or check, or of anything else that waxseal list names; port, such as 993, or several, such as 465,587; topic: firewall, sharing, visible, hsts, advice, vpn, sni, alpn, end-to-end, ocsp, pinning, inspection, claims; or a word, such as canary, control, family, cause',
    )
    .addOption(plainFormatOption())
    .action((ids: string[], options: CommonOptions) =>
      run(async () => (await import('../explain.js')).explain, options, ids),
    );
};
