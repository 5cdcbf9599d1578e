import type { Check } from '../checks/check.js';
import protocols from '../protocols/index.js';
import { endpointText, type Listener } from '../probes/listener.js';
import { isIP } from 'node:net';

/** The command of ours that runs one check on one listener again. */
export const reproduction = (check: Pick<Check, 'id'>, listener: Listener, options: readonly string[]): string[] => [
  'waxseal',
  'audit',
  urlOf(listener),
  '--check',
  check.id,
  ...options,
];

/** The listener as a target. */
export const urlOf = ({ role, host, port }: Pick<Listener, 'role' | 'host' | 'port'>): string =>
  `${role}://${endpointText(host, port)}`;

/** A command line that shows the same with common tools; undefined where none does. */
export const byHand = (
  check: { readonly byHand?: Check['byHand'] | undefined },
  listener: Listener,
  servername: string,
): string | undefined => {
  const { address, port, protocol, tls } = listener;
  const how = check.byHand ?? { openssl: '' };
  if (how === 'not with common tools') return undefined;
  if ('inside' in how) return `${saying(how.inside(protocol))} | ${sClient(listener)} -quiet`;
  if ('say' in how) {
    const words = saying(how.say(protocol));
    return tls === 'starttls'
      ? `${words} | curl -sN ${typed(`telnet://${endpointText(address, port)}`)}`
      : `${words} | ${sClient(listener)} -quiet`;
  }
  const options = how.openssl === '' ? '' : ` ${how.openssl}`;
  const hasOwn = /-(?:no)?servername\b/.test(options);
  const name = isIP(servername) === 0 && !hasOwn ? ` -servername ${servername}` : '';
  // A pipe of the check's own comes after the input.
  const [flags = '', pipe] = options.split(' | ');
  return `${sClient(listener)}${name}${flags} </dev/null${pipe === undefined ? '' : ` | ${pipe}`}`;
};

/** To a shell the brackets of an IPv6 address are a pattern; zsh refuses one that matches no file. */
const typed = (word: string): string => (word.includes('[') ? `'${word}'` : word);

/** Input that leaves a server the time to answer. */
const saying = (lines: readonly string[]): string =>
  lines.length === 0 ? 'sleep 2' : `(sleep 1; printf '${lines.map((line) => `${line}\\r\\n`).join('')}'; sleep 2)`;

const sClient = ({ address, port, protocol, tls }: Listener): string =>
  `openssl s_client -connect ${typed(endpointText(address, port))}${tls === 'starttls' ? ` -starttls ${protocols[protocol].opensslName}` : ''}`;
