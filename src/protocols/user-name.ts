import type { Account } from './protocol.js';

/**
 * Whether a name is the account's own, or its own with a tag: `alice+phone`, `alice+phone@example.org`. So two people behind one address
 * can use one account, and are told apart.
 */
export const isUserOf = ({ user, isAnyone }: Pick<Account, 'user' | 'isAnyone'>, name: string | undefined): boolean =>
  name !== undefined && (isAnyone === true || name === user || name.replace(/\+[\w.-]{1,32}(?=@|$)/, '') === user);

/** Whether a password is the account's, or any will do. */
export const isPasswordOf = (
  { password, isAnyone }: Pick<Account, 'password' | 'isAnyone'>,
  given: string | undefined,
): boolean => given !== undefined && (isAnyone === true || given === password);
