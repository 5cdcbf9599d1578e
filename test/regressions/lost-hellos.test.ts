import { expect } from 'chai';
import type { AuditSession } from '../../src/audit/audit.js';
import { audited, PATIENCE, speaksSmtp, tls, type Play } from '../support/played-server.js';

// Connections that stay silent, as on a machine that is short of time: silence is no refusal of what was asked on them.

const CHECKS = ['static-rsa-accepted', 'groups-unusable', 'weak-suites-accepted', 'anonymous-suites-accepted'];

/** Implicit TLS, of whose connections those that are `lost` never say a word. */
const submissions = async (isLost: (connection: number) => boolean): Promise<Play> => {
  const secured = await tls();
  return (socket, connection) => {
    if (isLost(connection)) socket.on('data', () => undefined).on('error', () => undefined);
    else secured(socket, speaksSmtp('220 mail.example ESMTP\r\n'));
  };
};

interface Facts {
  readonly suites?: {
    readonly versions: readonly { readonly version: string; readonly suites: readonly { readonly suite: string }[] }[];
  };
  readonly groups?: { readonly tls13: readonly string[] };
}

/** Suites by version, and groups. */
const taken = ({ results }: AuditSession): string[] => {
  const { suites, groups } = Object.assign({}, ...results.map(({ facts }) => facts)) as Facts;
  return [
    ...(suites?.versions ?? []).flatMap((each) => each.suites.map(({ suite }) => `${each.version} ${suite}`)),
    ...(groups?.tls13 ?? []),
  ].sort();
};

describe('a server of which some connections stay silent', () => {
  const options = { servername: 'mail.lab.test', depth: 'full', patience: { ...PATIENCE, handshake: 1500 } } as const;

  it('serves the same suites and groups as without', async () => {
    const all = taken(await audited('submissions', await submissions(() => false), CHECKS, options));
    expect(all.length).to.be.greaterThan(10);
    const lost = await audited('submissions', await submissions((each) => each > 4 && each % 7 === 0), CHECKS, options);
    expect(lost.results.filter(({ status }) => status === 'inconclusive').map(({ because }) => because)).to.deep.equal(
      [],
    );
    expect(taken(lost).join('\n')).to.equal(all.join('\n'));
  }).timeout(120_000);
});
