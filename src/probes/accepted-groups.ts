import { hasKeyShare, randomHelloParts } from '../tls/key-share.js';
import { EXTENSION, groupName, knownGroups } from '../tls/registries.js';
import { enumerateGroups, enumerateSignatures, isChoice, type Enumerated } from './enumeration.js';
import { defineProbe, type Probe, type ProbeContext } from './probe.js';
import { answeredHello, helloAsker, refusalInWords, serverNameOf } from './raw-hello.js';
import { callAtThreshold } from './threshold.js';
import { tls10, tls11, tls12, tls13 } from './versions.js';
import { hasHandshake } from './handshake-control.js';

/** How one group of TLS 1.3 is negotiated: with its share in the hello, and by a HelloRetryRequest where it has none. */
export interface ShareFacts {
  readonly group: string;
  /** The hello has its share. */
  readonly sent: string;
  /** The hello has no share, or only others: the server asks for it. */
  readonly absent: string;
  /** The second hello has it. */
  readonly retried: string;
}

/** The groups that a server takes. */
export interface GroupsFacts {
  /** In the server's order where it has one. */
  readonly tls13: readonly string[];
  /** Of ECDHE in TLS 1.2, or the newest older version. */
  readonly older: readonly string[];
  /** Of the first group and of each hybrid one. */
  readonly shares: readonly ShareFacts[];
}

const groupsOf = (
  id: string,
  versions: readonly ('TLSv1.3' | 'TLSv1.2' | 'TLSv1.1' | 'TLSv1')[],
): Probe<Enumerated<string> | undefined> =>
  defineProbe({
    id,
    scope: 'listener',
    cost: 40,
    phase: 'look',
    intrusiveness: 'passive',
    run: async (context) => {
      await hasHandshake(context);
      for (const version of versions) {
        const { accepted } = await context.facts(VERSIONS[version]);
        if (accepted) return enumerateGroups(helloAsker(context), version, knownGroups());
      }
      return undefined;
    },
  });
const VERSIONS = { 'TLSv1.3': tls13, 'TLSv1.2': tls12, 'TLSv1.1': tls11, TLSv1: tls10 } as const;
const newerGroups = groupsOf('groups-tlsv1-3', ['TLSv1.3']);
const olderGroups = groupsOf('groups-older', ['TLSv1.2', 'TLSv1.1', 'TLSv1']);

/** All groups, one hello each and one more for a version; then shares sent, absent and retried. */
export const acceptedGroups = defineProbe<GroupsFacts>({
  id: 'accepted-groups',
  scope: 'listener',
  cost: 12,
  phase: 'look',
  intrusiveness: 'passive',
  run: async (context) => {
    const [newer, older] = await Promise.all([context.facts(newerGroups), context.facts(olderGroups)]);
    const tls13Groups = newer?.accepted ?? [];
    // Where no HelloRetryRequest names a group, shares of the usual ones show whether TLS 1.3 works at all.
    const chosen =
      newer?.accepted.length === 0 ? USUAL : tls13Groups.filter((name, index) => index === 0 || name.includes('MLKEM'));
    const numbers = knownGroups().filter((group) => chosen.includes(groupName(group)) && hasKeyShare(group));
    const shares: ShareFacts[] = [];
    for (const group of numbers) shares.push(await shareFacts(context, group));
    return { tls13: tls13Groups, older: older?.accepted ?? [], shares };
  },
});

const USUAL = ['x25519', 'secp256r1'];

const shareFacts = async (context: ProbeContext, group: number): Promise<ShareFacts> => {
  const ask = helloAsker(context);
  const { answer: sent } = await ask({ versions: ['TLSv1.3'], groups: [group], keyShares: [group] });
  const call = await callAtThreshold(context);
  const first = {
    versions: ['TLSv1.3'],
    groups: [group],
    keyShares: [],
    ...randomHelloParts(),
    ...serverNameOf(context),
  } as const;
  const { answer: absent } = await answeredHello(call, first);
  const isAsked = isChoice(absent, 'TLSv1.3') && absent.helloRetryRequest === group;
  const retried = isAsked
    ? await answeredHello(
        call,
        {
          ...first,
          keyShares: [group],
          ...(absent.cookie && { extraExtensions: new Map([[EXTENSION.cookie, absent.cookie]]) }),
        },
        { isSecond: true },
      )
    : undefined;
  call.close();
  const served = (answer: typeof sent): string =>
    isChoice(answer, 'TLSv1.3') && answer.keyShare === group ? 'served' : refusalInWords(answer);
  return {
    group: groupName(group),
    sent: served(sent),
    absent: isAsked ? 'HelloRetryRequest' : refusalInWords(absent),
    retried: retried === undefined ? 'not asked' : served(retried.answer),
  };
};

/** The schemes with which the server signs in TLS 1.2; TLS 1.3 hides them. */
export const acceptedSignatures = defineProbe<Enumerated<string>>({
  id: 'accepted-signatures',
  scope: 'listener',
  cost: 20,
  phase: 'look',
  intrusiveness: 'passive',
  run: async (context) => {
    await hasHandshake(context);
    if (!(await context.facts(tls12)).accepted) return { accepted: [], refusal: 'TLS 1.2 is refused' };
    return enumerateSignatures(helloAsker(context), SCHEMES);
  },
});

/** Those of TLS 1.3, and pairs of a hash and a signature as TLS 1.2 has them, down to MD5. */
const SCHEMES = [
  0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x081a, 0x081b, 0x081c, 0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b,
  0x0401, 0x0501, 0x0601, 0x0303, 0x0301, 0x0402, 0x0502, 0x0602, 0x0302, 0x0203, 0x0201, 0x0202, 0x0101,
];
