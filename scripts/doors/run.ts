/** What one run of a case came to, as far as the table needs it. */
export interface Outcome {
  /** `scenario` or `scenario/variant`. */
  readonly name: string;
  readonly status: string;
  readonly because: string;
  /** `success`, `failure` or `unknown`, and what contradicts it. */
  readonly told?: { readonly reported: string; readonly although?: string };
}

/** All runs of a client in one set-up. */
export interface Client {
  readonly title: string;
  readonly version: string;
  readonly protocol: string;
  readonly tls: string;
  readonly policy: string;
  readonly runs: readonly (readonly Outcome[])[];
}
