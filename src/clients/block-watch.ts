import { Worker } from 'node:worker_threads';

/** Names the client that keeps this process from running: a thread of its own watches, since nothing else can. */
export class BlockWatch {
  /** Beats of this thread, and the number of the client whose code runs. */
  readonly #shared = new Int32Array(new SharedArrayBuffer(8));
  readonly #thread: Worker;
  readonly #timer: NodeJS.Timeout;

  constructor(patience = PATIENCE) {
    this.#thread = new Worker(THREAD, { eval: true, workerData: { shared: this.#shared, patience }, execArgv: [] });
    this.#thread.on('error', () => undefined);
    this.#thread.unref();
    this.#timer = setInterval(() => {
      Atomics.add(this.#shared, 0, 1);
    }, 100);
    this.#timer.unref();
  }

  /** Says what a client is called; numbers begin at 1. */
  add(number: number, name: string): void {
    this.#thread.postMessage([number, name]);
  }

  /** The code of this client runs from now on; 0 for everybody else. */
  enter(number: number): void {
    Atomics.store(this.#shared, 1, number);
  }

  stop(): void {
    clearInterval(this.#timer);
    void this.#thread.terminate();
  }
}

/** Milliseconds; no scenario's window is much longer than a tenth of it. */
const PATIENCE = 5000;

/** Writes by itself: a thread's own standard error goes through the one that is blocked. */
const THREAD = `
const { workerData: { shared, patience }, parentPort } = require('node:worker_threads');
const { writeSync } = require('node:fs');
const names = new Map();
parentPort.on('message', ([number, name]) => names.set(number, name));
let beat = -1, since = Date.now(), isTold = false;
setInterval(() => {
  const now = Atomics.load(shared, 0);
  if (now !== beat) { beat = now; since = Date.now(); isTold = false; return; }
  if (isTold || Date.now() - since < patience) return;
  isTold = true;
  const name = names.get(Atomics.load(shared, 1));
  const who = name === undefined ? 'something' : 'the client function, in ' + name + ',';
  writeSync(2, 'waxseal: ' + who + ' has blocked this process for ' + Math.round(patience / 1000) + ' s: nothing else can run, and it cannot be ended from here; does it loop for ever?\\n');
}, Math.min(500, patience / 4));
`;
