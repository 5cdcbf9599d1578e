import { certificates, chainFor } from '../probes/certificates.js';
import type { Probe } from '../probes/probe.js';
import type { NamedHandshake } from '../probes/named-chain.js';
import type { CertificateFacts } from '../tls/inspect.js';
import type { ChainFacts } from '../tls/inspect-chain.js';
import {
  defineCheck,
  inconclusive,
  notApplicable,
  type Check,
  type CheckStatus,
  type Finding,
  type PartialFacts,
  type Subject,
} from './check.js';
import { usersPort } from './subjects.js';

/** The probe of a certificate check. */
export interface CertificateNeeds extends Readonly<Record<string, Probe<unknown>>> {
  readonly chains: Probe<readonly NamedHandshake[]>;
}

/** A check that looks at the chain which a listener presents under one name. */
export interface CertificateCheck extends Omit<
  Check<CertificateNeeds>,
  'needs' | 'judge' | 'perName' | 'intrusiveness' | 'examples'
> {
  /** Judges a chain with a leaf that can be read. */
  readonly judge: (leaf: CertificateFacts, chain: ChainFacts, subject: Subject) => Finding;
  /** What it says where the leaf cannot be read; not applicable unless given. */
  readonly unreadable?: Finding;
  /** Run as tests, on a port for users unless given. */
  readonly examples: readonly {
    readonly given: PartialFacts<ChainFacts>;
    readonly on?: Partial<Subject>;
    readonly then: CheckStatus;
  }[];
}

/** Declares a check of certificates: judged for every name of a listener, with the handshake as proof. */
export const defineCertificateCheck = ({
  judge,
  unreadable,
  examples,
  ...frame
}: CertificateCheck): Check<CertificateNeeds> =>
  defineCheck<CertificateNeeds>({
    depth: 'quick',
    ...frame,
    intrusiveness: 'passive',
    perName: true,
    needs: { chains: certificates },
    judge: ({ chains }, subject) => {
      const named = chainFor(chains, subject.host);
      if (named === undefined) return inconclusive('there was no handshake under this name');
      if ('failure' in named) return inconclusive(named.failure);
      const { chain, at } = named;
      const { leaf } = chain;
      if (leaf === undefined) return unreadable ?? notApplicable('the certificate cannot be read');
      return { proof: { text: leaf.subject, at }, ...judge(leaf, chain, subject) };
    },
    examples: [
      ...examples.map(({ given, on, then }) => ({
        given: { chains: [{ name: on?.host ?? HOST, chain: given }] },
        on: { host: HOST, ...usersPort, ...on },
        then,
      })),
      { given: { chains: [] }, on: { host: HOST, ...usersPort }, then: 'inconclusive' as const },
      {
        given: { chains: [{ name: HOST, failure: 'alert unrecognized_name' }] },
        on: { host: HOST, ...usersPort },
        then: 'inconclusive' as const,
      },
    ],
  });

const HOST = 'mail.example.org';
