import { Fault } from '../fault.js';
import { portRoleOf } from '../clients/driver.js';
import { parseTarget } from '../targets/target.js';
import type { Through } from '../stage/middle-seat.js';
import type { SetUp } from '../cases/plan.js';
import type { RealServer } from '../proxy/server.js';
import { otherDoorOf } from '../targets/other-door.js';
import { realServer, type NamedServer } from '../targets/real-server.js';
import { privateText, certificatesOf } from './files.js';
import type { CommonOptions } from './options.js';

/** A real server that waxseal stands before, with the set-up of its client: that of its port, or the one that `--tls` says. */
export interface ServerBehind {
  readonly through: Through;
  readonly setUp: SetUp;
}

type UpstreamOptions = Pick<
  CommonOptions,
  'authorizedBy' | 'account' | 'protocol' | 'tls' | 'ca' | 'interception' | 'otherDoor'
>;

/**
 * The server behind waxseal; one that is neither here nor private needs `--authorized-by`. Its scheme says how it starts TLS,
 * `--tls` how the client does: with `imap://` and `implicit`, waxseal asks for STARTTLS in the client's place.
 */
export const upstreamOf = async (text: string, options: UpstreamOptions): Promise<ServerBehind> => {
  const { tls: wanted, ...others } = options;
  const target = parseTarget(text);
  const named = await realServer(target, target.role === undefined ? options : others);
  const { portRole, ...server } = named;
  const tls = wanted ?? server.tls;
  if (tls !== server.tls) requireTranslatable(text, options);
  const otherDoor = tls === server.tls ? await otherDoorBehind(named, options) : undefined;
  const account = accountOf(options.account);
  return {
    setUp: {
      protocol: server.protocol,
      tls,
      portRole: tls === server.tls ? portRole : portRoleOf(server.protocol, tls),
    },
    through: {
      server,
      ...(otherDoor && { otherDoor }),
      ...(options.ca.length > 0 && { ca: options.ca.flatMap(certificatesOf).join('\n') }),
      ...(options.interception && { interception: options.interception }),
      ...(account && { account }),
    },
  };
};

/** Where client and server start TLS in different ways, waxseal has to end the TLS of both. */
const requireTranslatable = (text: string, { tls, interception, otherDoor }: UpstreamOptions): void => {
  const differ = `--tls ${String(tls)} is the client’s way to start TLS, and ${JSON.stringify(text)} has the other one`;
  if (interception === 'tunnel')
    throw new Fault('BAD_USAGE', `${differ}: --interception tunnel cannot join them; drop it, or use the same way`);
  if (otherDoor !== undefined)
    throw new Fault('BAD_USAGE', `${differ}: --other-door is for clients that use the way of the server; drop it`);
};

/** Where the server starts TLS in the other way, as the user says or by the usual ports. */
export const otherDoorBehind = (
  server: NamedServer,
  { otherDoor, authorizedBy }: Pick<CommonOptions, 'otherDoor' | 'authorizedBy'>,
): Promise<RealServer | undefined> =>
  otherDoorOf(server, otherDoor === undefined ? undefined : parseTarget(otherDoor), {
    ...(authorizedBy !== undefined && { authorizedBy }),
  });

/** A real account: two lines of a file that only its owner reads, or two variables; never an option's value, which everybody can see. */
export const accountOf = (path: string | undefined): Through['account'] => {
  if (path === undefined) {
    const user = process.env['WAXSEAL_ACCOUNT_USER'];
    const password = process.env['WAXSEAL_ACCOUNT_PASSWORD'];
    if ((user === undefined) !== (password === undefined))
      throw new Fault('BAD_USAGE', 'set both WAXSEAL_ACCOUNT_USER and WAXSEAL_ACCOUNT_PASSWORD, or neither');
    return user === undefined || password === undefined ? undefined : { user, password };
  }
  const [user, password, ...more] = privateText(path, 'the account file').split(/\r?\n/);
  if (
    user === undefined ||
    user === '' ||
    password === undefined ||
    password === '' ||
    more.some((line) => line !== '')
  ) {
    throw new Fault(
      'BAD_USAGE',
      `the account file ${JSON.stringify(path)} must hold two lines: user name and password`,
    );
  }
  return { user, password };
};
