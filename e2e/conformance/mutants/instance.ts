import type { Instance } from '../fixtures/memory-lab.ts';

/** Whose an instance is: empty where nobody's, as of a copy. */
export function uidOfInstance(instance: Instance | undefined): string {
  if (!instance || instance.tags['virtrigaud-carrier'] !== instance.id) return '';
  return instance.tags['virtrigaud-uid'] ?? '';
}
