/** Bytes of a message that honest servers take; SMTP says so (SIZE, RFC 1870). */
export const LARGEST_MESSAGE = 10 * 1024 * 1024;

/**
 * Bytes that a whole mail may take on the wire where all of it is held, or where nobody passes it on: more than real
 * servers take, dots doubled (RFC 5321 §4.5.2).
 */
export const LONGEST_MAIL = 40 * 1024 * 1024;
