import { Code, PowerOp, type ProviderClient } from '@virtrigaud/grpc-contract/client';
import { randomBytes } from 'node:crypto';
import { done } from './idempotency.ts';
import { refuse, type Mutant, type Request } from './mutant.ts';

type Reconfigure = ProviderClient['reconfigure'];
type Nics = NonNullable<NonNullable<NonNullable<Request<'reconfigure'>['desired']>['nics']>['items']>;

/** Reconfigures NICs otherwise; anything else is honest. */
const reconfigures =
  (instead: (honest: ProviderClient, ...args: Parameters<Reconfigure>) => ReturnType<Reconfigure>) =>
  (honest: ProviderClient): Partial<ProviderClient> => ({
    reconfigure: (request, options) =>
      request.updateMask?.includes('nics') ? instead(honest, request, options) : honest.reconfigure(request, options),
  });

/** Asks the honest one for other NICs. */
const asksFor = (change: (nics: Nics) => Nics) =>
  reconfigures((honest, request, options) => {
    const items = change(request.desired?.nics?.items ?? []);
    return honest.reconfigure({ ...request, desired: { ...request.desired, nics: { items } } }, options);
  });

/** Makes VMs with other NICs. */
const makes =
  (change: (nics: Nics) => Nics) =>
  (honest: ProviderClient): Partial<ProviderClient> => ({
    create: (request, options) => {
      const nics = { items: change(request.spec?.nics?.items ?? []) };
      return honest.create({ ...request, spec: { ...request.spec, nics } }, options);
    },
  });

const anyMac = () => `02:${(randomBytes(5).toString('hex').match(/../g) ?? []).join(':')}`;
const isThere = ({ network }: Nics[number]) => !network?.startsWith('no-such');

const whenItRuns = (
  instead: (honest: ProviderClient, ...args: Parameters<Reconfigure>) => ReturnType<Reconfigure>,
): Mutant['wrap'] =>
  reconfigures(async (honest, request, options) => {
    const { vm } = await honest.describe({ owner: request.mutation?.owner }, options);
    return vm?.bootedAt ? instead(honest, request, options) : honest.reconfigure(request, options);
  });

const onMock = { on: 'mock', spares: 'term' } as const;

export const nicMutants: readonly Mutant[] = [
  { ...onMock, breaks: 'nic/as-asked', that: 'gives VMs one NIC at most', wrap: makes((nics) => nics.slice(0, 1)) },
  {
    ...onMock,
    breaks: 'nic/none',
    that: 'takes an empty list for none given',
    wrap: (honest) => ({
      create: (request, options) => {
        const { nics, ...spec } = request.spec ?? {};
        return honest.create(nics?.items?.length === 0 ? { ...request, spec } : request, options);
      },
    }),
  },
  {
    ...onMock,
    breaks: 'nic/given-mac',
    that: 'gives NICs MACs of its own',
    wrap: makes((nics) => nics.map((nic) => ({ ...nic, mac: '' }))),
  },
  {
    ...onMock,
    breaks: 'nic/mac-stays',
    that: 'gives NICs other MACs at each start',
    wrap: (honest) => ({
      power: async (request, options) => {
        const answer = await honest.power(request, options);
        if (request.op !== PowerOp.ON) return answer;
        const { vm } = await honest.describe({ owner: request.mutation?.owner }, options);
        const items = (vm?.nics ?? []).map(({ name, network }) => ({ name, network, mac: anyMac() }));
        const compute = { cpus: vm?.cpus, memoryBytes: vm?.memoryBytes };
        const mutation = { ...request.mutation, operationId: 'macs' };
        const desired = { name: vm?.name, compute, nics: { items } };
        if (items.length > 0) await honest.reconfigure({ mutation, desired, updateMask: ['nics'] }, options);
        return answer;
      },
    }),
  },
  { ...onMock, breaks: 'nic/added', that: 'adds no NIC', wrap: asksFor((nics) => nics.slice(0, 1)) },
  {
    ...onMock,
    breaks: 'nic/removed',
    that: 'says that a NIC is off, and does nothing',
    wrap: reconfigures((_honest, request) => Promise.resolve(done(request.mutation?.operationId, 'Reconfigure'))),
  },
  {
    ...onMock,
    breaks: 'nic/order',
    that: 'takes NICs in the order of their names',
    wrap: asksFor((nics) => nics.toSorted((a, b) => ((a.name ?? '') < (b.name ?? '') ? 1 : -1))),
  },
  {
    ...onMock,
    breaks: 'nic/repeated',
    that: 'makes NICs anew that are so already',
    wrap: asksFor((nics) => nics.map((nic) => ({ ...nic, mac: anyMac() }))),
  },
  {
    ...onMock,
    breaks: 'nic/repeated',
    that: 'refuses NICs that are so already, since it never changes any',
    wrap: reconfigures(() => refuse(Code.UNIMPLEMENTED, 'CAPABILITY_MISSING')),
  },
  {
    ...onMock,
    breaks: 'nic/unset-is-not-none',
    that: 'takes off all NICs when none are given',
    wrap: asksFor((nics) => nics),
  },
  {
    ...onMock,
    breaks: 'nic/network-missing',
    that: 'leaves NICs away whose network is missing',
    wrap: makes((nics) => nics.filter(isThere)),
  },
  {
    ...onMock,
    breaks: 'nic/added-to-nowhere',
    that: 'adds no NIC whose network is missing, and says nothing',
    wrap: asksFor((nics) => nics.filter(isThere)),
  },
  {
    ...onMock,
    breaks: 'nic/added-while-it-runs',
    that: 'says that a running VM got a NIC, and does nothing',
    wrap: whenItRuns((_honest, request) => Promise.resolve(done(request.mutation?.operationId, 'Reconfigure'))),
  },
  {
    ...onMock,
    breaks: 'nic/hotplug',
    that: 'has the capability to plug NICs, and not the ability',
    wrap: whenItRuns(() => refuse(Code.FAILED_PRECONDITION, 'RESTART_REQUIRED')),
  },
];
