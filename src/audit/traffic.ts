/** What an audit cost the servers. */
export interface Traffic {
  /** Accepted connections. */
  readonly connections: number;
  readonly loginAttempts: number;
  /** Of these attempts, those that may have left a line which a ban filter counts. */
  readonly logLines: number;
}

/** The traffic of several addresses together. */
export const totalTraffic = (all: readonly Traffic[]): Traffic => ({
  connections: all.reduce((sum, { connections }) => sum + connections, 0),
  loginAttempts: all.reduce((sum, { loginAttempts }) => sum + loginAttempts, 0),
  logLines: all.reduce((sum, { logLines }) => sum + logLines, 0),
});
