import { hasKeyShare, randomHelloParts } from '../tls/key-share.js';
import { EXTENSION, groupName, knownGroups } from '../tls/registries.js';
import { ecdheSuites, newerGroups, olderGroups, SCHEMES } from './elimination-probes.js';
import { enumerateSignatures, isChoice, type Enumerated } from './enumeration.js';
import { defineProbe, type ProbeContext } from './probe.js';
import { answeredHello, helloAsker, refusalInWords, serverNameOf } from './raw-hello.js';
import { callAtThreshold } from './threshold.js';
import { tls12 } from './versions.js';
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
    const ridden = context.isBegun(ecdheSuites) ? await context.facts(ecdheSuites).catch(() => undefined) : undefined;
    // What was left is offered once more with suites of every kind of certificate.
    return enumerateSignatures(helloAsker(context), ridden?.schemes ?? { accepted: [], left: SCHEMES });
  },
});
