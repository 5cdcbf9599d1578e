import type { Check } from '../../checks/check.js';
import type { PortRole } from '../../protocols/protocol.js';
import { endpointText, type Listener } from '../../probes/listener.js';
import { isIP } from 'node:net';

/** The command of ours that runs one check on one listener again. */
export const reproduction = (check: Pick<Check, 'id'>, listener: Listener, options: readonly string[]): string[] =>
  ['waxseal', 'audit', urlOf(listener), '--check', check.id, ...options];

/** The listener as a target. */
export const urlOf = ({ role, host, port }: Pick<Listener, 'role' | 'host' | 'port'>): string => `${role}://${endpointText(host, port)}`;

/** A command line that shows the same with common tools. */
export const byHand = (check: Pick<Check, 'byHand'>, listener: Listener): string => {
  const { address, port, protocol, tls, host } = listener;
  if (check.byHand !== undefined && 'say' in check.byHand) {
    const words = check.byHand.say(protocol).map((line) => `${line.replace(/[\\%']/g, (special) => (special === '%' ? '%%' : special === '\\' ? '\\\\' : `'\\''`))}\\r\\n`).join('');
    return tls === 'starttls' ? `(sleep 1; printf '${words}'; sleep 1) | nc ${address} ${String(port)}` : `(sleep 1; printf '${words}'; sleep 1) | ${sClient(listener)} -quiet`;
  }
  const options = check.byHand === undefined ? '' : ` ${check.byHand.openssl}`;
  const name = isIP(host) === 0 ? ` -servername ${host}` : '';
  return `${sClient(listener)}${name}${options} </dev/null`;
};

const sClient = ({ address, port, role, tls }: Listener): string =>
  `openssl s_client -connect ${endpointText(address, port)}${tls === 'starttls' ? ` -starttls ${STARTTLS_NAMES[role]}` : ''}`;

const STARTTLS_NAMES: Readonly<Record<PortRole, string>> = {
  smtp: 'smtp', submission: 'smtp', submissions: 'smtp', imap: 'imap', imaps: 'imap', pop3: 'pop3', pop3s: 'pop3', sieve: 'sieve',
};
