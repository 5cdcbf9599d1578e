import { escaped } from './escape.js';

/** One workflow command; properties, and each line of the message, are escaped. */
export const workflowCommand = (level: string, properties: Readonly<Record<string, string>>, message: string): string =>
  `::${level} ${Object.entries(properties)
    .map(([name, value]) => `${name}=${property(escaped(value))}`)
    .join(',')}::${data(message.split('\n').map(escaped).join('\n'))}`;

/** A line end would end the command, and the next line might be one of a peer's. */
const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
