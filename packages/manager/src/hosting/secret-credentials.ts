import type { CredentialSource } from '@virtrigaud/service-kit';

/** Credentials that follow a Secret: whoever reads the Secret tells them. */
export class SecretCredentials implements CredentialSource {
  readonly #listeners = new Set<() => void>();
  #values: Readonly<Record<string, string>> = {};

  current(): Readonly<Record<string, string>> {
    return this.#values;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes what the Secret holds now. @returns whether that is new. */
  set(values: Readonly<Record<string, string>>): boolean {
    if (sameValues(this.#values, values)) return false;
    this.#values = Object.freeze({ ...values });
    for (const listener of this.#listeners) listener();
    return true;
  }
}

function sameValues(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
