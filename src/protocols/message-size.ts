/** Bytes of a message that honest servers take; SMTP says so (SIZE, RFC 1870). */
export const LARGEST_MESSAGE = 10 * 1024 * 1024;

/**
 * Bytes that a whole mail may take on the wire in either direction: what real servers take, and dots doubled
 * (RFC 5321 §4.5.2). No honest server has a limit above this one.
 */
export const LONGEST_MAIL = 40 * 1024 * 1024;
