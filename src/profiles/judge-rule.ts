import type { TlsVersion } from '../tls/registries.js';
import type { ListenerFacts, RuleVerdict } from './facts.js';
import type { Requirement } from './profile.js';

/** Judges one requirement by the facts of one listener; undefined where it has no object there (no TLS 1.2, no DHE …). */
export const judgeRule = (requirement: Requirement, facts: ListenerFacts): RuleVerdict | undefined => {
  switch (requirement.kind) {
    case 'versions':
      return versionsVerdict(requirement, facts);
    case 'suites':
      return suitesVerdict(requirement, facts);
    case 'groups':
      return facts.groups === undefined
        ? unseen('groups were not listed')
        : only('group', facts.groups, requirement.allowed);
    case 'one-group': {
      if (facts.groups === undefined) return unseen('groups were not listed');
      const found = facts.groups.find((each) => requirement.of.includes(each));
      return found === undefined
        ? missed(`none of ${requirement.of.join(', ')} is accepted`)
        : met(`${found} is accepted`);
    }
    case 'signatures':
      if (facts.signatures === undefined) return unseen('signature schemes were not listed');
      return facts.signatures.length === 0 ? undefined : only('scheme', facts.signatures, requirement.allowed);
    case 'dh':
      return dhVerdict(requirement, facts);
    case 'key':
      return keyVerdict(requirement, facts);
    case 'certificate-signatures':
      if (facts.chain === undefined) return noCertificate;
      return only(
        'signature',
        requirement.leafOnly === true ? facts.chain.signatures.slice(0, 1) : facts.chain.signatures,
        requirement.allowed,
      );
    case 'lifetime': {
      if (facts.chain === undefined) return noCertificate;
      const { daysInAll } = facts.chain;
      const text = `the certificate is valid for ${String(daysInAll)} days`;
      return daysInAll <= requirement.mostDays
        ? met(text)
        : missed(`${text}, more than ${String(requirement.mostDays)}`);
    }
    case 'trait': {
      if (facts.traits === undefined) return refusesOlder(facts) ? undefined : unseen('TLS 1.2 was not looked at');
      const has = facts.traits[requirement.trait];
      const text = `${TRAITS[requirement.trait]} is ${has ? 'supported' : 'not supported'}`;
      return has === requirement.is ? met(text) : missed(text);
    }
    case 'checks':
      return checksVerdict(requirement.ids, facts);
    case 'passes':
      return passesVerdict(requirement.ids, facts);
  }
};

const met = (because: string): RuleVerdict => ({ state: 'met', because });
const missed = (because: string): RuleVerdict => ({ state: 'not-met', because });
const unseen = (because: string): RuleVerdict => ({ state: 'not-looked-at', because });
const noCertificate = unseen('no certificate was seen');

const versionsVerdict = (
  { required = [], refused = [] }: Extract<Requirement, { kind: 'versions' }>,
  { versions }: ListenerFacts,
): RuleVerdict => {
  const missing = required.filter((version) => versions.get(version) === false);
  const accepted = refused.filter((version) => versions.get(version) === true);
  if (missing.length + accepted.length > 0)
    return missed(
      [
        ...missing.map((version) => `${nameOf(version)} is refused`),
        ...accepted.map((version) => `${nameOf(version)} is accepted`),
      ].join(', '),
    );
  const untried = [...required, ...refused].filter((version) => !versions.has(version));
  if (untried.length > 0) return unseen(`not tried: ${untried.map(nameOf).join(', ')}`);
  const asked = [
    ...required.map((each) => `${nameOf(each)} is accepted`),
    ...refused.map((each) => `${nameOf(each)} is refused`),
  ];
  return met(asked.join(', '));
};

const suitesVerdict = (
  requirement: Extract<Requirement, { kind: 'suites' }>,
  facts: ListenerFacts,
): RuleVerdict | undefined => {
  const isNew = requirement.in === '1.3';
  if (facts.suites === undefined) {
    const wrong = isNew ? [] : facts.seenSuites.filter((each) => !requirement.allowed.includes(each));
    return wrong.length > 0 ? missed(`${wrong.join(', ')} accepted`) : unseen('suites were not listed');
  }
  const accepted = [...facts.suites].flatMap(([version, suites]) => ((version === 'TLSv1.3') === isNew ? suites : []));
  return accepted.length === 0 ? undefined : only('suite', [...new Set(accepted)], requirement.allowed);
};

