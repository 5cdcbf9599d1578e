import type { Detection, State } from './detections.js';
import { portsOf, sourcesOf } from './ports.js';
import type { RuleForm } from './rule-form.js';

/** Rules for Suricata 6 and newer, with flowbits for what came before. */
export const suricata: RuleForm = {
  id: 'suricata',
  title: 'rules of Suricata',
  render: (detections, version) =>
    [
      `# waxseal ${version}: logins and mail in clear, and text between STARTTLS and TLS.`,
      '# Checked in form, not run in Suricata: try them on the captures that waxseal corpus writes.',
      ...detections.map(rule),
      ...[...new Set(detections.map(({ protocol }) => protocol))].map((protocol, index) =>
        tlsBegins(protocol, detections, index),
      ),
      '',
    ].join('\n'),
};

const rule = (detection: Detection): string => {
  const { number, protocol, message, from, pattern, after, marks, severity, id } = detection;
  const ports = `[${portsOf(detection).join(',')}]`;
  const [head, flow] =
    from === 'client'
      ? [`tcp any any -> any ${ports}`, 'established,to_server']
      : [`tcp any ${ports} -> any any`, 'established,to_client'];
  const options = [
    `msg:"WAXSEAL ${protocol} ${message}"`,
    `flow:${flow}`,
    ...(after === undefined ? [] : [`flowbits:isset,${bit(after, protocol)}`]),
    // Suricata wants a semicolon escaped; there is none in the patterns.
    `pcre:"/^${pattern.replaceAll('"', '\\x22').replaceAll('/', '\\/')}/i"`,
    ...(marks === undefined ? [] : [`flowbits:set,${bit(marks, protocol)}`, 'flowbits:noalert']),
    ...sourcesOf(detection).map((source) => `reference:${source}`),
    `classtype:${marks === undefined && severity === 'high' ? 'policy-violation' : 'misc-activity'}`,
    `metadata:waxseal ${id}`,
    `sid:${String(FIRST_SID + number)}`,
    'rev:1',
  ];
  return `alert ${head} (${options.join('; ')};)`;
};

/** A TLS record: from here on nothing is in clear any more. */
const tlsBegins = (protocol: Detection['protocol'], detections: readonly Detection[], index: number): string => {
  const [first] = detections.filter((each) => each.protocol === protocol);
  const ports = first === undefined ? [] : portsOf(first);
  const options = [
    `msg:"WAXSEAL ${protocol} TLS begins"`,
    'flow:established,to_server',
    `flowbits:isset,${bit('go-ahead', protocol)}`,
    'content:"|16 03|"',
    'depth:2',
    `flowbits:unset,${bit('go-ahead', protocol)}`,
    'flowbits:noalert',
    'classtype:misc-activity',
    `metadata:waxseal ${protocol}-tls`,
    `sid:${String(FIRST_SID + 900 + index)}`,
    'rev:1',
  ];
  return `alert tcp any any -> any [${ports.join(',')}] (${options.join('; ')};)`;
};

const bit = (state: State, protocol: string): string => `waxseal.${protocol}.${state.replace('-', '')}`;

/** Of the range that is for local use. */
const FIRST_SID = 1_930_000;
