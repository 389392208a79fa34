import { readFileSync } from 'node:fs';

/** The version of this package, read where it lies, so that it is written once. */
export function suiteVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
