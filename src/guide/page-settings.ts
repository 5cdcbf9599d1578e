import type { Block } from './block.js';
import type { Mode, Setting } from './claim.js';
import { isHedged, QUOTATIONS } from './hedges.js';
import { readingsOf, type Reading } from './readings.js';
import { tableSettings } from './table-settings.js';
import { tokensIn } from './tokens.js';
import { asksToSendIn, isLabel, sendingIn, wayIn, type Label } from './labels.js';

/** The settings of a page: its tables, its forms (“Port: 993” below “Incoming server”), and lines that say all at once. */
export const pageSettings = (blocks: readonly Block[]): Setting[] => {
  const reader = new FormReader();
  const settings: Setting[] = [];
  for (let at = 0; at < blocks.length; at += 1) {
    const block = blocks[at];
    if (block === undefined) break;
    if (block.kind !== 'row') {
      settings.push(...reader.read(block));
      continue;
    }
    let end = at;
    while (blocks[end]?.kind === 'row' && blocks[end]?.part === block.part) end += 1;
    const rows = blocks.slice(at, end);
    at = end - 1;
    // Two columns are a form.
    if (
      rows.every(({ cells = [] }) => cells.length <= 2) &&
      rows.filter(({ cells: [first = ''] = [] }) => isLabel(first) !== undefined).length >= 2
    )
      settings.push(
        ...rows.flatMap((row) => reader.read({ ...row, kind: 'line', text: (row.cells ?? []).join(': ') })),
      );
    else settings.push(...reader.end(), ...tableSettings(rows, reader.isHedged));
  }
  return [...settings, ...reader.end()];
};

/** A form that is being read. */
interface Form {
  speaks: readonly string[];
  isDirect: boolean;
  host: string | undefined;
  isForSending: boolean;
  ports: { readonly readings: readonly Reading[]; readonly line: number; readonly quote: string } | undefined;
  modes: readonly Mode[] | undefined;
  modeQuote: string;
  isHedged: boolean;
  has: Set<Label>;
}

