import {
  CONTRACT_REVISION,
  type GetProviderInfoRequest,
  type GetProviderInfoResponse,
  type ServerCall,
} from '@virtrigaud/grpc-contract/server';
import type { CapabilityName } from '../domain/capability.ts';
import { extensionSchema } from '../extension.ts';
import type { AnyImplementation } from '../implementation.ts';
import { readContext, type Runtime } from '../runtime.ts';
import { capabilities, replicaModes } from '../wire/enums.ts';

/** GetProviderInfo: what this provider is, what is behind it, and the announcement of a leader. */
export async function getProviderInfo(
  runtime: Runtime,
  request: GetProviderInfoRequest,
  call: ServerCall,
): Promise<GetProviderInfoResponse> {
  const { implementation, fence, keeper } = runtime;
  fence.announce(request.clusterId, request.term);
  const hypervisor = await keeper.use((session) => implementation.hypervisor(session, readContext(runtime, call)));
  return {
    type: implementation.type,
    version: implementation.version,
    contractMin: CONTRACT_REVISION,
    contractMax: CONTRACT_REVISION,
    instanceId: runtime.instanceId,
    capabilities: capabilitiesOf(implementation).map((name) => capabilities[name]),
    hypervisorVersion: hypervisor.version,
    extensionSchema: extensionSchema(implementation.extraConfig),
    hypervisorId: hypervisor.id,
    replicaMode: replicaModes[implementation.replicaMode ?? 'ActiveActive'],
    highestTerm: fence.highest(request.clusterId),
  };
}

/** A capability is a method that is there, or a feature that no method shows. */
function capabilitiesOf(implementation: AnyImplementation): readonly CapabilityName[] {
  const images = implementation.prepareImage && implementation.describeImage;
  const methods = [
    ...(images ? (['ImagePrepare'] as const) : []),
    ...(implementation.adoptVm ? (['Adopt'] as const) : []),
  ];
  return [...(implementation.features ?? []), ...methods].sort();
}
