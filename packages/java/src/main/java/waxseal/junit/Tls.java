package waxseal.junit;

/** How the client is configured: STARTTLS, or TLS from the first byte. */
public enum Tls {
  STARTTLS,
  IMPLICIT
}
