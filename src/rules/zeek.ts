import type { Detection } from './detections.js';
import { portsOf } from './ports.js';
import type { RuleForm } from './rule-form.js';

/** Signatures for Zeek; each raises `signature_match`. A pattern is looked for at the start of any line of its direction. */
export const zeek: RuleForm = {
  id: 'zeek',
  title: 'signatures of Zeek',
  render: (detections, version) =>
    [
      `# waxseal ${version}: logins and mail in clear, and text between STARTTLS and TLS.`,
      '# Checked in form, not run in Zeek: try them on the captures that waxseal corpus writes (zeek -r FILE -s waxseal.sig).',
      ...detections.filter(isStateless).map(signature),
      '',
    ].join('\n'),
};

/** What came before is not looked at: Zeek matches a stream as a whole, in which order and time are lost. */
const isStateless = ({ after, marks }: Detection): boolean => after === undefined && marks === undefined;

const signature = (detection: Detection): string => {
  const { id, from, message, pattern, protocol } = detection;
  return [
    `signature waxseal-${id} {`,
    '  ip-proto == tcp',
    `  ${from === 'client' ? 'dst' : 'src'}-port == ${portsOf(detection).join(',')}`,
    `  tcp-state established,${from === 'client' ? 'originator' : 'responder'}`,
    `  payload /(.*[\\r\\n])?${caseless(pattern).replaceAll('/', '\\/').replaceAll('"', '\\"')}/`,
    `  event "${protocol}: ${message}"`,
    '}',
  ].join('\n');
};

/** Letters in both cases; those in brackets and behind a backslash stay as they are. */
const caseless = (pattern: string): string =>
  pattern.replace(/\\.|\[[^\]]*\]|[A-Za-z]/g, (part) =>
    part.length === 1 ? `[${part.toUpperCase()}${part.toLowerCase()}]` : part,
  );
