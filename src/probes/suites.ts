import { Fault } from '../fault.js';
import type { HelloOrder } from '../tls/build-hello.js';
import { cipherSuite } from '../tls/cipher-suites.js';
import { measurableDialogue } from './dialogue.js';
import type { Place } from './place.js';
import { defineProbe, type Probe } from './probe.js';
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

const suiteProbe = (id: string, order: (servername: string) => HelloOrder): Probe<SuiteFacts> =>
  defineProbe({
    id,
    scope: 'listener',
    cost: 1,
    phase: 'look',
    intrusiveness: 'passive',
    run: async (context) => {
      const { handshake } = await measurableDialogue(context);
      const control = handshake.completed;
      const call = await callAtThreshold(context);
      const { answer, at } = await call.hello(order(context.names[0]));
      call.close();
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

/** All usual suites, DHE first. */
export const dheFirstSuites = suiteProbe('dhe-first-suites', dheFirst);
