import { API_VERSION, parseProvider, parseVMImage, type Provider, type VMImage } from '@virtrigaud/api-types';

/** The Provider `shop/lab`, of type mock. */
export function providerObject(
  change: { readonly spec?: object; readonly metadata?: object; readonly status?: object } = {},
): Provider {
  const parsed = parseProvider({
    apiVersion: API_VERSION,
    kind: 'Provider',
    metadata: { name: 'lab', namespace: 'shop', uid: 'provider-uid', generation: 1, ...change.metadata },
    spec: { type: 'mock', endpoint: 'mock://local', ...change.spec },
    ...(change.status ? { status: change.status } : {}),
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return parsed.value;
}

/** The VMImage `shop/debian`, with a source for mocks. */
export function imageObject(
  change: { readonly spec?: object; readonly metadata?: object; readonly status?: object } = {},
): VMImage {
  const parsed = parseVMImage({
    apiVersion: API_VERSION,
    kind: 'VMImage',
    metadata: { name: 'debian', namespace: 'shop', uid: 'image-uid', generation: 1, ...change.metadata },
    spec: { source: { custom: [{ type: 'mock', template: 'debian-12' }] }, ...change.spec },
    ...(change.status ? { status: change.status } : {}),
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return parsed.value;
}
