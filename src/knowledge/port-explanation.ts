import { CLAIMS, type Claim } from './claims.js';
import { listed, type Explanation, type Paragraph } from './paragraphs.js';
import { SERVICES } from './services.js';

/** What a port is for, and what is wrongly said about it; nothing where it has no part in mail. */
export const portExplanation = (port: number): readonly Explanation[] => {
  const services = SERVICES.filter(
    ({ clear, implicit, apart = [] }) => clear === port || implicit.includes(port) || apart.includes(port),
  );
  const claims = CLAIMS.filter(({ ports }) => ports.includes(port));
  if (services.length === 0 && claims.length === 0) return [];
  const explanation: Explanation = {
    kind: 'port',
    title:
      services.length === 0
        ? `Port ${String(port)} is not registered for mail`
        : `Port ${String(port)}: ${services.map(({ name }) => name).join(', ')}`,
    paragraphs: [
      ...services.flatMap((service): Paragraph[] => [
        [
          'TLS',
          service.clear === port
            ? `starts in clear, ${service.upgrade?.startsWith('none') === true ? 'upgrade: ' : 'upgraded with '}${service.upgrade ?? 'nothing'}`
            : service.implicit.includes(port)
              ? 'implicit: from the first byte'
              : 'none: the protocol encrypts by itself',
        ],
        ...(service.clear === port && service.implicit.length > 0
          ? [['Implicit TLS instead', service.implicit.join(', ')] as Paragraph]
          : []),
        ...(service.implicit.includes(port) && service.clear !== undefined
          ? [['In clear, with an upgrade', String(service.clear)] as Paragraph]
          : []),
        ...listed('Note', service.note === undefined ? [] : [service.note]),
        ['References', service.references.join(', ')],
      ]),
      ...claims.map(oftenSaid),
    ],
  };
  return [explanation];
};

/** A claim and its correction. */
export const oftenSaid = ({ claim, correction, references: sources }: Claim): Paragraph => [
  'Often said',
  `“${claim}”. But: ${correction} (${sources.join(', ')})`,
];
