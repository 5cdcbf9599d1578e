import type { Report } from '../../document/report-model.js';
import { escaped } from '../escape.js';
import { labelled } from '../layout.js';
import type { TextStyle } from './style.js';

/** What DNS and files say of a domain's mail, a line for each domain; what is wrong with them is a finding. */
export const domainLines = ({ report, width }: TextStyle): string[] => {
  const domains = [...domainsIn(report)];
  const lines = domains.flatMap(([domain, facts]) => {
    const text = domains.length === 1 ? textOf(facts) : `${domain}: ${textOf(facts)}`;
    return labelled('DNS', escaped(text), { width, indent: 0, column: INDENT });
  });
  return lines.length === 0 ? [] : [...lines, ''];
};

type Facts = Readonly<Record<string, unknown>>;

const domainsIn = ({ results }: Report): Map<string, Facts> => {
  const domains = new Map<string, Facts>();
  for (const { port, host, facts } of results)
    if (port === undefined && host !== undefined && isObject(facts?.['domain'])) domains.set(host, facts['domain']);
  return domains;
};

/** `2 MX, MTA-STS enforce, DANE 2 of 2, 4 SRV, TLS-RPT, no CAA; DNSSEC valid`. Facts of stored reports have no type: nothing is relied on. */
const textOf = (facts: Facts): string => {
  const mx = recordsIn(facts['mx']);
  const srv = listOf(facts['srv']).flatMap((each) => recordsIn(fieldOf(each, 'records')));
  const tlsa = listOf(facts['tlsa']);
  const matching = tlsa.filter((each) =>
    recordsIn(fieldOf(each, 'records')).some((record) => fieldOf(record, 'match') === 'matches'),
  ).length;
  const policy = fieldOf(facts['policy'], 'mode');
  const files = listOf(facts['files']).length;
  const parts = [
    mx.length === 0 ? presence('MX', facts['mx']) : `${String(mx.length)} MX`,
    typeof policy === 'string' ? `MTA-STS ${policy}` : presence('MTA-STS', facts['mtaSts']),
    matching > 0
      ? `DANE ${String(matching)} of ${String(tlsa.length)}`
      : allKnown('DANE', [facts['mx'], ...tlsa.map((each) => fieldOf(each, 'records'))]),
    ...('srv' in facts
      ? [
          srv.length > 0
            ? `${String(srv.length)} SRV`
            : allKnown(
                'SRV',
                listOf(facts['srv']).map((each) => fieldOf(each, 'records')),
              ),
        ]
      : []),
    ...(files === 0 ? [] : [`${String(files)} client ${files === 1 ? 'file' : 'files'}`]),
    presence('TLS-RPT', facts['tlsRpt']),
    presence('CAA', facts['caa']),
  ];
  const isValidated = fieldOf(facts['mx'], 'isValidated') === true;
  return `${parts.join(', ')}${statusOf(facts['mx']) === 'found' ? `; ${isValidated ? 'DNSSEC valid' : 'without DNSSEC'}` : ''}`;
};

/** What is nowhere is missing only if every question for it was answered. */
const allKnown = (name: string, lookups: readonly unknown[]): string =>
  lookups.every(isKnown) ? `no ${name}` : `${name} unknown`;

const isKnown = (lookup: unknown): boolean => ['found', 'none'].includes(String(statusOf(lookup)));

const presence = (name: string, lookup: unknown): string => {
  const status = statusOf(lookup);
  return status === 'found' ? name : status === 'none' ? `no ${name}` : `${name} unknown`;
};

const recordsIn = (lookup: unknown): readonly unknown[] =>
  statusOf(lookup) === 'found' ? listOf(fieldOf(lookup, 'records')) : [];

const statusOf = (lookup: unknown): unknown => fieldOf(lookup, 'status');

const isObject = (value: unknown): value is Facts => typeof value === 'object' && value !== null;

const fieldOf = (value: unknown, name: string): unknown => (isObject(value) ? value[name] : undefined);

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const INDENT = 8;
