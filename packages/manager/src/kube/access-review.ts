import { kinds, type KindName } from '@virtrigaud/api-types';
import { isNotFound, leaseResource, type Clock, type Logger, type Transport } from '@virtrigaud/kube-runtime';
import { sleep } from '../transport/provider-channel.ts';

/** One thing that the manager does at the API server, as its authorizers name it. */
interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  /** Undefined: in all of them, or not in one. */
  readonly namespace?: string | undefined;
}

/** Where the manager works. */
export interface AccessScope {
  /** This namespace only; all if undefined. */
  readonly namespace: string | undefined;
  readonly leaseNamespace: string;
}

/** How soon rights that are missing are asked for again, in milliseconds. */
const askAgainMs = 5_000;

/** What {@link RightsWatch} needs. */
export interface RightsWatchOptions extends AccessScope {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Asks at the start for all the rights that the manager needs, so that what is missing is known before it is missed. */
export class RightsWatch {
  /** What is missing, in words, sorted; empty where the API server does not know who may do what. */
  missing: readonly string[] = [];
  readonly #options: RightsWatchOptions;

  constructor(options: RightsWatchOptions) {
    this.#options = options;
  }

  /** Asks, and says what is missing, until nothing is. */
  async run(signal: AbortSignal): Promise<void> {
    const { logger, clock } = this.#options;
    while (!signal.aborted) {
      try {
        const missing = await missingRights(this.#options, signal);
        if (missing.length > 0 && missing.join() !== this.missing.join())
          logger.error('the manager lacks rights at the API server; grant them', { missing });
        if (missing.length === 0 && this.missing.length > 0) logger.info('the manager has the rights that it lacked');
        this.missing = missing;
        if (missing.length === 0) return;
      } catch (error) {
        if (!signal.aborted) logger.warn('the rights of the manager are not known; asked for again', { error });
      }
      await sleep(clock, askAgainMs, signal);
    }
  }
}

async function missingRights({ transport, ...scope }: RightsWatchOptions, signal: AbortSignal): Promise<string[]> {
  const missing: string[] = [];
  for (const right of rightsOf(scope)) {
    const body = { apiVersion: `${group}/v1`, kind: 'SelfSubjectAccessReview', spec: { resourceAttributes: right } };
    try {
      const answer = await transport.request({ method: 'POST', path: reviewPath, body, signal });
      if ((answer as Review).status?.allowed !== true) missing.push(wordsOf(right));
    } catch (error) {
      // An API server without authorization.
      if (isNotFound(error)) return [];
      throw error;
    }
  }
  return missing.sort();
}

const group = 'authorization.k8s.io';
const reviewPath = `/apis/${group}/v1/selfsubjectaccessreviews`;

interface Review {
  readonly status?: { readonly allowed?: boolean };
}

function rightsOf({ namespace, leaseNamespace }: AccessScope): readonly Right[] {
  const ours = (kind: KindName, verbs: readonly string[], subresource?: string): Right[] =>
    verbs.map((verb) => ({
      ...{ verb, group: kinds[kind].group, resource: kinds[kind].plural, namespace },
      ...(subresource === undefined ? {} : { subresource }),
    }));
  const other = (name: string, verbs: readonly string[], where?: { group?: string; namespace?: string | undefined }) =>
    verbs.map((verb): Right => ({ verb, group: '', resource: name, namespace, ...where }));
  const leases = { group: leaseResource.group, namespace: leaseNamespace };
  return [
    ...(Object.keys(kinds) as KindName[]).flatMap((kind) => ours(kind, ['list', 'watch'])),
    ...(['VirtualMachine', 'Provider'] as const).flatMap((kind) => ours(kind, ['patch'])),
    ...(['VirtualMachine', 'Provider', 'VMImage'] as const).flatMap((kind) => ours(kind, ['patch'], 'status')),
    ...other('namespaces', namespace === undefined ? ['get', 'list', 'watch'] : ['get'], { namespace: undefined }),
    ...other('secrets', ['get']),
    ...other('events', ['create', 'patch']),
    ...other(leaseResource.plural, ['get', 'create', 'update'], leases),
  ];
}

function wordsOf({ verb, group, resource: name, subresource, namespace }: Right): string {
  const full = [[name, group].filter(Boolean).join('.'), subresource].filter(Boolean).join('/');
  return `${verb} ${full}${namespace === undefined ? '' : ` in ${namespace}`}`;
}
