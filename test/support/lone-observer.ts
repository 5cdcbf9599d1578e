import { Gate } from '../../src/audit/gate.js';
import { Observer } from '../../src/audit/observer.js';
import { PATIENCE } from '../../src/audit/options.js';
import type { Listener } from '../../src/probes/listener.js';

/** An observer of one listener on 127.0.0.1, at full depth, with one connection at a time. */
export const loneObserver = (listener: Pick<Listener, 'port' | 'role' | 'protocol' | 'tls'>): Observer =>
  new Observer({
    listener: { host: '127.0.0.1', address: '127.0.0.1', ...listener },
    names: [{ servername: 'localhost', host: 'localhost', target: 'localhost' }],
    gate: new Gate('127.0.0.1', { parallel: 1, loginAttempts: 0, maxTime: 20_000, backOff: 20 }),
    patience: PATIENCE,
    ehloNames: ['waxseal.invalid'],
    roots: 'system',
    maxConnections: 10,
    depth: 'full',
    seed: 'any',
    count: () => 1,
  });
