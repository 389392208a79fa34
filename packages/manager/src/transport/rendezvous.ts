/**
 * Chooses for a subject one of several by name, so that every subject keeps its choice for as long as that is there, and those of one
 * that goes spread over the others (rendezvous hashing). Pure; undefined where there is none.
 */
export function rendezvous<T extends { readonly name: string }>(subject: string, among: readonly T[]): T | undefined {
  let best: T | undefined;
  let bestWeight = -1;
  for (const each of among) {
    const weight = weightOf(`${subject}\n${each.name}`);
    if (weight > bestWeight) [best, bestWeight] = [each, weight];
  }
  return best;
}

/** FNV-1a, with the finish of MurmurHash3: names that differ in their last character alone must not weigh alike. */
function weightOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
