/** Why the system refused a file, in words; undefined where it is no such error. */
export const systemReason = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error ? WORDS[String(error.code)] : undefined;

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder; check the path',
  EACCES: 'permission was denied',
  EPERM: 'it belongs to another user',
  EISDIR: 'it is a folder; name a file',
  ENOTDIR: 'a part of the path is not a folder',
  EEXIST: 'a file of that name is in the way',
  ENAMETOOLONG: 'its name is too long',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EMFILE: 'no file descriptors are left (ulimit -n)',
  ENFILE: 'no file descriptors are left on this machine',
};
