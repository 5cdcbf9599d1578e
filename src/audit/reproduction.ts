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

/** A command line that shows the same with common tools. */
export const byHand = (check: Pick<Check, 'byHand'>, listener: Listener, servername: string): string => {
  const { address, port, protocol, tls } = listener;
  if (check.byHand !== undefined && 'say' in check.byHand) {
    const words = `(sleep 1; printf '${check.byHand
      .say(protocol)
      .map((line) => `${line}\\r\\n`)
      .join('')}'; sleep 2)`;
    return tls === 'starttls' ? `${words} | nc ${address} ${String(port)}` : `${words} | ${sClient(listener)} -quiet`;
  }
  const options = check.byHand === undefined ? '' : ` ${check.byHand.openssl}`;
  const name = isIP(servername) === 0 ? ` -servername ${servername}` : '';
  // A pipe of the check's own comes after the input.
  const [flags = '', pipe] = options.split(' | ');
  return `${sClient(listener)}${name}${flags} </dev/null${pipe === undefined ? '' : ` | ${pipe}`}`;
};

const sClient = ({ address, port, protocol, tls }: Listener): string =>
  `openssl s_client -connect ${endpointText(address, port)}${tls === 'starttls' ? ` -starttls ${protocols[protocol].opensslName}` : ''}`;
