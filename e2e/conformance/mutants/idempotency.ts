import { Code, PowerOp, PowerState, TaskState } from '@virtrigaud/grpc-contract/client';
import { doubles } from './claim.ts';
import { absent, refuse, replayed, uidOf, type Mutant } from './mutant.ts';

export const done = (operationId = '', kind = 'Power') => ({
  task: {
    id: `${kind}/${operationId}`,
    operationId,
    kind,
    vmId: '',
    state: TaskState.SUCCEEDED,
    progressPercent: 100,
    stage: '',
    error: undefined,
    resultId: '',
    startedAt: undefined,
    finishedAt: undefined,
    cancellable: false,
  },
});

/** Refuses to bring about what is so already. */
const refusesWhatIsSo =
  (op: PowerOp, state: PowerState): Mutant['wrap'] =>
  (honest) => ({
    power: async (request, options) => {
      if (request.op !== op) return honest.power(request, options);
      const described = await honest.describe({ owner: request.mutation?.owner }, options).catch(() => undefined);
      return described?.vm?.powerState === state
        ? refuse(Code.FAILED_PRECONDITION, 'WRONG_STATE')
        : honest.power(request, options);
    },
  });

export const idempotencyMutants: readonly Mutant[] = [
  { breaks: 'idempotency/create-repeated', that: 'makes a VM at each Create', spares: 'term', wrap: doubles },
  {
    breaks: 'idempotency/create-under-another-operation',
    that: 'refuses what another operation made',
    spares: 'term',
    wrap: (honest, cloud) => {
      const madeBy = new Map<string, string>();
      return {
        create: async (request, options) => {
          const [uid, operation] = [uidOf(request), request.mutation?.operationId ?? ''];
          if (cloud.all.has(uid) && madeBy.get(uid) !== operation) return refuse(Code.ALREADY_EXISTS, 'NAME_TAKEN');
          madeBy.set(uid, operation);
          return honest.create(request, options);
        },
      };
    },
  },
  {
    breaks: 'idempotency/create-is-not-replayed',
    that: 'answers a Create from memory',
    spares: 'term',
    wrap: (honest) => ({ create: replayed((request, options) => honest.create(request, options)) }),
  },
  {
    breaks: 'idempotency/delete-repeated',
    that: 'refuses to delete what is gone',
    spares: 'term',
    wrap: (honest, cloud) => {
      const deleted = new Set<string>();
      return {
        delete: async (request, options) => {
          const uid = uidOf(request);
          if (deleted.has(uid) && !cloud.all.has(uid)) return absent();
          deleted.add(uid);
          return honest.delete(request, options);
        },
      };
    },
  },
  {
    breaks: 'idempotency/delete-is-not-replayed',
    that: 'answers a Delete from memory',
    spares: 'term',
    wrap: (honest) => ({ delete: replayed((request, options) => honest.delete(request, options)) }),
  },
  {
    breaks: 'idempotency/on-of-a-running-vm',
    that: 'refuses On of a running VM',
    spares: 'identity',
    wrap: refusesWhatIsSo(PowerOp.ON, PowerState.ON),
  },
  {
    breaks: 'idempotency/off-of-a-stopped-vm',
    that: 'refuses Off of a stopped VM',
    spares: 'identity',
    wrap: refusesWhatIsSo(PowerOp.OFF, PowerState.OFF),
  },
  {
    breaks: 'idempotency/power-is-not-replayed',
    that: 'answers Power from memory',
    spares: 'absence',
    wrap: (honest) => ({ power: replayed((request, options) => honest.power(request, options)) }),
  },
  {
    breaks: 'idempotency/reconfigure-is-real',
    that: 'says that a resize is done, and does nothing',
    spares: 'absence',
    wrap: (honest) => ({
      reconfigure: async (request, options) => {
        await honest.reconfigure({ ...request, validateOnly: true }, options);
        return done(request.mutation?.operationId, 'Reconfigure');
      },
    }),
  },
  {
    breaks: 'idempotency/mask-alone',
    that: 'changes more than the mask names',
    spares: 'identity',
    wrap: (honest) => ({
      reconfigure: (request, options) =>
        honest.reconfigure({ ...request, updateMask: ['compute.cpus', 'compute.memory_bytes'] }, options),
    }),
  },
  {
    breaks: 'idempotency/expected-revision',
    that: 'does not look at the expected revision',
    spares: 'identity',
    wrap: (honest) => ({
      reconfigure: (request, options) => honest.reconfigure({ ...request, expectedRevision: '' }, options),
    }),
  },
  {
    breaks: 'idempotency/reconfigure-validate-only',
    that: 'resizes what it was only asked about',
    spares: 'identity',
    wrap: (honest) => ({
      reconfigure: (request, options) => honest.reconfigure({ ...request, validateOnly: false }, options),
    }),
  },
];
