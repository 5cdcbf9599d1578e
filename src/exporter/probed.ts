import { Fault } from '../fault.js';
import { COMMON_PORTS, WELL_KNOWN_PORTS } from '../protocols/port-roles.js';
import { parseTarget } from '../targets/target.js';
import { hostPort } from '../wire/host-port.js';

/** What `/probe` was asked for. */
export interface Probed {
  /** `scheme://host:port`. */
  readonly target: string;
  readonly module: string;
}

/**
 * The listener that `target` and `module` name; throws `BAD_USAGE`. An exporter connects wherever its callers say: without
 * patterns that allow more, to mail ports alone, and never with another protocol than mail.
 */
export const probedBy = (target: string, module: string | undefined, allow: readonly string[]): Probed => {
  if (target === '')
    throw new Fault('BAD_USAGE', 'the parameter target is missing, such as target=imaps://mail.example.org');
  const wanted = module === undefined || module === DEFAULT_MODULE ? undefined : MODULES.get(module);
  if (module !== undefined && module !== DEFAULT_MODULE && wanted === undefined)
    throw new Fault('BAD_USAGE', `unknown module; known are ${[DEFAULT_MODULE, ...MODULES.keys()].join(', ')}`);
  const { host, port, role = wanted ?? COMMON_PORTS.find((each) => each.port === port)?.role } = parseTarget(target);
  const known = WELL_KNOWN_PORTS.find((each) => each.role === role);
  if (known === undefined)
    throw new Fault(
      'BAD_USAGE',
      'which protocol does the target speak? Name it by scheme, as in imaps://mail.example.org, or by module',
    );
  const probed = `${known.scheme}://${hostPort(host, port ?? known.port)}`;
  const isAllowed =
    allow.length === 0
      ? WELL_KNOWN_PORTS.some((each) => each.port === (port ?? known.port))
      : allow.some((pattern) => matches(pattern, [probed, hostPort(host, port ?? known.port), host]));
  if (!isAllowed)
    throw new Fault(
      'BAD_USAGE',
      allow.length === 0
        ? 'the port is no mail port; --allow permits other targets'
        : 'the target is not among those of --allow',
    );
  return { target: probed, module: module ?? DEFAULT_MODULE };
};

/** `*` stands for any text. */
const matches = (pattern: string, texts: readonly string[]): boolean => {
  const expression = new RegExp(
    `^${pattern
      .split('*')
      .map((part) => part.replace(/[^\w]/g, String.raw`\$&`))
      .join('.*')}$`,
    'i',
  );
  return texts.some((text) => expression.test(text));
};

/** The module where none is named: the scheme says all. */
const DEFAULT_MODULE = 'mail';
/** Modules by the names that configurations of blackbox_exporter give them: `imap_starttls`, `imaps` … */
const MODULES: ReadonlyMap<string, string> = new Map(
  WELL_KNOWN_PORTS.flatMap(({ role, tls }) => [
    [role, role],
    [`${role}_${tls === 'starttls' ? 'starttls' : 'tls'}`, role],
  ]),
);
