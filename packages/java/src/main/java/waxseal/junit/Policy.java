package waxseal.junit;

/** Whether the client insists on TLS, or is meant to use it only where it is available. */
public enum Policy {
  REQUIRED,
  OPPORTUNISTIC
}