const dhVerdict = (
  { leastBits = 0, primes, refused }: Extract<Requirement, { kind: 'dh' }>,
  { dh }: ListenerFacts,
): RuleVerdict | undefined => {
  if (dh === undefined) return unseen('DHE was not tried');
  if (dh === 'refused') return met('DHE is refused');
  const text = `DHE with ${String(dh.bits)} bits (${dh.name})`;
  const isGood = refused !== true && dh.bits >= leastBits && (primes?.includes(dh.name) ?? true);
  return isGood ? met(text) : missed(text);
};

const keyVerdict = (
  { rsaBits, others }: Extract<Requirement, { kind: 'key' }>,
  { chain }: ListenerFacts,
): RuleVerdict => {
  if (chain === undefined) return noCertificate;
  const { keyType, keyBits = 0, curve } = chain;
  const text =
    `the key is ${keyType.toUpperCase()} ${curve ?? (keyBits > 0 ? `${String(keyBits)} bits` : '')}`.trimEnd();
  const isGood = keyType.startsWith('rsa')
    ? rsaBits !== undefined && keyBits >= rsaBits
    : others.includes(curve ?? keyType);
  return isGood ? met(text) : missed(text);
};

const checksVerdict = (ids: readonly string[], { checks }: ListenerFacts): RuleVerdict | undefined => {
  const found = ids.map((id) => checks.get(id));
  const bad = found.find((each) => each !== undefined && (each.status === 'fail' || each.status === 'warn'));
  if (bad !== undefined) return missed(bad.because);
  const open = found.find((each) => each?.status === 'inconclusive');
  if (open !== undefined) return unseen(open.because);
  const untried = ids.filter((id) => !checks.has(id));
  if (untried.length > 0) return unseen(`${untried.join(', ')} was left out of this audit`);
  const told = found.find((each) => each?.status === 'pass' || each?.status === 'info');
  return told === undefined ? undefined : met(told.because);
};

const passesVerdict = (ids: readonly string[], { checks }: ListenerFacts): RuleVerdict => {
  const found = ids.map((id) => checks.get(id));
  const bad = found.find((each) => each !== undefined && each.status !== 'pass' && each.status !== 'inconclusive');
  if (bad !== undefined) return missed(bad.because);
  const open = found.find((each) => each?.status === 'inconclusive');
  if (open !== undefined) return unseen(open.because);
  const untried = ids.filter((id) => !checks.has(id));
  if (untried.length > 0) return unseen(`${untried.join(', ')} was left out of this audit`);
  return met(found.flatMap((each) => each?.because ?? []).join('; '));
};

/** Nothing but what is allowed; names what is not, or what there is. */
const only = (what: string, found: readonly string[], allowed: readonly string[]): RuleVerdict => {
  const wrong = found.filter((each) => !allowed.includes(each));
  if (found.length === 0) return unseen(`no ${what} was seen`);
  return wrong.length > 0
    ? missed(`${wrong.join(', ')} accepted`)
    : met(found.length > MOST_NAMED ? `all ${String(found.length)} are allowed` : found.join(', '));
};

const refusesOlder = ({ versions }: ListenerFacts): boolean =>
  OLDER.every((version) => versions.get(version) === false);

const nameOf = (version: TlsVersion): string =>
  version
    .replace('TLSv1.', 'TLS 1.')
    .replace('TLSv1', 'TLS 1.0')
    .replace(/SSLv(\d)/, 'SSL $1.0');

const OLDER: readonly TlsVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2'];
const MOST_NAMED = 4;
const TRAITS = {
  compression: 'compression',
  extendedMasterSecret: 'extended master secret',
  secureRenegotiation: 'secure renegotiation',
  encryptThenMac: 'encrypt-then-MAC',
} as const;
