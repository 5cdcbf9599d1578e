import { SERVICES, type Service } from '../knowledge/services.js';
import type { Mode } from './claim.js';

/** All ports of a service. */
export const portsOf = ({ clear, implicit, apart = [] }: Service): number[] => [
  ...(clear === undefined ? [] : [clear]),
  ...implicit,
  ...apart,
];

/** Whether TLS starts in this way on a port of the service. */
export const startsSo = ({ clear, implicit, upgrade, apart = [] }: Service, port: number, mode: Mode): boolean =>
  mode === 'tls'
    ? !apart.includes(port)
    : mode === 'implicit'
      ? implicit.includes(port)
      : mode === 'starttls' && clear === port && upgrade !== undefined && !upgrade.startsWith('none');

/** Whether TLS starts in this way on a port of any service. */
export const canStartSo = (port: number, mode: Mode): boolean =>
  SERVICES.some((service) => portsOf(service).includes(port) && startsSo(service, port, mode));

/** Whether a protocol, as guides call it, is found on a port. */
export const isPortOf = (port: number, speaks: string): boolean =>
  SERVICES.some((service) => service.speaks === speaks && portsOf(service).includes(port));
