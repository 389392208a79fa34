import { Code, type ProviderClient } from '@virtrigaud/grpc-contract/client';
import { refuse, withTerm, type Mutant, type Request } from './mutant.ts';

const HIGH = 2n ** 50n;

interface Asked {
  readonly mutation?:
    | { readonly term?: bigint | undefined; readonly owner?: { readonly clusterId?: string | undefined } | undefined }
    | undefined;
}

/** A fence of the mutant's own in front of the honest one, which is given terms that always pass. */
function fenced(honest: ProviderClient, isStale: (asked: Asked) => boolean): Partial<ProviderClient> {
  const through = <R extends Asked, A>(request: R, go: (request: R) => Promise<A>): Promise<A> =>
    isStale(request) ? refuse(Code.ABORTED, 'STALE_TERM') : go(withTerm(request, HIGH));
  return {
    create: (request, options) => through(request, (passed) => honest.create(passed, options)),
    delete: (request, options) => through(request, (passed) => honest.delete(passed, options)),
    power: (request, options) => through(request, (passed) => honest.power(passed, options)),
    reconfigure: (request, options) => through(request, (passed) => honest.reconfigure(passed, options)),
  };
}

const termOf = ({ mutation }: Asked): bigint => mutation?.term ?? 0n;
const clusterOf = ({ mutation }: Asked): string => mutation?.owner?.clusterId ?? '';

/** Remembers what leaders announced, in a way that `keep` decides. */
function announced(honest: ProviderClient, keep: (before: bigint, term: bigint) => bigint) {
  const terms = new Map<string, bigint>();
  const note = (cluster: string, term: bigint) => terms.set(cluster, keep(terms.get(cluster) ?? 0n, term));
  const getProviderInfo: ProviderClient['getProviderInfo'] = (request, options) => {
    if (request.term) note(request.clusterId ?? '', request.term);
    return honest.getProviderInfo(request, options);
  };
  return { getProviderInfo, terms };
}
const highest = (before: bigint, term: bigint) => (term > before ? term : before);

/** Lets an old leader through one of the calls, as if it were the present one. */
const admitsAll =
  (method: 'create' | 'delete' | 'power' | 'reconfigure'): Mutant['wrap'] =>
  (honest) => {
    const { getProviderInfo, terms } = announced(honest, highest);
    const call = honest[method] as unknown as (request: Request<'delete'>, options: never) => Promise<never>;
    const admitted = (request: Request<'delete'>, options: never) =>
      call(withTerm(request, highest(terms.get(clusterOf(request)) ?? 0n, termOf(request))), options);
    return { getProviderInfo, [method]: admitted };
  };

export const termMutants: readonly Mutant[] = [
  ...(['create', 'delete', 'power', 'reconfigure'] as const).map((method) => ({
    breaks: `term/${method}-of-an-old-leader`,
    that: `obeys an old leader's ${method}`,
    spares: 'identity' as const,
    wrap: admitsAll(method),
  })),
  {
    breaks: 'term/cancel-of-an-old-leader',
    that: "obeys an old leader's CancelTask",
    spares: 'identity',
    wrap: (honest) => ({ cancelTask: (request, options) => honest.cancelTask({ ...request, term: HIGH }, options) }),
  },
  {
    breaks: 'term/is-told',
    that: 'keeps to itself which term it has seen',
    spares: 'identity',
    wrap: (honest) => ({
      getProviderInfo: async (request, options) => ({
        ...(await honest.getProviderInfo(request, options)),
        highestTerm: 0n,
      }),
    }),
  },
  {
    breaks: 'term/of-a-mutation-counts',
    that: 'learns terms from announcements alone',
    spares: 'identity',
    wrap: (honest) => {
      const { getProviderInfo, terms } = announced(honest, highest);
      return { getProviderInfo, ...fenced(honest, (asked) => termOf(asked) < (terms.get(clusterOf(asked)) ?? 0n)) };
    },
  },
  {
    breaks: 'term/never-goes-back',
    that: 'believes the last announcement',
    spares: 'identity',
    wrap: (honest) => {
      const { getProviderInfo, terms } = announced(honest, (_before, term) => term);
      return { getProviderInfo, ...fenced(honest, (asked) => termOf(asked) < (terms.get(clusterOf(asked)) ?? 0n)) };
    },
  },
  {
    breaks: 'term/same-term-goes-on',
    that: 'keeps the leader itself out',
    spares: 'identity',
    wrap: (honest) => {
      const { getProviderInfo, terms } = announced(honest, highest);
      return { getProviderInfo, ...fenced(honest, (asked) => termOf(asked) <= (terms.get(clusterOf(asked)) ?? 0n)) };
    },
  },
  {
    breaks: 'term/each-cluster-has-its-own',
    that: 'has one term for all clusters',
    spares: 'identity',
    wrap: (honest) => {
      const { getProviderInfo, terms } = announced(honest, highest);
      const most = () => [...terms.values()].reduce(highest, 0n);
      return { getProviderInfo, ...fenced(honest, (asked) => termOf(asked) < most()) };
    },
  },
];
