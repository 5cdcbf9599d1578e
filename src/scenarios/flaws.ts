import type { Flaw } from '../toys/moments.js';

/** Mistakes that more than one scenario finds; a mistake that one scenario finds stands in its file. */
export const fallsBackToPlaintext: Flaw = {
  name: 'falls back to plaintext',
  client: { onCapabilities: (toy, careful, offer) => (offer?.upgrade === true ? careful() : toy.logIn()) },
};

/** The refusal, or what looks like one, is overlooked. */
export const goesOnAfterRefusal: Flaw = {
  name: 'goes on in clear after a refusal',
  client: { onRefusal: (toy) => toy.logIn() },
};

/** TLS failed once, and is done without from then on. */
export const comesBackWithoutTls: Flaw = {
  name: 'comes back without TLS',
  client: { onHandshakeFailure: (toy) => toy.comeBack('in-clear'), onRefusal: (toy) => toy.comeBack('in-clear') },
};

/** Asks for TLS as fast as it is refused, until it is cut off. */
export const asksWithoutEnd: Flaw = {
  name: 'asks for TLS without end',
  client: {
    onRefusal: async (toy, careful) => {
      for (let times = 1; times < 5000; times += 1) await toy.askUpgrade('the answer');
      await careful();
    },
  },
};

/** Comes back as fast as it is refused, and does not stop. */
export const comesBackWithoutEnd: Flaw = {
  name: 'reconnects 40 times',
  client: { attempts: 41, onRefusal: (toy) => toy.comeBack('with-tls') },
};

/** The login comes first, and TLS after it. */
export const logsInBeforeTls: Flaw = {
  name: 'logs in before TLS',
  client: {
    onConnected: (toy) => (toy.tls === 'implicit' ? toy.blurtOutLogin() : undefined),
    onCapabilities: async (toy, careful) => {
      await toy.tryToLogIn();
      await careful();
    },
  },
};

/** The configured port is given up for another one of the same protocol. */
export const triesAnotherPort: Flaw = {
  name: 'tries another port in clear',
  client: {
    onDeadPort: () => 'other-port-in-clear',
    onHandshakeFailure: (toy) => toy.comeBack('other-port-in-clear'),
  },
};

/** Nothing that the server says in the handshake is looked at. */
export const goesOnWithAnyHandshake: Flaw = {
  name: 'goes on with any handshake',
  client: { takesAnyHandshake: true },
};
