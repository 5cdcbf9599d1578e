import { cipherSuite } from '../tls/cipher-suites.js';
import { defineProbe, type Probe, type ProbeContext } from './probe.js';
import { helloAsker, refusalInWords, type AnsweredHello } from './raw-hello.js';
import { usualHellos } from './usual-hellos.js';
import { refusalOfOlder, refusesAllUpToTls11, tls10, type VersionFacts } from './versions.js';
import { hasHandshake } from './handshake-control.js';

const brokenVersion = (
  id: string,
  cost: number,
  offered: (context: ProbeContext) => Promise<Omit<VersionFacts, 'control'>>,
): Probe<VersionFacts> =>
  defineProbe({
    id,
    scope: 'listener',
    cost,
    phase: 'look',
    intrusiveness: 'passive',
    run: async (context) => {
      const control = await hasHandshake(context);
      return { ...(await offered(context)), control };
    },
  });

/** SSL 3.0, by hellos of the families that its clients sent; an alert is an answer to all of them. */
export const ssl3 = brokenVersion('ssl-3', 3, async (context) => {
  const isOld = !(await refusesAllUpToTls11(context));
  const refusal = await refusalOfOlder(context);
  if (refusal !== undefined) return refusal;
  const ask = helloAsker(context);
  let first: Omit<VersionFacts, 'control'> | undefined;
  // Its clients had no extensions, and so no ECDHE: that family is none of theirs.
  const [all, , few] = usualHellos('SSLv3', '');
  // A server that took TLS 1.0 understands such hellos: its answer to one is about the version.
  const isUnderstood = !isOld || (context.depth !== 'full' && (await context.facts(tls10)).accepted);
  for (const order of [all, few].flatMap((each) => each ?? []).slice(0, isUnderstood ? 1 : 2)) {
    const { answer, at } = await ask(order);
    const isTaken = answer.kind === 'server-hello' && answer.complete && answer.version === 'SSLv3';
    if (isTaken) return { accepted: true, detail: cipherSuite(answer.cipherSuite).name, ...place(at) };
    first ??= { accepted: false, detail: refusalInWords(answer), ...place(at) };
    if (answer.kind === 'alert' || answer.kind === 'silent') break;
  }
  return first ?? { accepted: false, detail: 'closed' };
});

/** SSL 2.0, by its own form of a hello. */
export const ssl2 = brokenVersion('ssl-2', 1, async (context) => {
  const { answer, at } = await helloAsker(context)({ versions: ['SSLv2'] });
  return answer.kind === 'sslv2' && answer.error === undefined
    ? { accepted: true, detail: `${String(answer.cipherKinds.length)} kinds of ciphers`, ...place(at) }
    : { accepted: false, detail: answer.kind === 'sslv2' ? 'SSL 2.0 error' : refusalInWords(answer), ...place(at) };
});

const place = (at: AnsweredHello['at']): Pick<VersionFacts, 'at'> => (at === undefined ? {} : { at });
