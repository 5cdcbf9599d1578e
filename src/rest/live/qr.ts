import { generate } from 'lean-qr';
import { html, type Markup } from '../../report/html/markup.js';

/** A text as a QR code, black on white whatever the theme. */
export const qrCode = (text: string, label: string): Markup => {
  const code = generate(text);
  const size = code.size + 2 * QUIET;
  let path = '';
  for (let y = 0; y < code.size; y += 1)
    for (let x = 0; x < code.size; x += 1)
      if (code.get(x, y)) path += `M${String(x + QUIET)} ${String(y + QUIET)}h1v1h-1z`;
  return html`<svg class="qr" viewBox="0 0 ${size} ${size}" role="img" aria-label="${label}">
    <rect width="${size}" height="${size}" fill="#fff" />
    <path d="${path}" fill="#000" />
  </svg>`;
};

/** Empty modules around it (ISO/IEC 18004 §9.1). */
const QUIET = 4;
