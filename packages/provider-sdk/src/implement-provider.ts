import type { HostedProvider, ServeOptions } from '@virtrigaud/service-kit';
import type { z } from 'zod';
import type { AnyImplementation, ProviderImplementation } from './implementation.ts';
import { serveProvider, type ServingProvider } from './serve/serve-provider.ts';

/** A provider, ready to be served: the default export of a provider package. */
export interface Provider extends HostedProvider {
  readonly implementation: AnyImplementation;
  serve(options: ServeOptions): Promise<ServingProvider>;
}

/**
 * Makes a provider of typed calls. Everything that the contract asks for beyond them is done here: fencing, owner and duplicate
 * checks, operation ids, tasks, watches, revisions, deadlines, errors, health, metrics, sessions and drain.
 */
export function implementProvider<S, C extends z.ZodType | undefined = undefined>(
  implementation: ProviderImplementation<S, C>,
): Provider {
  // The session and the credentials only ever meet the implementation that made them.
  const any = implementation as unknown as AnyImplementation;
  return {
    type: implementation.type,
    version: implementation.version,
    implementation: any,
    serve: (options: ServeOptions): Promise<ServingProvider> => serveProvider(any, options),
  };
}
