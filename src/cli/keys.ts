/** Keys of a terminal, one by one; the first letter of each line, where the input is none. Nothing is read before `listen`. */
export class Keys implements Disposable {
  readonly #isTerminal = process.stdin.isTTY;
  #isListening = false;
  #tell: (key: string) => void = () => undefined;
  readonly #hear = (bytes: Buffer): void => {
    // In raw mode Ctrl-C is a key.
    if (bytes.includes(CTRL_C)) process.kill(process.pid, 'SIGINT');
    else if (this.#isTerminal) this.#tell(bytes.toString('latin1', 0, 1));
    else for (const line of bytes.toString('latin1').split('\n').slice(0, -1)) this.#tell(line.slice(0, 1));
  };

  onKey(tell: (key: string) => void): void {
    this.#tell = tell;
  }

  listen(): void {
    if (this.#isListening) return;
    this.#isListening = true;
    if (this.#isTerminal) process.stdin.setRawMode(true);
    process.stdin.on('data', this.#hear);
  }

  [Symbol.dispose](): void {
    if (!this.#isListening) return;
    process.stdin.off('data', this.#hear).pause();
    if (this.#isTerminal) process.stdin.setRawMode(false);
  }
}

const CTRL_C = 3;
