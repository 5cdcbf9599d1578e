import checks from '../checks/index.js';
import { isFact, type ListenerFacts } from '../profiles/facts.js';
import { judgeRule } from '../profiles/judge-rule.js';
import type { Profile } from '../profiles/profile.js';
import type { Requirement } from '../profiles/profile.js';
import { portOf } from '../protocols/port-roles.js';
import type { TlsVersion } from '../tls/registries.js';
import { grouped } from './grouped.js';
import type { ProfileReport, Result } from './report-model.js';

/** What a profile asks for, rule by rule, on every listener on which TLS was looked at. */
export const profileReport = (
  { id, title, version, kind, source, leavesOut, rules }: Profile,
  results: readonly Result[],
): ProfileReport => {
  // Results without a port are about a domain.
  const subjects = grouped(results, ({ host = '', port }) => `${host} ${port === undefined ? 'domain' : String(port)}`);
  return {
    id,
    title,
    version,
    kind,
    source,
    leavesOut,
    rules: subjects.flatMap(([, found]) => {
      const [{ host = '', port, portRole, protocol, tls } = {}] = found;
      const facts = listenerFacts(found);
      const isForUsers = portRole !== undefined && portOf(portRole).login;
      const place = port === undefined ? 'domain' : isForUsers ? 'users' : 'servers';
      return rules
        .filter(({ on }) => on === place || (on === undefined && port !== undefined))
        .flatMap(({ id: rule, section, says, level, requires }) => {
          const asked = protocol === undefined || tls === undefined ? requires : askedOf(requires, protocol, tls);
          const verdict = asked === undefined ? ENCRYPTED : judgeRule(asked, facts);
          return verdict === undefined
            ? []
            : [{ rule, section, says, level, host, ...(port !== undefined && { port }), ...verdict }];
        });
    }),
  };
};

/** What a rule asks of such a port; undefined where its checks are all about STARTTLS, and TLS begins with the first byte. */
const askedOf = (requires: Requirement, protocol: Result['protocol'], tls: Result['tls']): Requirement | undefined => {
  if (requires.kind !== 'checks') return requires;
  const ids = requires.ids.filter((id) => {
    const check = checks.find((each) => each.id === id);
    return (check?.modes?.includes(tls) ?? true) && (check?.protocols?.includes(protocol) ?? true);
  });
  return ids.length === 0 && tls === 'implicit' ? undefined : { ...requires, ids };
};

const ENCRYPTED = { state: 'met', because: 'TLS begins with the first byte' } as const;

/** What the results of one listener say, in the words of profiles; facts of stored reports have no type, and nothing is relied on. */
export const listenerFacts = (results: readonly Result[]): ListenerFacts => {
  const of = (id: string, name: string): unknown => {
    const facts = results.find((each) => each.id === id)?.facts;
    return facts?.[name];
  };
  const versions = new Map<TlsVersion, boolean>();
  for (const [version, id, name] of VERSIONS) {
    const { accepted, control } = objectOf(of(id, name));
    // Where no handshake succeeded a refusal is about something else.
    if (accepted === true || (accepted === false && control === true)) versions.set(version, accepted);
  }
  const suites = listOf(objectOf(of('mandatory-suite-missing', 'suites'))['versions']);
  const groups = objectOf(of('groups-unusable', 'groups'));
  const signatures = objectOf(of('weak-signatures', 'signatures'))['accepted'];
  const dh = objectOf(of('dh-weak', 'dh'));
  const traits = objectOf(of('compression-accepted', 'traits'));
  const chain = objectOf(objectOf(listOf(of('certificate-weak-signature', 'chains'))[0])['chain']);
  const leaf = objectOf(chain['leaf']);
  const path = listOf(chain['path'])
    .slice(1)
    .map(objectOf)
    .filter((each) => each['isSelfSigned'] !== true);
  const weak = listOf(objectOf(of('rc4-accepted', 'weak'))['accepted']).map(objectOf);
  return {
    versions,
    ...(suites.length > 0 && {
      suites: new Map(
        suites
          .map(objectOf)
          .map((each) => [
            String(each['version']) as TlsVersion,
            listOf(each['suites']).map((suite) => String(objectOf(suite)['suite'])),
          ]),
      ),
    }),
    seenSuites: weak.map(({ suite }) => String(suite)),
    ...('tls13' in groups && {
      groups: [...new Set([...listOf(groups['tls13']), ...listOf(groups['older'])].map(String))],
    }),
    ...(Array.isArray(signatures) && { signatures: signatures.map(String) }),
    ...(typeof dh['bits'] === 'number'
      ? { dh: { bits: dh['bits'], name: typeof dh['name'] === 'string' ? dh['name'] : 'unknown' } }
      : dh['refusal'] !== undefined && dh['control'] === true && { dh: 'refused' as const }),
    ...(typeof traits['compression'] === 'number' && {
      traits: {
        compression: traits['compression'] !== 0,
        extendedMasterSecret: traits['extendedMasterSecret'] === true,
        secureRenegotiation: traits['secureRenegotiation'] === true,
        encryptThenMac: traits['encryptThenMac'] === true,
      },
    }),
    ...(typeof leaf['keyType'] === 'string' && {
      chain: {
        keyType: leaf['keyType'],
        ...(typeof leaf['keyBits'] === 'number' && { keyBits: leaf['keyBits'] }),
        ...(typeof leaf['curve'] === 'string' && { curve: leaf['curve'] }),
        daysInAll: Number(leaf['daysInAll']),
        signatures: [leaf, ...path].map((each) => String(each['signatureAlgorithm'])),
      },
    }),
    checks: new Map(results.map(({ id, status, because }) => [id, { status, because }])),
  };
};

const objectOf = (value: unknown): Readonly<Record<string, unknown>> => (isFact(value) ? value : {});
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The check whose facts say whether a version is accepted, and their name there. */
const VERSIONS: readonly (readonly [TlsVersion, string, string])[] = [
  ['SSLv2', 'ssl-2-accepted', 'version'],
  ['SSLv3', 'ssl-3-accepted', 'version'],
  ['TLSv1', 'tls-1-0-accepted', 'version'],
  ['TLSv1.1', 'tls-1-1-accepted', 'version'],
  ['TLSv1.2', 'tls-1-2-missing', 'version'],
  ['TLSv1.3', 'tls-1-3-missing', 'version'],
];
