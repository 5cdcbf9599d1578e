import type { Report } from './report-model.js';

/** When a certificate that a port showed expires. */
export interface CertificateDate {
  readonly host: string;
  readonly port: number;
  readonly address?: string;
  readonly protocol: string;
  /** `ec`, `rsa` …, where it is known. */
  readonly keyType?: string;
  /** RFC 3339. */
  readonly notAfter: string;
  /** Whole days from the end of the run; negative where it has expired. */
  readonly days: number;
}

/** The leaves of all chains in an audit's facts, the one that expires first at the beginning. */
export const certificateDates = ({ results, finishedAt }: Report): CertificateDate[] => {
  const found = new Map<string, CertificateDate>();
  for (const { facts, host, port, address, protocol } of results) {
    const chains = facts?.['chains'];
    if (!Array.isArray(chains) || host === undefined || port === undefined) continue;
    for (const each of chains as readonly unknown[]) {
      const { chain } = each as { readonly chain?: { readonly leaf?: Leaf } };
      const { notAfter, keyType } = chain?.leaf ?? {};
      if (typeof notAfter !== 'string' || Number.isNaN(Date.parse(notAfter))) continue;
      const date: CertificateDate = {
        host,
        port,
        ...(address !== undefined && { address }),
        protocol,
        ...(typeof keyType === 'string' && { keyType }),
        notAfter,
        days: Math.floor((Date.parse(notAfter) - Date.parse(finishedAt)) / DAY),
      };
      found.set(JSON.stringify(date), date);
    }
  }
  return [...found.values()].toSorted((a, b) => a.days - b.days);
};

interface Leaf {
  readonly notAfter?: unknown;
  readonly keyType?: unknown;
}

/** Milliseconds. */
const DAY = 86_400_000;
