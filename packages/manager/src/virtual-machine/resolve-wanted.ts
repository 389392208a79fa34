import type { Provider, Ref, VirtualMachine, VMClass, VMImage, VMNetworkAttachment } from '@virtrigaud/api-types';
import { Capability } from '@virtrigaud/grpc-contract/client';
import { isGranted, type Consumer, type Grantable } from '../grants.ts';
import { bootSourceOf, imageRefOf } from './desired/boot-source.ts';
import { buildSpec, forCreation } from './desired/build-spec.ts';
import { buildGuestInit, type SecretData } from './desired/guest-init.ts';
import { attachmentName, buildNics } from './desired/nics.ts';
import { stableHash } from './desired/stable-hash.ts';
import type { DependencyProblem, Wanted } from './observed.ts';

/** Looks an object up: undefined where it does not exist, or does not parse. */
export type Lookup<T> = (namespace: string, name: string) => T | undefined;

/** What a VM's references lead to. */
export interface References {
  readonly vmClass: Lookup<VMClass>;
  readonly image: Lookup<VMImage>;
  readonly network: Lookup<VMNetworkAttachment>;
}

/** What {@link resolveWanted} needs beside the VM. */
export interface WantedInput {
  readonly vm: VirtualMachine;
  readonly provider: Provider | undefined;
  readonly capabilities: ReadonlySet<Capability>;
  readonly references: References;
  readonly consumer: Consumer;
  /** Undefined: the VM is there, so nobody needs what only its creation needs. */
  readonly secrets: SecretData | undefined;
}

/** What was worked out last from a spec, and from what else. Nothing of it is ever changed in place. */
const known = new WeakMap<VirtualMachine['spec'], { readonly from: readonly unknown[]; readonly wanted: Wanted }>();

/**
 * Works out what is wanted, as far as the references let it be known. Pure. The same again while all is the very same that it follows
 * from: a VM is looked at several times while nothing of that changes.
 */
export function resolveWanted(input: WantedInput): Wanted {
  const from = determinants(input);
  if (!from) return resolveAnew(input);
  const last = known.get(input.vm.spec);
  if (last && isSame(last.from, from)) return last.wanted;
  const wanted = resolveAnew(input);
  known.set(input.vm.spec, { from, wanted });
  return wanted;
}

/** All that the result follows from beside the spec itself; undefined where it takes data of Secrets, which may be others each time. */
function determinants({ vm, provider, capabilities, references, consumer, secrets }: WantedInput) {
  if (secrets && Object.keys(secrets).length > 0) return undefined;
  const { uid, namespace: own, name } = vm.metadata;
  const { classRef, networks = [], imageRef } = vm.spec;
  const found = <T>(lookup: Lookup<T>, ref: Ref) => {
    const place = placeOf(ref, vm);
    return lookup(place.namespace, place.name);
  };
  return [
    ...[uid, own, name, provider, capabilities, consumer.namespace, consumer.labels, secrets !== undefined],
    classRef && found(references.vmClass, classRef),
    found(references.image, imageRef),
    ...networks.map((entry) =>
      found(references.network, { name: attachmentName(entry), namespace: entry.networkRef?.namespace }),
    ),
  ];
}

function isSame(before: readonly unknown[], now: readonly unknown[]): boolean {
  return before.length === now.length && before.every((each, index) => each === now[index]);
}

function resolveAnew(input: WantedInput): Wanted {
  const { vm, provider, references, consumer } = input;
  const found = { ...resolveClass(vm, references), ...resolveNetworks(vm, references) };
  const refused = [found.vmClass, ...(found.networks ?? [])].find((each) => each && !isGranted(each, consumer));
  const notGranted = refused && grantWords(refused);
  const missing = found.classMissing ?? found.networkMissing;
  if (missing !== undefined || !provider) {
    const problem: DependencyProblem = {
      reason: 'WaitingForDependency',
      message: missing ?? 'its Provider does not exist',
    };
    return { spec: undefined, hash: undefined, creation: undefined, problem, notGranted };
  }
  const nics = buildNics({
    vm,
    attachments: found.networks ?? [],
    providerType: provider.spec.type,
    defaultNetwork: provider.spec.defaults?.network,
  });
  if (!nics.ok)
    return {
      spec: undefined,
      hash: undefined,
      creation: undefined,
      problem: { reason: 'InvalidSpec', message: nics.problem },
      notGranted,
    };
  const spec = buildSpec({
    vm,
    vmClass: found.vmClass,
    nics: nics.nics,
    defaultDatastore: provider.spec.defaults?.datastore,
  });
  const hash = stableHash({ spec, power: vm.spec.powerState });
  if (!input.secrets) return { spec, hash, creation: undefined, problem: undefined, notGranted };
  const creation = resolveCreation(input, provider, input.secrets);
  return creation.ok
    ? {
        spec,
        hash,
        creation: forCreation(spec, creation),
        problem: undefined,
        notGranted: notGranted ?? creation.notGranted,
      }
    : { spec, hash, creation: undefined, problem: creation.problem, notGranted };
}

