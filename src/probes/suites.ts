import { Fault } from '../fault.js';
import { cipherSuite } from '../tls/cipher-suites.js';
import type { ServerAnswer } from '../tls/server-answer.js';
import { isServed } from './failed-handshake.js';
import { measurableHandshake } from './dialogue.js';
import type { Place } from './place.js';
import { defineProbe } from './probe.js';
import { callAtThreshold } from './threshold.js';
import { dheFirst } from './usual-hellos.js';

/** What a TLS 1.2 hello with certain suites was answered. */
export interface SuiteFacts {
  /** IANA name of the suite that was chosen; absent where the hello was refused. */
  readonly suite?: string;
  /** How it was refused: `alert handshake_failure`, `closed`. */
  readonly refusal?: string;
  /** Another handshake succeeded, so that a refusal is about the suites. */
  readonly control: boolean;
  readonly at?: Place;
}

/** What a TLS 1.2 hello with all usual suites, DHE first, was answered. */
export const dheFirstAnswer = defineProbe<{ readonly answer: ServerAnswer; readonly at: Place }>({
  id: 'dhe-first-answer',
  scope: 'listener',
  cost: 1,
  phase: 'look',
  intrusiveness: 'passive',
  run: async (context) => {
    await measurableHandshake(context);
    const call = await callAtThreshold(context);
    const answered = await call.hello(dheFirst(context.names[0]));
    call.close();
    return answered;
  },
});

/** All usual suites, DHE first. */
export const dheFirstSuites = defineProbe<SuiteFacts>({
  id: 'dhe-first-suites',
  leads: true,
  scope: 'listener',
  cost: 0,
  phase: 'look',
  intrusiveness: 'passive',
  run: async (context) => {
    const { answer, at } = await context.facts(dheFirstAnswer);
    const { handshake } = await measurableHandshake(context);
    const control = isServed(handshake);
    switch (answer.kind) {
      case 'server-hello':
        return answer.complete && answer.version === 'TLSv1.2'
          ? { suite: cipherSuite(answer.cipherSuite).name, control, at }
          : { refusal: 'the handshake stops after the ServerHello', control, at };
      case 'alert':
        return { refusal: `alert ${answer.name}`, control, at };
      case 'closed':
        return { refusal: 'closed', control, at };
      case 'not-tls':
      case 'sslv2':
        throw new Fault('UNREACHABLE', 'the server answered a TLSv1.2 hello with something that is not TLS');
    }
  },
});
