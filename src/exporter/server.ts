import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import pLimit from 'p-limit';
import { audit, type AuditSession } from '../audit/audit.js';
import { Fault } from '../fault.js';
import { escaped } from '../report/escape.js';
import { metricLines } from '../report/metrics.js';
import { probeMetrics } from '../report/probe-metrics.js';
import { isCrossSite, isLoopbackName } from '../serving/http-guard.js';
import { bound, closed, GUARDS } from '../serving/http-server.js';
import { hostPort } from '../wire/host-port.js';
import { probedBy } from './probed.js';

export interface ExporterOptions {
  /** An address of this machine; loopback by default. */
  readonly host?: string;
  /** 0 for a free one. */
  readonly port: number;
  /** Patterns of targets, in which `*` stands for any text; mail ports alone unless there is one. */
  readonly allow?: readonly string[];
  /** Clients at other addresses are turned away. */
  readonly allows?: (address: string) => boolean;
  /** PEM texts of authorities that are trusted besides Node’s. */
  readonly authorities?: readonly string[];
  /** Milliseconds for one probe, less where the scrape ends before. */
  readonly timeout: number;
  /** Probes at once; others wait. */
  readonly parallel: number;
  readonly family?: 4 | 6;
  readonly version: string;
}

/** An exporter that runs. */
export interface Exporter extends AsyncDisposable {
  /** Ends in `/`. */
  readonly url: string;
}

