import type { KindName } from '@virtrigaud/api-types';
import {
  createInformer,
  resource,
  type Clock,
  type Informer,
  type KubeObject,
  type Logger,
  type Random,
  type ResourceClient,
  type Transport,
} from '@virtrigaud/kube-runtime';
import { descriptorOf, namespaceResource, type RawObject } from './resources.ts';
import { vmIndexes } from './vm-indexes.ts';

/** What the manager follows. */
export interface Informers {
  readonly providers: Informer<RawObject>;
  readonly vms: Informer<RawObject>;
  readonly classes: Informer<RawObject>;
  readonly images: Informer<RawObject>;
  readonly networks: Informer<RawObject>;
  /** Undefined in namespace scope: no reference crosses a namespace there. */
  readonly namespaces: Informer<KubeObject> | undefined;
}

/** Settings of {@link createInformers}. */
export interface InformersOptions {
  readonly transport: Transport;
  /** This namespace only; all if undefined. */
  readonly namespace: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Makes the informers; none is started. */
export function createInformers(options: InformersOptions): Informers {
  const { transport, namespace, clock, random, logger } = options;
  const follow = (kind: KindName, indexes = {}) =>
    createInformer({ client: resource(transport, descriptorOf(kind)), namespace, indexes, clock, random, logger });
  return {
    providers: follow('Provider'),
    vms: follow('VirtualMachine', vmIndexes),
    classes: follow('VMClass'),
    images: follow('VMImage'),
    networks: follow('VMNetworkAttachment'),
    namespaces:
      namespace === undefined
        ? createInformer({ client: resource(transport, namespaceResource), clock, random, logger })
        : undefined,
  };
}

/** All of them. */
export function allInformers(
  informers: Informers,
): readonly { start(signal: AbortSignal): Promise<void>; readonly synced: Promise<void> }[] {
  const { providers, vms, classes, images, networks, namespaces } = informers;
  return [providers, vms, classes, images, networks, ...(namespaces ? [namespaces] : [])];
}

/** The client of a kind of ours. */
export function clientOf(transport: Transport, kind: KindName): ResourceClient<RawObject> {
  return resource(transport, descriptorOf(kind));
}
