import { send, upgradeScripted, type Tamper } from '../endpoints/tamper.js';
import type { HandshakeScript, ScriptContext, Unfit } from '../tls/handshake-script.js';
import { records, serverMessages, wholeFlight, type FlightOrder, type ServerMessages } from '../tls/server-messages.js';
import { goesOnWithAnyHandshake } from './flaws.js';
import { commandOf } from './rules.js';
import type { Variant } from './scenario.js';

/** TLS begins as it should, with a handshake that `of` makes, and ends before its end: on every connection. */
export const makesHandshake = <V extends Variant>(of: (variant: V) => HandshakeScript): Tamper<V> => ({
  starttls: ({ protocol, unit, inside, variant }, next) =>
    inside ? next() : [send(protocol.answers.goAhead(commandOf(unit))), upgradeScripted(of(variant))],
  handshake: ({ spokeTls, variant }, next) => (spokeTls ? next() : [upgradeScripted(of(variant))]),
});

/** What all scenarios have in common whose server makes a faulty handshake by hand. */
export const FAULTY_HANDSHAKE = {
  family: 'handshake',
  modes: ['starttls', 'implicit'],
  extra: 'more',
  plaintext: 'refused',
  makesHandshakes: true,
  comparesWith: 'control-handshake',
  flaw: goesOnWithAnyHandshake,
} as const;

/** A flight of TLS 1.2 or older that differs from an honest one by what `differs` changes. */
export const flightWith =
  (
    differs: (context: ScriptContext) => Partial<FlightOrder> | Unfit = () => ({}),
    written: (messages: ServerMessages, context: ScriptContext) => Buffer = inRecords,
  ): HandshakeScript =>
  (context) => {
    const { hello } = context;
    if (!hello.versions.some((version) => OLDER.has(version))) return { unfit: 'the client offers TLS 1.3 alone' };
    const order = differs(context);
    if ('unfit' in order) return order;
    const messages = serverMessages({ ...context, ...order });
    return messages === undefined
      ? { unfit: 'the client offers no suite for a server with an RSA key' }
      : written(messages, context);
  };

/** A whole flight in handshake records. */
export const inRecords = (messages: ServerMessages): Buffer =>
  records(HANDSHAKE, messages.version, wholeFlight(messages));

/** Type of a record with handshake messages. */
export const HANDSHAKE = 22;
const OLDER: ReadonlySet<string> = new Set(['TLSv1.2', 'TLSv1.1', 'TLSv1', 'SSLv3']);
