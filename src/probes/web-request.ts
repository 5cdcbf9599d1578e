import { dialogue } from './dialogue.js';
import type { Place } from './place.js';
import { defineProbe, NotObserved } from './probe.js';
import { callAtThreshold } from './threshold.js';

/** How a server takes what a browser sends that was redirected to it. */
export interface WebRequestFacts {
  /** Lines that came back. */
  readonly lines: number;
  /** It ended the connection by itself. */
  readonly isEnded: boolean;
  /** Part of an answer that repeats the request's body as it was; peer text. */
  readonly reflected?: string;
  readonly at: Place;
}

/** A browser's request inside TLS, with a body that looks like commands; nothing in it can log in or send mail. */
export const webRequest = defineProbe<WebRequestFacts>({
  id: 'web-request',
  scope: 'listener',
  cost: 1,
  phase: 'inject',
  intrusiveness: 'intrusive',
  run: async (context) => {
    const { handshake } = await context.facts(dialogue);
    if (handshake?.completed !== true) throw new NotObserved('the TLS handshake fails');
    const call = await callAtThreshold(context);
    const { peer, at } = await call.secure();
    if (!peer.completed) throw new NotObserved('the TLS handshake fails');
    const marker = `<b>${context.word()}</b>`;
    const from = call.transcript.entries.length;
    await call.say(requestOf(context.names[0], marker));
    // As long as answers come, and not without end.
    for (let waits = 0, before = -1; waits < MOST_WAITS && call.transcript.entries.length > before; waits += 1) {
      before = call.transcript.entries.length;
      await call.listen(context.patience.quiet * 2);
    }
    const entries = call.transcript.entries.slice(from);
    const said = entries
      .flatMap((entry) => (entry.kind === 'bytes' && entry.from === 'server' ? [entry.data] : []))
      .join('');
    call.close();
    const found = said.split(/\r?\n/).find((line) => line.includes(marker));
    return {
      lines: said.split('\n').length - 1,
      isEnded: entries.some((entry) => entry.kind === 'end' || entry.kind === 'outside'),
      ...(found !== undefined && { reflected: found.slice(0, LONGEST) }),
      at,
    };
  },
});

/** As Chromium sends it; the body has no more lines than servers answer before they lose patience. */
const requestOf = (host: string, marker: string): Buffer => {
  const body = [
    marker,
    `EHLO ${marker}`,
    `${marker} NOOP`,
    `a ${marker}`,
    `NOOP "${marker}"`,
    `HELP ${marker}`,
    '',
  ].join('\r\n');
  return Buffer.from(
    [
      'POST / HTTP/1.1',
      `Host: ${host}`,
      'Connection: keep-alive',
      `Content-Length: ${String(body.length)}`,
      'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
      'Content-Type: text/plain',
      'Accept: */*',
      'Origin: https://attacker.invalid',
      'Sec-Fetch-Site: cross-site',
      'Sec-Fetch-Mode: no-cors',
      'Sec-Fetch-Dest: empty',
      'Referer: https://attacker.invalid/',
      'Accept-Encoding: gzip, deflate, br',
      'Accept-Language: en',
      '',
      body,
    ].join('\r\n'),
    'latin1',
  );
};

const MOST_WAITS = 8;
const LONGEST = 200;
