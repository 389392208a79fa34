import type { openMockHypervisor as open } from './mock-hypervisor-shape.ts';

export type { MockHypervisor } from './mock-hypervisor-shape.ts';

// The manager may not depend on a provider; its tests reach the mock's state directory by name, as a person at the hypervisor would.
const name = '@virtrigaud/provider-mock';

/** Opens the state directory of a mock hypervisor. */
export async function openMockHypervisor(directory: string): ReturnType<typeof open> {
  const mock = (await import(name)) as { readonly openMockHypervisor: typeof open };
  return mock.openMockHypervisor(directory);
}
