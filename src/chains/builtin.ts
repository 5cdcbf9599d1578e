import { isIP } from 'node:net';
import { builtinRows } from './builtin-rows.js';
import { MOST_CONTROLS, type Chain, type ChainSuite } from './chain.js';
import { ChainIssuer } from './issue-chain.js';
import type { Row } from './row.js';

/** Chains of our own for every rule of RFC 5280 §6.1 that a client must keep, made as they are needed. The same seed gives the same chains, with other keys. */
export const builtinChains = async (seed: string, host: string): Promise<ChainSuite> => {
  const issuer = await ChainIssuer.create(seed);
  const rows = builtinRows(host);
  return {
    name: 'builtin',
    size: rows.length,
    controls: (form) =>
      Promise.all(
        rows
          .filter((row) => row.expected === 'accept' && row.soft !== true && formOf(row) === form)
          .slice(0, MOST_CONTROLS)
          .map((row) => chainOf(row, issuer)),
      ),
    async *chains(isChosen) {
      for (const row of rows) if (isChosen?.(idOf(row)) !== false) yield await chainOf(row, issuer);
    },
  };
};

const idOf = ({ family, name }: Row): string => `${family}/${name}`;

/** Chains of one family for one kind of host: they differ in what is tested, and in their length. */
const formOf = ({ family, host }: Row): string => (isIP(host) === 0 ? family : `${family} of addresses`);

const chainOf = async (row: Row, issuer: ChainIssuer): Promise<Chain> => {
  const { family, host, expected, soft = false, why, links } = row;
  const certificates = await issuer.issue({
    host: { type: isIP(host) === 0 ? 'dns' : 'ip', value: host },
    links,
  });
  return {
    id: idOf(row),
    family,
    form: formOf(row),
    host,
    certificates: await sentAs(certificates, row.sent, issuer),
    key: await issuer.leafKeyOf(links.at(-1)?.key),
    roots: [issuer.root],
    expected,
    soft,
    why,
  };
};

const sentAs = async (
  issued: readonly Buffer[],
  sent: Row['sent'],
  issuer: ChainIssuer,
): Promise<readonly Buffer[]> => {
  const [leaf, ...authorities] = issued;
  if (leaf === undefined) return [];
  switch (sent) {
    case undefined:
      return issued;
    case 'reversed':
      return [leaf, ...authorities.toReversed()];
    case 'with-root':
      return [...issued, issuer.root];
    case 'with-lookalike':
      return [...issued, await issuer.lookalike()];
    case 'twice':
      return [...issued, ...authorities];
    case 'leaf-only':
      return [leaf];
    case 'without-lowest':
      return [leaf, ...authorities.slice(1)];
    case 'without-highest':
      return issued.slice(0, -1);
  }
};
