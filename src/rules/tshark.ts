import type { Detection } from './detections.js';
import { portsOf } from './ports.js';
import type { RuleForm } from './rule-form.js';

/** Display filters, a name and a filter a line, as Wireshark's own file `dfilters` has them; `matches` ignores case. */
export const tshark: RuleForm = {
  id: 'tshark',
  title: 'display filters of Wireshark and tshark',
  render: (detections) => `${detections.filter(isStateless).map(line).join('\n')}\n`,
};

/** A filter sees one packet, and not what came before. */
const isStateless = ({ after, marks }: Detection): boolean => after === undefined && marks === undefined;

const line = (detection: Detection): string => {
  const { from, id, pattern } = detection;
  const port = `tcp.${from === 'client' ? 'dst' : 'src'}port in {${portsOf(detection).join(', ')}}`;
  return `"waxseal ${id}" ${port} && tcp.payload matches "^${pattern.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
};
