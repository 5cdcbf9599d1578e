import type { Mode } from './claim.js';
import { canStartSo, isPortOf } from './service-ports.js';
import type { Token } from './tokens.js';

/** A port of a text, with the protocol and the way to start TLS that belong to it there. */
export interface Reading {
  readonly port: number;
  /** None where the text names none. */
  readonly speaks: readonly string[];
  readonly isShared?: true;
  readonly modes: readonly Mode[];
  /** Which protocol or way belongs to the port can be read in several ways. */
  readonly isUnclear?: true;
}

/** What belongs to which port, by the order of the words; where several orders are possible, nothing is taken for certain. */
export const readingsOf = (tokens: readonly Token[]): Reading[] => {
  const services = tokens.filter((token) => token.kind === 'service');
  const ports = tokens.filter((token) => token.kind === 'port');
  const order = (kind: Token['kind']): string =>
    tokens
      .filter((token) => token.kind === kind || token.kind === 'port')
      .map((token) => (token.kind === 'port' ? 'P' : 'x'))
      .join('');
  const serviceOrder = order('service');
  const modeOrder = order('mode');
  return ports.flatMap((token, index): Reading[] => {
    const service = chosen(tokens, token, 'service', serviceOrder, index);
    const mode = chosen(tokens, token, 'mode', modeOrder, index);
    const all = services.flatMap(({ speaks }) => speaks);
    const named = service?.kind === 'service' ? service : undefined;
    const modes = mode?.kind === 'mode' ? mode.modes : [];
    const isServiceUnclear = named === undefined && all.length > 0;
    // “IMAP/POP3: 993/995”: each port has one of them.
    const isPaired = named !== undefined && named.speaks.length > 1 && token.ports.length > 1;
    // “143 and 993 (SSL/TLS)”: the last one, or both?
    const isModeUnclear =
      token.ports.length > 1 &&
      modes.length === 1 &&
      token.ports.some((port) => modes.some((each) => canStartSo(port, each)));
    const isOnly = services.length === 1 && ports.flatMap((each) => each.ports).length > 1;
    return token.ports.map((port) => ({
      port,
      speaks: named?.speaks ?? [...new Set(all)],
      ...(named?.isShared === true && !isPaired && { isShared: true as const }),
      modes,
      // “SMTP: 587, 993”: one port is the service’s, the other may be another’s.
      ...((isServiceUnclear ||
        isPaired ||
        isModeUnclear ||
        (isOnly && isOddOne(port, named, ports)) ||
        isFar(token, named)) && {
        isUnclear: true as const,
      }),
    }));
  });
};

/** A service that is named long after the port may belong to something else. */
const isFar = (port: Token, service: Token | undefined): boolean =>
  service !== undefined && service.start - port.end > FAR;

const isOddOne = (
  port: number,
  service: (Token & { readonly kind: 'service' }) | undefined,
  ports: readonly (Token & { readonly kind: 'port' })[],
): boolean => {
  const isOwn = (each: number): boolean => service?.speaks.some((speaks) => isPortOf(each, speaks)) === true;
  return !isOwn(port) && ports.some((token) => token.ports.some(isOwn));
};

/** The token of a kind that belongs to a port: the only one, or its neighbour where they alternate. */
const chosen = (
  tokens: readonly Token[],
  port: Token,
  kind: 'service' | 'mode',
  order: string,
  index: number,
): Token | undefined => {
  const found = tokens.filter((token) => token.kind === kind);
  const ports = order.replaceAll('x', '').length;
  // One way of several ports may belong to one of them only.
  if (found.length === 1) return kind === 'mode' && ports > 1 ? undefined : found[0];
  if (found.length === 0) return undefined;
  // “IMAP4 over SSL (IMAPS)” says one thing twice.
  if (ports === 1 && new Set(found.map(meaning)).size === 1) return found[0];
  if (/^(?:xP)+$/.test(order) || /^(?:Px)+$/.test(order)) return found[index];
  // “IMAP (993), POP3”: the one just before it, in the same breath.
  const before = found.filter(({ end }) => end <= port.start).at(-1);
  return before !== undefined &&
    kind === 'service' &&
    port.start - before.end < NEAR &&
    order.startsWith('x') &&
    !order.includes('xx')
    ? before
    : undefined;
};

const meaning = (token: Token): string =>
  (token.kind === 'service' ? token.speaks : token.kind === 'mode' ? token.modes : token.ports).join();

const NEAR = 20;
const FAR = 40;
