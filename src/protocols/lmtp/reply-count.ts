import type { Command, Reply, ReplyCount } from '../protocol.js';

/** A message is answered once for every recipient that was accepted (RFC 2033 §4.2), in the order of the RCPT commands. */
export const replyCount = (): ReplyCount => {
  let recipients = 0;
  let due = 0;
  return {
    isMoreDue: (to, reply) => {
      if (reply.kind === 'continuation') {
        due = to.verb === 'DATA' ? recipients : 0;
        return false;
      }
      if (endsTransaction(to, reply)) recipients = 0;
      else if (to.verb === 'RCPT' && reply.status === 'ok') recipients += 1;
      // A chunk has no invitation before it; without recipients it is refused once.
      if (due === 0 && isLastChunk(to)) due = recipients;
      if (reply.status === 'bye') due = 0;
      due = Math.max(0, due - 1);
      if (due === 0 && (to.verb === 'DATA' || isLastChunk(to))) recipients = 0;
      return due > 0;
    },
  };
};

const endsTransaction = ({ verb }: Command, { status }: Reply): boolean =>
  status === 'ok' && (verb === 'LHLO' || verb === 'MAIL' || verb === 'RSET');

/** RFC 3030 §2; LMTP's reply to the last chunk is as that to DATA. */
const isLastChunk = ({ verb, args }: Command): boolean => verb === 'BDAT' && args[1]?.toUpperCase() === 'LAST';
