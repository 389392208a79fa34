import {
  HealthCheckResponse_ServingStatus as Serving,
  HealthName,
  type ProviderClient,
} from '@virtrigaud/grpc-contract/client';
import type { Mutant } from './mutant.ts';

type Health = ProviderClient['health'];

/** Tells another status. */
const tells =
  (change: (status: Serving, service: string) => Serving): Mutant['wrap'] =>
  ({ health }) => {
    const check: Health['check'] = async (request, options) => {
      const { status } = await health.check(request, options);
      return { status: change(status, request.service ?? '') };
    };
    const watch: Health['watch'] = async function* (request, options) {
      for await (const { status } of health.watch(request, options)) {
        yield { status: change(status, request.service ?? '') };
      }
    };
    return { health: { ...health, check, watch } };
  };

export const healthMutants: readonly Mutant[] = [
  {
    breaks: 'health/serving',
    that: 'never says that it serves',
    spares: 'term',
    wrap: tells((status, service) => (service === HealthName.process ? Serving.NOT_SERVING : status)),
  },
  {
    breaks: 'health/out-of-reach',
    that: 'says once and for all that its hypervisor is there',
    spares: 'term',
    wrap: tells(() => Serving.SERVING),
  },
  {
    breaks: 'health/process-lives-on',
    that: 'takes itself for its hypervisor',
    spares: 'term',
    wrap: ({ health }) => {
      const check: Health['check'] = ({ service }, options) =>
        health.check({ service: service || HealthName.provider }, options);
      return { health: { ...health, check } };
    },
  },
  {
    breaks: 'health/unknown-name',
    that: 'answers for whatever it is asked',
    spares: 'term',
    wrap: ({ health }) => ({ health: { ...health, check: (_request, options) => health.check({}, options) } }),
  },
];
