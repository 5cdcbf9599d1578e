import { GenericContainer, Wait } from 'testcontainers';

/** Ports of `serve --all --unprivileged-ports`, by what they are for. */
const PORTS = {
  smtp: 2525,
  submission: 2587,
  submissions: 2465,
  imap: 2143,
  imaps: 2993,
  pop3: 2110,
  pop3s: 2995,
  sieve: 24190,
};
const HTTP = 8025;

/** Mail servers with TLS in a container. The name of the image is `waxseal` unless you give another one. */
export class WaxsealContainer {
  #image;
  #token;

  /** @param {string} [image] @param {{ token?: string }} [options] the token of REST, at least 16 characters */
  constructor(image = 'waxseal', { token = 'a-token-for-the-lab' } = {}) {
    this.#image = image;
    this.#token = token;
  }

  /** Starts the container, and waits until it is healthy. */
  async start() {
    const container = await new GenericContainer(this.#image)
      .withEnvironment({ WAXSEAL_HTTP_TOKEN: this.#token })
      .withExposedPorts(...Object.values(PORTS), HTTP)
      .withWaitStrategy(Wait.forHealthCheck())
      .start();
    return new StartedWaxseal(container, this.#token);
  }
}

/** Servers that are up. Certificates are for `localhost`; with a remote engine, connect to `host` and verify `localhost`. */
class StartedWaxseal {
  #container;
  #token;

  constructor(container, token) {
    this.#container = container;
    this.#token = token;
  }

  /** @param {keyof typeof PORTS} role */
  server(role) {
    return { host: this.#container.getHost(), port: this.#container.getMappedPort(PORTS[role]) };
  }

  /** The CA that the client must trust, PEM. */
  async ca() {
    return (await this.#get('/ca.pem')).text();
  }

  /** Mails, newest first, as Mailpit lists them. */
  async messages() {
    return (await this.#get('/api/v1/messages')).json();
  }

  /** Verdicts of all connections, newest first. */
  async verdicts() {
    return (await this.#get('/api/v1/verdicts')).json();
  }

  /** Ends the container. */
  async stop() {
    await this.#container.stop();
  }

  async #get(path) {
    const url = `http://${this.#container.getHost()}:${this.#container.getMappedPort(HTTP)}${path}`;
    const response = await fetch(url, { headers: { authorization: `Bearer ${this.#token}` } });
    if (!response.ok) throw new Error(`${url}: ${response.status}`);
    return response;
  }
}
