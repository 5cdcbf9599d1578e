import { Fault } from '../fault.js';
import type { Listener } from '../probes/listener.js';
import type { Target } from '../targets/target.js';

/** Ports that said nothing because the time was over before, or the address had banned us: that is no sign that they are closed. */
export class UntriedPorts {
  readonly #ports = new Map<string, { readonly host: string; readonly ports: number[]; readonly why: Fault }>();

  add({ text, host }: Target, { port }: Listener, why: Fault): void {
    const known = this.#ports.get(text);
    if (known === undefined) this.#ports.set(text, { host, ports: [port], why });
    else known.ports.push(port);
  }

  /** One for each target. */
  get faults(): readonly { readonly target: string; readonly fault: Fault }[] {
    return [...this.#ports].map(([target, { host, ports, why }]) => ({
      target,
      fault: new Fault(
        why.code,
        `${host}: ${ports.length === 1 ? 'port' : 'ports'} ${ports.join(', ')} not audited: ${why.message}`,
      ),
    }));
  }
}
