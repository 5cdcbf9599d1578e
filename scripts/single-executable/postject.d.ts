declare module 'postject' {
  /** Puts data into an executable file, which `sentinelFuse` then says; the file is changed in place. */
  export const inject: (
    file: string,
    resource: string,
    data: Buffer,
    options: { readonly sentinelFuse: string },
  ) => Promise<void>;
}
