import { Fault } from '../fault.js';
import type { CommonOptions } from './options.js';

/** Refuses options of `serve` that do not go together with `--all`, or that need it. */
export const requireFitting = (options: CommonOptions): void => {
  const { all = false, portOffset, unprivilegedPorts, http, maildir, mostMails, plaintext } = options;
  const { relay, spamassassin, linkCheck } = options;
  const of = (given: readonly (string | false)[]): string => given.filter((each) => each !== false).join(', ');
  const needing = of([
    portOffset !== undefined && '--port-offset',
    unprivilegedPorts === true && '--unprivileged-ports',
    http !== undefined && '--http',
    maildir !== undefined && '--maildir',
    mostMails !== undefined && '--most-mails',
    plaintext === true && '--plaintext',
  ]);
  if (!all && needing !== '') throw new Fault('BAD_USAGE', `${needing} needs --all`);
  const needingHttp = of([
    relay !== undefined && '--relay',
    spamassassin !== undefined && '--spamassassin',
    linkCheck !== undefined && '--link-check',
  ]);
  if (needingHttp !== '' && (!all || http === undefined))
    throw new Fault('BAD_USAGE', `${needingHttp} needs --all and --http`);
  if (!all) return;
  const others = of([
    options.protocol !== undefined && '--protocol',
    options.tls !== undefined && '--tls',
    options.scenario.length > 0 && '--scenario',
    options.rotate !== undefined && '--rotate',
    options.oneClient === true && '--one-client',
    options.port !== undefined && '--port',
    options.setupPort !== undefined && '--setup-port',
  ]);
  if (others !== '')
    throw new Fault(
      'BAD_USAGE',
      `${others} cannot be used with --all, which starts every server; --port-offset says where, --http offers CA and settings`,
    );
  if (portOffset !== undefined && unprivilegedPorts === true)
    throw new Fault('BAD_USAGE', 'use either --port-offset or --unprivileged-ports');
};
