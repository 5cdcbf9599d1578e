import type { DnsRecord, TlsaData } from '../dns/record.js';
import type { Resolver } from '../dns/resolver.js';
import type { HostFacts, Lookup } from '../domain-checks/facts.js';

/** What a domain’s mail is looked up by; nothing is thrown: a lookup that fails is a fact of its own. */
export class Lookups {
  readonly #resolver: Resolver;

  constructor(resolver: Resolver) {
    this.#resolver = resolver;
  }

  mx(domain: string): Promise<Lookup<{ preference: number; exchange: string }>> {
    return this.#records(domain, 'MX', (answer) =>
      answer.type === 'MX' ? [{ preference: answer.data.preference, exchange: nameIn(answer.data.exchange) }] : [],
    );
  }

  srv(name: string): Promise<Lookup<{ target: string; port: number }>> {
    return this.#records(name, 'SRV', (answer) =>
      answer.type === 'SRV' ? [{ target: nameIn(answer.data.target), port: answer.data.port }] : [],
    );
  }

  /** TXT records that begin with this version tag, their strings joined. */
  async txt(name: string, version: string): Promise<Lookup<string>> {
    const found = await this.#records(name, 'TXT', (answer) => (answer.type === 'TXT' ? [answer.data.join('')] : []));
    if (found.status !== 'found') return found;
    const records = found.records.filter((text) => text.startsWith(version));
    return records.length === 0 ? { status: 'none' } : { ...found, records };
  }

  tlsa(host: string, port: number): Promise<Lookup<TlsaData>> {
    return this.#records(`_${String(port)}._tcp.${host}`, 'TLSA', (answer) =>
      answer.type === 'TLSA' ? [answer.data] : [],
    );
  }

  /** The records of the closest ancestor that has some (RFC 8659 §3). */
  async caa(domain: string): Promise<Lookup<{ tag: string; value: string }>> {
    for (let name = domain; name.includes('.'); name = name.slice(name.indexOf('.') + 1)) {
      const found = await this.#records(name, 'CAA', (answer) =>
        answer.type === 'CAA' ? [{ tag: answer.data.tag, value: answer.data.value }] : [],
      );
      if (found.status !== 'none') return found;
    }
    return { status: 'none' };
  }

  async host(host: string): Promise<HostFacts> {
    try {
      const [four, six] = await Promise.all([this.#resolver.query(host, 'A'), this.#resolver.query(host, 'AAAA')]);
      const replies = [four, six];
      const bad = replies.find(({ code }) => code !== 'NOERROR' && code !== 'NXDOMAIN');
      const answers = replies.flatMap((reply) => [...reply.answers]);
      const addresses = answers.flatMap((answer) =>
        answer.type === 'A' || answer.type === 'AAAA' ? [answer.data] : [],
      );
      if (bad !== undefined && addresses.length === 0) return { host, why: bad.code };
      const alias = answers.find((answer) => answer.type === 'CNAME');
      return { host, addresses, ...(alias?.type === 'CNAME' && { alias: nameIn(alias.data) }) };
    } catch (error) {
      return { host, why: messageOf(error) };
    }
  }

  async #records<T>(name: string, type: DnsRecord['type'], read: (answer: DnsRecord) => T[]): Promise<Lookup<T>> {
    try {
      const { code, answers, isValidated } = await this.#resolver.query(name, type);
      if (code !== 'NOERROR' && code !== 'NXDOMAIN') return { status: 'failed', why: `${type} ${name}: ${code}` };
      const records = answers.flatMap(read);
      return records.length === 0 ? { status: 'none' } : { status: 'found', records, isValidated };
    } catch (error) {
      return { status: 'failed', why: messageOf(error) };
    }
  }
}

const nameIn = (name: string): string => name.toLowerCase().replace(/(?<=.)\.$/, '');
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
