import type { RunningProvider, ServeOptions } from '@virtrigaud/service-kit';
import type { AnyImplementation } from '../implementation.ts';

export async function serveProvider(
  _implementation: AnyImplementation,
  _options: ServeOptions,
): Promise<RunningProvider> {
  throw new Error('not built yet');
}