class FormReader {
  /** The section warns of what it shows. */
  isHedged = false;
  #context: { readonly speaks: readonly string[]; readonly isForSending: boolean } = {
    speaks: [],
    isForSending: false,
  };
  #form: Form = this.#fresh();

  read({ kind, text, line }: Block): Setting[] {
    if (kind === 'heading') {
      const done = this.end();
      this.isHedged = isHedged(text) || WARNING_HEADINGS.test(text);
      this.#begin(text);
      return done;
    }
    const [, label, value = ''] = /^([^:=]{1,70}?)\s*(?::(?!\/\/)|=)\s*(.{0,400})$/.exec(text) ?? [];
    const field = label === undefined ? undefined : isLabel(label);
    if (label === undefined || field === undefined) return this.#line(text, line);
    return this.#field(field, label, value, text, line);
  }

  /** What the form says that ends here. */
  end(): Setting[] {
    const { ports, modes, host, isForSending, isDirect, speaks, modeQuote, isHedged: isFormHedged } = this.#form;
    const settings = (ports?.readings ?? []).map((reading): Setting => {
      const own = reading.speaks.length > 0;
      // A way that stands in another line belongs to the only port.
      const away = reading.modes.length === 0 && modes !== undefined && (ports?.readings.length ?? 0) === 1;
      const said = own ? reading.speaks : speaks;
      return {
        line: ports?.line ?? 1,
        quote: away && modeQuote !== '' ? `${ports?.quote ?? ''} / ${modeQuote}` : (ports?.quote ?? ''),
        speaks: said,
        ...(reading.isShared === true && { isShared: true as const }),
        port: reading.port,
        modes: away ? modes : reading.modes,
        ...(host !== undefined && { host }),
        ...(isForSending && { isForSending: true as const }),
        // What only a heading says may belong to something else.
        ...((reading.isUnclear === true || isFormHedged || this.isHedged) && { isUnclear: true as const }),
        ...(!own && !isDirect && said.length > 0 && { isInherited: true as const }),
      };
    });
    this.#form = this.#fresh();
    return settings;
  }

  #field(field: Label, label: string, value: string, text: string, line: number): Setting[] {
    const done: Setting[] = [];
    const way = wayIn(label) ?? (field === 'type' ? wayIn(value) : undefined);
    const named = tokensIn(`${label} ${field === 'type' || field === 'host' ? value : ''}`, { isField: true });
    const speaks = named.tokens.flatMap((token) => (token.kind === 'service' ? token.speaks : [])).slice(0, 2);
    const isOther =
      speaks.length > 0 && this.#form.speaks.length > 0 && !speaks.some((each) => this.#form.speaks.includes(each));
    // A field for the second time, or another service: another form begins.
    if (
      (this.#form.has.has(field) && field !== 'type') ||
      isOther ||
      (way !== undefined && this.#form.ports !== undefined)
    )
      done.push(...this.end());
    const form = this.#form;
    form.has.add(field);
    if (speaks.length > 0) {
      [form.speaks, form.isDirect] = [speaks, true];
      this.#context = { speaks, isForSending: this.#context.isForSending };
    } else if (way !== undefined) [form.speaks, form.isDirect] = [way, true];
    if (sendingIn(label)) form.isForSending = true;
    form.isHedged ||= isHedged(text);
    if (field === 'host') form.host = named.host ?? form.host;
    if (field === 'mode') {
      form.modes = modesOfField(label, value);
      form.modeQuote = text;
      return done;
    }
    const { tokens, host } = tokensIn(value, { isField: true, isPortField: field === 'port' });
    const ofLabel = tokensIn(label, { isField: true }).tokens.flatMap((token) =>
      token.kind === 'mode' ? token.modes : [],
    );
    const readings = readingsOf(tokens).map((reading) =>
      reading.modes.length === 0 && field === 'port' && ofLabel.length > 0 ? { ...reading, modes: ofLabel } : reading,
    );
    if (readings.length > 0) {
      form.ports = { readings, line, quote: text };
      form.has.add('port');
      form.host = host ?? form.host;
    }
    return done;
  }

  #line(text: string, line: number): Setting[] {
    const isShort = text.length <= SHORT && !/[.!?](?:$|\s)/.test(text);
    const plain = text.replace(QUOTATIONS, (quote) => ' '.repeat(quote.length));
    const isField = isShort && !SENTENCE.test(text);
    const whole = tokensIn(plain, { isField });
    const ports = whole.tokens.filter(({ kind }) => kind === 'port');
    const way = wayIn(text);
    if (ports.length === 0) {
      const modes = whole.tokens.flatMap((token) => (token.kind === 'mode' ? token.modes : []));
      const isModeAlone = isShort && modes.length > 0 && text.replace(MODE_WORDS, '').trim() === '';
      if (isModeAlone && this.#form.modes === undefined && this.#form.ports !== undefined) {
        [this.#form.modes, this.#form.modeQuote] = [modes, text];
        return [];
      }
      // A short line that names a service is a heading.
      const isHeading = isShort && (way !== undefined || whole.tokens.some(({ kind }) => kind === 'service'));
      if (!isHeading) return [];
      const done = this.end();
      this.#begin(text);
      if (whole.host !== undefined) this.#form.host = whole.host;
      return done;
    }
    // “Port 993”, and nothing else: a field without a colon.
    if (isShort && whole.tokens.length === ports.length && /^ports?\b/i.test(text))
      return this.#field('port', 'Port', text.replace(/^ports?\s*/i, ''), text, line);
    const done = this.end();
    const clauses = isShort ? [plain] : plain.split(/(?<=[.;!?])\s+/);
    return [
      ...done,
      ...clauses.flatMap((clause) => {
        const { tokens, host } = tokensIn(clause, { isField });
        const unclear = isHedged(clause) || this.isHedged || clause.endsWith('?');
        return readingsOf(tokens).map((reading): Setting => {
          const own = reading.speaks.length > 0 || way === undefined || clauses.length > 1;
          const speaks = reading.speaks.length > 0 ? reading.speaks : own ? this.#context.speaks : way;
          return {
            line,
            quote: clause.replace(/ {2,}/g, ' … ').trim(),
            speaks,
            ...(reading.isShared === true && { isShared: true as const }),
            port: reading.port,
            modes: reading.modes,
            ...(host !== undefined && { host }),
            ...(asksToSendIn(clause, !isShort) && { isForSending: true as const }),
            ...((reading.isUnclear === true || unclear) && { isUnclear: true as const }),
            ...(reading.speaks.length === 0 && own && speaks.length > 0 && { isInherited: true as const }),
          };
        });
      }),
    ];
  }

  /** What stands directly below a heading that names one service belongs to it; what follows may belong to another. */
  #begin(heading: string): void {
    this.#setContext(heading);
    this.#form = { ...this.#fresh(), isDirect: this.#context.speaks.length === 1 || wayIn(heading) !== undefined };
  }

  #setContext(text: string): void {
    const speaks = tokensIn(text, { isField: true }).tokens.flatMap((token) =>
      token.kind === 'service' ? token.speaks : [],
    );
    this.#context = {
      speaks: speaks.length > 0 ? [...new Set(speaks)] : (wayIn(text) ?? []),
      isForSending: sendingIn(text),
    };
  }

  #fresh(): Form {
    return {
      speaks: this.#context.speaks,
      isDirect: false,
      isForSending: this.#context.isForSending,
      host: undefined,
      ports: undefined,
      modes: undefined,
      modeQuote: '',
      isHedged: false,
      has: new Set(),
    };
  }
}

/** “Encryption: SSL/TLS”, “Requires SSL: Yes”. */
const modesOfField = (label: string, value: string): readonly Mode[] | undefined => {
  const trimmed = value.trim();
  if (NONE.test(trimmed))
    return /\b(?:SSL|TLS)\b/i.test(label) && !/encryption|security|verschlüsselung|sicherheit/i.test(label)
      ? undefined
      : ['none'];
  const modes = tokensIn(value, { isField: true }).tokens.flatMap((token) =>
    token.kind === 'mode' ? token.modes : [],
  );
  if (modes.length > 0) return [...new Set(modes)];
  return YES.test(trimmed) ? ['tls'] : undefined;
};

const NONE = /^["“„']?(?:none|no encryption|unencrypted|keine?|unverschlüsselt|plain(?:text)?|off|aus)["”“']?\.?$/i;
const YES = /^["“„']?(?:yes|on|required|ja|an|ein|erforderlich)\b/i;
const MODE_WORDS =
  /\b(?:SSL|TLS|STARTTLS|STLS|or|oder|with|mit|using|enabled|required|encryption|Verschlüsselung|connection|security|on)\b|[/,:()-]/gi;
const WARNING_HEADINGS =
  /\b(?:myths?|pitfalls?|common (?:mistakes|errors)|troubleshooting|fehlersuche|mythen|irrtümer|häufige fehler|bad examples?|do not)\b/i;
/** Words that forms do without. */
const SENTENCE = /\b(?:the|your|our|you|to|an?|please|Sie|Ihr\w*|de[rnm]|die|das|eine?n?|bitte)\b/i;
/** Characters of a line that is a form’s, not a sentence. */
const SHORT = 110;