/** Starts an exporter; throws `CANNOT_BIND`. */
export const startExporter = async (options: ExporterOptions): Promise<Exporter> => {
  const { host = '127.0.0.1', port, allows } = options;
  const probes = new Probes(options);
  const server = createServer(LIMITS, (request, response) => {
    void probes.answer(request, response);
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.on('connection', (socket) => {
    if (allows?.(socket.remoteAddress ?? '') === false) socket.destroy();
  });
  await bound(server, {
    host,
    port,
    task: 'listen',
    instead: 'another address and port with --listen',
  });
  const { port: number } = server.address() as AddressInfo;
  return {
    url: `http://${hostPort(host, number)}/`,
    [Symbol.asyncDispose]: async () => {
      await closed(server);
      await probes.ended();
    },
  };
};

class Probes {
  readonly #options: ExporterOptions;
  readonly #limit: ReturnType<typeof pLimit>;
  readonly #running = new Set<Promise<AuditSession>>();
  readonly #counts = { success: 0, failure: 0, refused: 0, aborted: 0 };

  constructor(options: ExporterOptions) {
    this.#options = options;
    this.#limit = pLimit(options.parallel);
  }

  /** Resolves when no connection is left; each probe has its time limit. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume();
    try {
      const { status, body } = await this.#answered(request, response);
      send(request, response, status, body);
    } catch (error) {
      const isOurs = error instanceof Fault && error.code === 'BAD_USAGE';
      if (isOurs) this.#counts.refused += 1;
      send(
        request,
        response,
        isOurs ? 400 : 500,
        `${isOurs ? escaped(error.message) : 'waxseal failed; please report it'}\n`,
      );
    }
  }

  async #answered(request: IncomingMessage, response: ServerResponse): Promise<{ status: number; body: string }> {
    const { method = 'GET', url = '/', headers } = request;
    const { host = '127.0.0.1', allow = [], allows } = this.#options;
    if (
      isCrossSite(headers) ||
      (allows === undefined && !isLoopbackName(headers.host) && headers.host?.replace(/:\d+$/, '') !== host)
    )
      return { status: 403, body: 'requests of other web pages, or for another host than this one, are refused\n' };
    if (method !== 'GET' && method !== 'HEAD') return { status: 405, body: 'GET only\n' };
    if (!URL.canParse(url, 'http://localhost')) return { status: 400, body: 'the path is none\n' };
    const { pathname, searchParams } = new URL(url, 'http://localhost');
    switch (pathname) {
      case '/':
        return {
          status: 200,
          body: 'waxseal exporter: /probe?target=imaps://mail.example.org, /metrics, /-/healthy\n',
        };
      case '/-/healthy':
        return { status: 200, body: 'healthy\n' };
      case '/metrics':
        return { status: 200, body: this.#own() };
      case '/probe': {
        const { target } = probedBy(searchParams.get('target') ?? '', searchParams.get('module') ?? undefined, allow);
        if (this.#limit.pendingCount >= MOST_WAITING) return { status: 503, body: 'too many probes are waiting\n' };
        const body = await this.#limit(() => this.#probe(target, this.#timeFor(headers), response));
        return { status: 200, body };
      }
      default:
        return { status: 404, body: 'not found\n' };
    }
  }

  async #probe(target: string, timeout: number, response: ServerResponse): Promise<string> {
    // Nobody waits for it any more.
    if (response.destroyed) {
      this.#counts.aborted += 1;
      return '';
    }
    const began = performance.now();
    const session = await this.#audited(target, timeout);
    const { results = [], faults } = session ?? {};
    const body = probeMetrics({ results, faults: faults?.length ?? 1, duration: (performance.now() - began) / 1000 });
    this.#counts[body.includes('\nprobe_success 1\n') ? 'success' : 'failure'] += 1;
    return body;
  }

  /** Undefined where the time ran out. */
  async #audited(target: string, timeout: number): Promise<AuditSession | undefined> {
    const { authorities = [], family } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, timeout + GRACE, undefined);
    });
    const audited = audit([target], {
      depth: 'quick',
      loginAttempts: 0,
      maxConnections: 1,
      maxTime: timeout,
      patience: { connect: timeout / 2, greeting: timeout / 2 },
      ...(authorities.length > 0 && { authorities }),
      ...(family !== undefined && { family }),
    });
    this.#running.add(audited);
    const isOver = (): void => void this.#running.delete(audited);
    audited.then(isOver, isOver);
    return await Promise.race([tooLate, audited]).finally(() => {
      clearTimeout(timer);
    });
  }

  /** Prometheus says how long it waits. */
  #timeFor(headers: IncomingMessage['headers']): number {
    const scrape = Number(headers['x-prometheus-scrape-timeout-seconds'] ?? NaN) * 1000 - SCRAPE_MARGIN;
    return Number.isNaN(scrape) ? this.#options.timeout : Math.max(LEAST_TIME, Math.min(scrape, this.#options.timeout));
  }

  #own(): string {
    const { user, system } = process.cpuUsage();
    return [
      ...metricLines('waxseal_exporter_info', 'gauge', 'Which waxseal this is.', [
        [{ version: this.#options.version }, 1],
      ]),
      ...metricLines(
        'waxseal_exporter_probes_total',
        'counter',
        'Probes by what became of them.',
        Object.entries(this.#counts).map(([result, count]) => [{ result }, count]),
      ),
      ...metricLines('waxseal_exporter_probes_running', 'gauge', 'Probes that run now.', [
        [{}, this.#limit.activeCount],
      ]),
      ...metricLines('waxseal_exporter_probes_waiting', 'gauge', 'Probes that wait for others.', [
        [{}, this.#limit.pendingCount],
      ]),
      ...metricLines('process_cpu_seconds_total', 'counter', 'Processor time of the exporter.', [
        [{}, (user + system) / 1e6],
      ]),
      ...metricLines('process_resident_memory_bytes', 'gauge', 'Memory of the exporter.', [
        [{}, process.memoryUsage.rss()],
      ]),
    ]
      .map((line) => `${line}\n`)
      .join('');
  }
}

const send = ({ method }: IncomingMessage, response: ServerResponse, status: number, body: string): void => {
  if (response.destroyed) return;
  response
    .writeHead(status, {
      ...GUARDS,
      'content-type': status === 200 ? 'text/plain; version=0.0.4; charset=utf-8' : 'text/plain; charset=utf-8',
      'content-length': Buffer.byteLength(body),
    })
    .end(method === 'HEAD' ? undefined : body);
};

/** Milliseconds, and bytes of a header. */
const LIMITS = { headersTimeout: 5000, requestTimeout: 30_000, keepAliveTimeout: 5000, maxHeaderSize: 16_384 };
const MOST_CONNECTIONS = 500;
const MOST_WAITING = 500;
/** Milliseconds that an audit whose time is over has to say what it saw. */
const GRACE = 1000;
/** Milliseconds that an answer takes beyond its probe. */
const SCRAPE_MARGIN = 1500;
const LEAST_TIME = 500;
