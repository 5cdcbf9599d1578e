/** A piece of a page, as its reader sees it. */
export interface Block {
  readonly kind: 'heading' | 'line' | 'row';
  /** 1 for the first line of the file. */
  readonly line: number;
  readonly text: string;
  /** Of a row. */
  readonly cells?: readonly string[];
  /** Rows with one number are one table; lines with one number are one paragraph. */
  readonly part: number;
  /** Where further lines of the file begin in the text, if it holds several. */
  readonly breaks?: readonly { readonly at: number; readonly line: number }[];
  /** Programs and configuration files are no sentences. */
  readonly isCode?: true;
}
