/** Where a command reads and writes. */
export interface Terminal {
  /** Whether a person sees standard output: only then colours and progress. */
  readonly outputIsSeen: boolean;
  /** Whether a person can be asked. */
  readonly canAsk: boolean;
  /** Writes a result. */
  out(text: string): void;
  /** Writes what is not a result: which server, progress, errors. */
  note(text: string): void;
  /** All of standard input. */
  readInput(): Promise<string>;
  /** Asks a question that is answered by y or n; anything but y is no. Only where {@link canAsk}. */
  confirm(question: string): Promise<boolean>;
}

/** What a program gets from the system; only `main.ts` takes it from there. */
export interface System {
  readonly terminal: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute path of the home directory. */
  readonly home: string;
  /** Aborted when the person interrupts. */
  readonly signal: AbortSignal;
  readonly now: () => Date;
  /** What runs this program again, before its arguments: Node, with its options and the script. */
  readonly program: readonly string[];
}
