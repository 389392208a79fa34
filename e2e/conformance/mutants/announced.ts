import { Code, PowerOp, type ProviderClient } from '@virtrigaud/grpc-contract/client';
import { refuse, type Mutant } from './mutant.ts';

const isNoneOfMine = () => refuse(Code.UNIMPLEMENTED, 'CAPABILITY_MISSING');

/** Has the capability by its own account, and does no such power operation. */
const lacksPower =
  (...ops: readonly PowerOp[]): Mutant['wrap'] =>
  (honest) => ({
    power: (request, options) =>
      ops.includes(request.op as PowerOp) ? isNoneOfMine() : honest.power(request, options),
  });

/** The same for a part of the spec. */
const lacksChange =
  (path: string): Mutant['wrap'] =>
  (honest) => ({
    reconfigure: (request, options) =>
      request.updateMask?.includes(path) ? isNoneOfMine() : honest.reconfigure(request, options),
  });

const onMock = { on: 'mock', spares: 'term' } as const;
const that = (what: string) => `announces ${what}, and says when it is asked that it does no such thing`;

/** Those that do not do what they announce. */
export const announcedMutants: readonly Mutant[] = [
  { breaks: 'adopt/becomes-ours', that: that('Adopt'), spares: 'term', wrap: () => ({ adopt: isNoneOfMine }) },
  // A wrong call does not have to be looked at by who does no such thing; by who announces it, it does.
  { breaks: 'adopt/never-by-name', that: that('Adopt'), spares: 'term', wrap: () => ({ adopt: isNoneOfMine }) },
  { ...onMock, breaks: 'power/suspended', that: that('Suspend'), wrap: lacksPower(PowerOp.SUSPEND) },
  { ...onMock, breaks: 'power/resumed', that: that('Suspend'), wrap: lacksPower(PowerOp.RESUME) },
  {
    ...onMock,
    breaks: 'power/shutdown-is-asked',
    that: that('a graceful shutdown'),
    wrap: lacksPower(PowerOp.SHUTDOWN_GRACEFUL),
  },
  { ...onMock, breaks: 'disk/hotplug', that: that('to plug disks'), wrap: lacksChange('disks') },
  { ...onMock, breaks: 'disk/grows-while-it-runs', that: that('to grow disks that run'), wrap: lacksChange('disks') },
  { ...onMock, breaks: 'nic/hotplug', that: that('to plug NICs'), wrap: lacksChange('nics') },
  ...['image/described', 'image/prepared-again', 'image/needs-a-source'].map((breaks): Mutant => ({
    ...onMock,
    breaks,
    that: that('ImagePrepare'),
    wrap: (): Partial<ProviderClient> => ({ imagePrepare: isNoneOfMine, imageDescribe: isNoneOfMine }),
  })),
];
