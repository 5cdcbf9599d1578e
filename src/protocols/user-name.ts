import type { Account } from './protocol.js';

/**
 * Whether a name is the account's own, or its own with a tag: `alice+phone`, `alice+phone@example.org`. So two people behind one address
 * can use one account, and are told apart.
 */
export const isUserOf = ({ user }: Pick<Account, 'user'>, name: string | undefined): boolean =>
  name !== undefined && (name === user || name.replace(/\+[\w.-]{1,32}(?=@|$)/, '') === user);