type Creation =
  | ({ readonly ok: true; readonly notGranted: string | undefined } & Parameters<typeof forCreation>[1])
  | { readonly ok: false; readonly problem: DependencyProblem };

function resolveCreation(
  { vm, references, consumer, capabilities }: WantedInput,
  provider: Provider,
  secrets: SecretData,
): Creation {
  const failed = (reason: DependencyProblem['reason'], message: string): Creation => ({
    ok: false,
    problem: { reason, message },
  });
  const { namespace, name } = placeOf(vm.spec.imageRef, vm);
  const image = references.image(namespace, name);
  if (!image) return failed('WaitingForDependency', `VMImage ${namespace}/${name} does not exist; create it`);
  const source = imageRefOf(image, provider.spec.type);
  if (!source)
    return failed('ImageFailed', `VMImage ${namespace}/${name} has no source for ${provider.spec.type}; add one`);
  const prepared = preparedId(image, provider, capabilities);
  if (prepared.problem) return { ok: false, problem: prepared.problem };
  const guest = buildGuestInit(vm, secrets, capabilities.has(Capability.CLOUD_INIT) ? 'supported' : 'unsupported');
  if (!guest.ok) return failed('WaitingForDependency', guest.missing);
  const lacking = lackingCapability(vm, capabilities);
  if (lacking !== undefined)
    return failed('CapabilityMissing', `the provider does not support ${lacking}; drop the field`);
  const notGranted = isGranted(image, consumer) ? undefined : grantWords(image);
  return { ok: true, boot: bootSourceOf(source, prepared.id), guestInit: guest.guestInit, notGranted };
}

function lackingCapability(vm: VirtualMachine, capabilities: ReadonlySet<Capability>): string | undefined {
  const { userData, metaData } = vm.spec;
  if (userData?.ignition && !capabilities.has(Capability.IGNITION)) return 'Ignition (spec.userData.ignition)';
  const needsCloudInit =
    userData?.cloudInit !== undefined ||
    metaData !== undefined ||
    vm.spec.networks?.some(({ ipAddress }) => ipAddress !== undefined);
  return needsCloudInit && !capabilities.has(Capability.CLOUD_INIT)
    ? 'cloud-init (spec.userData, spec.metaData, spec.networks[].ipAddress)'
    : undefined;
}

/** The prepared copy at this Provider. A provider that prepares nothing takes the image in place. */
function preparedId(
  image: VMImage,
  provider: Provider,
  capabilities: ReadonlySet<Capability>,
): { readonly id: string; readonly problem?: DependencyProblem } {
  if (!capabilities.has(Capability.IMAGE_PREPARE)) return { id: '' };
  const copy = image.status?.providers?.find(
    ({ namespace, name }) => namespace === provider.metadata.namespace && name === provider.metadata.name,
  );
  const label = `VMImage ${image.metadata.namespace ?? ''}/${image.metadata.name}`;
  switch (copy?.phase) {
    case 'Ready':
      return { id: copy.preparedID ?? '' };
    case 'Failed': {
      const reason = /^SourceNotFound: /.test(copy.message ?? '') ? 'ImageMissing' : 'ImageFailed';
      return { id: '', problem: { reason, message: `${label}: ${copy.message ?? 'could not be prepared'}` } };
    }
    case 'Preparing':
    case 'Pending':
    case undefined:
      return { id: '', problem: { reason: 'ImagePreparing', message: `${label} is being prepared` } };
  }
}

function resolveClass(
  vm: VirtualMachine,
  { vmClass }: References,
): { readonly vmClass: VMClass | undefined; readonly classMissing?: string } {
  if (!vm.spec.classRef) return { vmClass: undefined };
  const { namespace, name } = placeOf(vm.spec.classRef, vm);
  const found = vmClass(namespace, name);
  return found
    ? { vmClass: found }
    : { vmClass: undefined, classMissing: `VMClass ${namespace}/${name} does not exist; create it` };
}

function resolveNetworks(
  vm: VirtualMachine,
  { network }: References,
): { readonly networks?: VMNetworkAttachment[]; readonly networkMissing?: string } {
  const networks: VMNetworkAttachment[] = [];
  for (const entry of vm.spec.networks ?? []) {
    const { namespace, name } = placeOf({ name: attachmentName(entry), namespace: entry.networkRef?.namespace }, vm);
    const found = network(namespace, name);
    if (!found) return { networkMissing: `VMNetworkAttachment ${namespace}/${name} does not exist; create it` };
    networks.push(found);
  }
  return { networks };
}

/** Where a reference leads: its own namespace is that of the object that refers. */
export function placeOf(
  ref: Ref,
  from: { readonly metadata: { readonly namespace?: string | undefined } },
): { readonly namespace: string; readonly name: string } {
  return { namespace: ref.namespace ?? from.metadata.namespace ?? '', name: ref.name };
}

function grantWords(
  object: Grantable & { readonly kind: string; readonly metadata: { readonly name: string } },
): string {
  return `${object.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name} is not open to this namespace; its owner has to widen consumerNamespaceSelector`;
}
