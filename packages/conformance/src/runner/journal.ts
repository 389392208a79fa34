/** The last calls of a check, for the one who has to repeat them by hand. */
const KEPT = 4;

/** What a check has sent and proved so far. */
export class Journal {
  readonly #sent: string[] = [];
  #proofs = 0;

  /** How many expectations were held against an answer. A check that ends with none has proved nothing. */
  get proofs(): number {
    return this.#proofs;
  }

  wrote(sent: string): void {
    this.#sent.push(sent);
    if (this.#sent.length > KEPT) this.#sent.shift();
  }

  proved(): void {
    this.#proofs += 1;
  }

  /** The last calls, the oldest first. */
  get sent(): string {
    return this.#sent.length === 0 ? 'nothing' : this.#sent.join(', then ');
  }
}
