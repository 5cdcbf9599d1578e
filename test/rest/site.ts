import { createTransport } from 'nodemailer';
import type { Services } from '../../src/rest/services.js';
import { MailSite } from '../../src/rest/site.js';
import { startRestServer, type RestServer, type RestServerOptions } from '../../src/rest/server.js';
import { serveAll, type DropIn, type DropInOptions } from '../../src/serving/drop-in.js';
import type { NamedEndpoint } from '../../src/serving/named-serve.js';
import type { PortRole } from '../../src/protocols/protocol.js';

/** All servers with their REST interface, for one test. */
export interface Site extends AsyncDisposable {
  readonly all: DropIn;
  readonly http: RestServer;
  at(role: PortRole): NamedEndpoint;
  /** Sends a mail by submission with STARTTLS. */
  send(mail: {
    readonly subject?: string;
    readonly text?: string;
    readonly raw?: string | Buffer;
    readonly to?: string;
  }): Promise<void>;
}

export const openSite = async (
  options: DropInOptions = {},
  rest: Partial<Omit<RestServerOptions, 'site'>> = {},
  services: Services = {},
): Promise<Site> => {
  const all = await serveAll(options);
  const http = await startRestServer({ site: new MailSite(all, [], services), port: 0, ...rest }).catch(
    async (error: unknown) => {
      await all.served.stop();
      throw error;
    },
  );
  const at = (role: PortRole): NamedEndpoint => {
    const found = all.served.endpoints.find(({ portRole }) => portRole === role);
    if (found === undefined) throw new Error(`nothing serves ${role}`);
    return found;
  };
  return {
    all,
    http,
    at,
    send: async ({ raw, to = 'bert@lab.test', ...mail }) => {
      const { host, port } = at('submission');
      const transport = createTransport({
        host,
        port,
        requireTLS: true,
        tls: { ca: all.served.ca },
        auth: { user: 'anna', pass: 'any' },
      });
      await transport.sendMail(
        raw === undefined
          ? { from: 'Anna <anna@lab.test>', to, ...mail }
          : { envelope: { from: 'anna@lab.test', to: [to] }, raw },
      );
      transport.close();
    },
    [Symbol.asyncDispose]: async () => {
      await http[Symbol.asyncDispose]();
      await all.served.stop();
    },
  };
};
