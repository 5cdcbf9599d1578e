package waxseal.junit;

/** What the client under test speaks. */
public enum Protocol {
  SMTP,
  IMAP,
  POP3,
  MANAGESIEVE,
  LMTP
}
