import type { VMImage } from '@virtrigaud/api-types';
import type { BootSource, ImageRef } from '@virtrigaud/grpc-contract/client';

/** Where an image is at one kind of hypervisor, in the contract's terms; undefined when it has no member for that kind. */
export function imageRefOf(image: VMImage, providerType: string): ImageRef | undefined {
  const { libvirt, custom } = image.spec.source;
  const empty: ImageRef = {
    preparedId: '',
    template: '',
    path: '',
    url: '',
    format: '',
    checksum: '',
    checksumType: '',
    storage: '',
  };
  if (providerType === 'libvirt' && libvirt) {
    return {
      ...empty,
      path: libvirt.path,
      format: libvirt.format,
      storage: libvirt.storagePool ?? '',
      ...checksumOf(libvirt),
    };
  }
  const own = custom?.find(({ type }) => type === providerType);
  if (!own) return undefined;
  return {
    ...empty,
    template: own.template ?? '',
    path: own.path ?? '',
    url: own.url ?? '',
    format: own.format ?? '',
    ...checksumOf(own),
  };
}

/** The source that a VM boots from, once its image is usable. */
export function bootSourceOf(image: ImageRef, preparedId: string): BootSource {
  return { source: { $case: 'image', value: { ...image, preparedId } } };
}

function checksumOf(source: { readonly checksum?: string | undefined; readonly checksumType: string }) {
  return source.checksum === undefined
    ? { checksum: '', checksumType: '' }
    : { checksum: source.checksum.toLowerCase(), checksumType: source.checksumType };
}
