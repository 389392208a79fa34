import type { Mutant, Request } from './mutant.ts';

/** The request as of a sender that sets no limit. */
const unlimited = <R extends Request<'create'> | Request<'delete'>>(request: R): R => ({
  ...request,
  mutation: { ...request.mutation, notAfter: undefined },
});

let arrivals = 0;

export const expiryMutants: readonly Mutant[] = [
  {
    breaks: 'expiry/late-create',
    that: 'makes what came late',
    spares: 'identity',
    wrap: (honest) => ({ create: (request, options) => honest.create(unlimited(request), options) }),
  },
  {
    breaks: 'expiry/late-delete',
    that: 'removes what it was asked to remove long ago',
    spares: 'identity',
    wrap: (honest) => ({ delete: (request, options) => honest.delete(unlimited(request), options) }),
  },
  {
    breaks: 'expiry/twice-delivered',
    that: 'knows no call again',
    spares: 'identity',
    wrap: (honest) => ({
      create: (request, options) => {
        arrivals += 1;
        const operationId = `${request.mutation?.operationId ?? ''}-${String(arrivals)}`;
        return honest.create({ ...request, mutation: { ...request.mutation, operationId } }, options);
      },
    }),
  },
];
