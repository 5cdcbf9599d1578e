import { MECHANISMS_WITHOUT_PASSWORD } from '../protocols/sasl.js';
import type { Reading, Said } from './reading.js';

/** The logins outside TLS that say no secret (EXTERNAL), and that the server took. */
export const takenWithoutSecret = ({ accepted, said }: Reading): readonly Said[] =>
  accepted.flatMap(({ what, inside, after }) => {
    const login = said.slice(0, after).findLast(({ unit }) => unit.kind === 'command' && unit.moment === 'login');
    const isMeant =
      what === 'login' &&
      !inside &&
      login?.inside === false &&
      login.unit.kind === 'command' &&
      MECHANISMS_WITHOUT_PASSWORD.includes(login.unit.mechanism ?? '');
    return isMeant ? [login] : [];
  });
