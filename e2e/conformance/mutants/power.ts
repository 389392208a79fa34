import { Code, PowerOp, PowerState, type ProviderClient } from '@virtrigaud/grpc-contract/client';
import { done } from './idempotency.ts';
import { refuse, type Mutant, type Request } from './mutant.ts';

type PowerCall = ProviderClient['power'];

/** Answers one of the operations otherwise, where the VM is in that state. */
const differsIn =
  (
    op: PowerOp,
    state: PowerState,
    instead: (honest: ProviderClient, ...args: Parameters<PowerCall>) => ReturnType<PowerCall>,
  ) =>
  (honest: ProviderClient): Partial<ProviderClient> => ({
    power: async (request, options) => {
      if (request.op !== op) return honest.power(request, options);
      const { vm } = await honest.describe({ owner: request.mutation?.owner }, options);
      return vm?.powerState === state ? instead(honest, request, options) : honest.power(request, options);
    },
  });

const wrongState = () => refuse(Code.FAILED_PRECONDITION, 'WRONG_STATE');
const nothing = (_honest: ProviderClient, request: Request<'power'>) =>
  Promise.resolve(done(request.mutation?.operationId));
const insteadOf =
  (op: PowerOp) => (honest: ProviderClient, request: Request<'power'>, options: Parameters<PowerCall>[1]) =>
    honest.power({ ...request, op }, options);

const onMock = { on: 'mock', spares: 'term' } as const;

export const powerMutants: readonly Mutant[] = [
  {
    ...onMock,
    breaks: 'power/suspended',
    that: 'refuses Suspend of a suspended VM',
    wrap: differsIn(PowerOp.SUSPEND, PowerState.SUSPENDED, wrongState),
  },
  {
    ...onMock,
    breaks: 'power/resumed',
    that: 'refuses Resume of a running VM',
    wrap: differsIn(PowerOp.RESUME, PowerState.ON, wrongState),
  },
  {
    ...onMock,
    breaks: 'power/on-of-a-suspended-vm',
    that: 'takes a suspended VM for one that is on',
    wrap: differsIn(PowerOp.ON, PowerState.SUSPENDED, nothing),
  },
  {
    ...onMock,
    breaks: 'power/off-of-a-suspended-vm',
    that: 'takes a suspended VM for one that is off',
    wrap: differsIn(PowerOp.OFF, PowerState.SUSPENDED, nothing),
  },
  {
    ...onMock,
    breaks: 'power/suspend-of-a-stopped-vm',
    that: 'takes a stopped VM for a suspended one',
    wrap: differsIn(PowerOp.SUSPEND, PowerState.OFF, nothing),
  },
  {
    ...onMock,
    breaks: 'power/shutdown-of-a-stopped-vm',
    that: 'refuses to shut down what is off',
    wrap: differsIn(PowerOp.SHUTDOWN_GRACEFUL, PowerState.OFF, wrongState),
  },
  {
    ...onMock,
    breaks: 'power/shutdown-is-asked',
    that: 'refuses to shut down what runs',
    wrap: differsIn(PowerOp.SHUTDOWN_GRACEFUL, PowerState.ON, wrongState),
  },
  {
    ...onMock,
    breaks: 'power/reboot-leaves-it-on',
    that: 'reboots by switching off',
    wrap: differsIn(PowerOp.REBOOT, PowerState.ON, insteadOf(PowerOp.OFF)),
  },
  {
    ...onMock,
    breaks: 'power/reboot-of-a-stopped-vm',
    that: 'reboots by switching on',
    wrap: differsIn(PowerOp.REBOOT, PowerState.OFF, insteadOf(PowerOp.ON)),
  },
  {
    ...onMock,
    breaks: 'power/reboot-once',
    that: 'reboots each time that it is asked',
    wrap: (honest) => {
      let count = 0;
      return {
        power: (request, options) => {
          if (request.op !== PowerOp.REBOOT) return honest.power(request, options);
          const operationId = `${request.mutation?.operationId ?? ''}-${String((count += 1))}`;
          return honest.power({ ...request, mutation: { ...request.mutation, operationId } }, options);
        },
      };
    },
  },
];
