import type { Probe } from '../probes/probe.js';
import type { VersionFacts } from '../probes/versions.js';
import { defineCheck, fail, inconclusive, pass, type Check, type ServerFlaw } from './check.js';
import { strangersPort, usersPort } from './subjects.js';

/** What differs between checks of versions: everything but the judge and the examples. */
export interface VersionCheck extends Pick<
  Check,
  'why' | 'references' | 'cve' | 'severity' | 'remedy' | 'byHand' | 'covers'
> {
  /** The version that must be refused; the check's id is made of it (`TLS 1.0`: `tls-1-0-accepted`). */
  readonly version: string;
  /** An id of its own, where it is not made of the version. */
  readonly id?: string;
  readonly probe: Probe<VersionFacts>;
  readonly relay: Required<NonNullable<Check['relay']>>;
  /** A failure says which suite was taken. */
  readonly namesSuite?: true;
  /** The test server that accepts the version. */
  readonly server: ServerFlaw['server'];
}

/** Declares a check of a version of SSL or TLS that is refused, as it should be, where the server accepts another one. */
export const defineVersionCheck = ({ version, id, probe, namesSuite, server, ...frame }: VersionCheck): Check =>
  defineCheck({
    id: id ?? `${version.toLowerCase().replace(/\W/g, '-')}-accepted`,
    title: `${version} is refused`,
    cwe: ['CWE-326', 'CWE-327'],
    ...frame,
    intrusiveness: 'passive',
    needs: { version: probe },
    judge: ({ version: { accepted, detail, control, at } }) => {
      const proof = at && { text: detail, at };
      if (accepted) return fail(`${version} is accepted${namesSuite ? ` (${detail})` : ''}`, { proof });
      return control
        ? pass(`${version} is refused (${detail})`, { proof })
        : inconclusive(`${version} was refused (${detail}), but so was everything else`, { proof });
    },
    flaw: { name: `accepts ${version}`, server },
    examples: [
      {
        given: { version: { accepted: false, detail: 'alert protocol_version', control: true } },
        on: usersPort,
        then: 'pass',
      },
      {
        given: { version: { accepted: false, detail: 'closed', control: false } },
        on: usersPort,
        then: 'inconclusive',
      },
      { given: { version: { accepted: true, detail: '', control: true } }, on: usersPort, then: 'fail' },
      {
        given: { version: { accepted: true, detail: '', control: true } },
        on: strangersPort,
        then: frame.relay.status,
      },
    ],
  });
