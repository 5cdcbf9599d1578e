import type { EndEntry, NoteEntry } from '../wire/entry.js';

/** What happened that left no bytes, in words; what peers said in it is not escaped. */
export const noteWords = (note: NoteEntry): string => {
  switch (note.what) {
    case 'withheld':
      return 'answers are withheld';
    case 'released':
      return 'answers are released';
    case 'ignored':
      return 'not answering';
    case 'ungreeted':
      return 'not greeting';
    case 'left-TLS':
      return 'ending TLS with close_notify, going on in clear';
    case 'hung-up':
      return 'waxseal disconnects';
    case 'reset':
      return 'resetting the connection';
    case 'passes-through':
      return 'TLS is passed on: what is said inside cannot be seen';
    case 'spliced':
      return 'TLS goes to another port of the real server, unread';
    case 'led-elsewhere':
      return `from here on connected to ${note.to}, as an attacker on the path does it`;
    case 'flooded':
      return `sent ${String(Math.round(note.bytes / 1e6))} MB without a line end`;
    case 'farewell':
      return 'the client is idle: waxseal disconnects';
    case 'stopped':
      return 'the run is over: waxseal disconnects';
    case 'idle':
      return `nothing received for ${String(note.ms)} ms: waxseal stops waiting`;
    case 'answered-end':
      return `the client ended TLS and said nothing for ${String(note.ms)} ms: waxseal disconnects`;
    case 'server-late':
      return `the real server did not finish its answer within ${String(note.ms)} ms`;
    case 'too-long':
      return `the ${note.of} is too long: waxseal disconnects`;
    case 'tls-failed':
      return `TLS failed: ${note.code}`;
    case 'overload':
      return `waxseal ended the connection: all clients together had ${note.of === 'bytes' ? 'sent' : 'opened'} too much`;
    case 'storm':
      return `waxseal ended the connection: ${note.of} came ${String(note.count)} times in ${String(Math.round(note.ms))} ms`;
    case 'failed':
      return 'a bug in waxseal ended the connection';
    case 'server-gone':
      return 'the real server closed the connection';
    case 'server-unverified':
      return `the real server's certificate could not be verified (${note.code}); going on all the same`;
    case 'server-unreachable':
      return note.reason ?? 'the real server cannot be used: waxseal disconnects';
    case 'remark':
      return note.text;
  }
};

/** Who ended a connection, in words. */
export const endWords = ({ from, how, by }: EndEntry): string => {
  const who = by === 'us' ? 'waxseal' : from;
  return `${who} ${how === 'fin' ? 'closed' : 'reset the connection'}`;
};
