import { Code, type ProviderClient } from '@virtrigaud/grpc-contract/client';
import { refuse, uidOf, withTerm, type Mutant, type Request } from './mutant.ts';

type Describe = ProviderClient['imageDescribe'];

/** Describes images otherwise. */
const describes =
  (change: (answer: Awaited<ReturnType<Describe>>, ...args: Parameters<Describe>) => Awaited<ReturnType<Describe>>) =>
  (honest: ProviderClient): Partial<ProviderClient> => ({
    imageDescribe: async (request, options) => change(await honest.imageDescribe(request, options), request, options),
  });

/** Prepares something else than what is asked for, where that cannot be prepared. */
const preparesInstead =
  (instead: (request: Request<'imagePrepare'>) => Request<'imagePrepare'>): Mutant['wrap'] =>
  (honest) => ({ imagePrepare: (request, options) => honest.imagePrepare(instead(request), options) });

const onMock = { on: 'mock', spares: 'term' } as const;

export const imageMutants: readonly Mutant[] = [
  {
    ...onMock,
    breaks: 'image/described',
    that: 'never says that an image is complete',
    wrap: describes((answer) => ({ ...answer, complete: false })),
  },
  {
    ...onMock,
    breaks: 'image/prepared-again',
    that: 'prepares anew each time',
    wrap: (honest) => {
      let count = 0;
      return {
        imagePrepare: async (request, options) => {
          const { task } = await honest.imagePrepare(request, options);
          count += 1;
          return {
            task: task && { ...task, resultId: count === 1 ? task.resultId : `${task.resultId}-${String(count)}` },
          };
        },
      };
    },
  },
  {
    ...onMock,
    breaks: 'image/of-nobody',
    that: "answers with anybody's image of that source",
    wrap: (honest) => {
      let owner: Request<'imageDescribe'>['owner'];
      return {
        imagePrepare: (request, options) => {
          owner ??= request.mutation?.owner;
          return honest.imagePrepare(request, options);
        },
        imageDescribe: (request, options) => honest.imageDescribe({ ...request, owner }, options),
      };
    },
  },
  {
    ...onMock,
    breaks: 'image/source-missing',
    that: 'takes another image where one is missing',
    wrap: preparesInstead((request) =>
      request.image?.path?.includes('no-such') ? { ...request, image: { path: '/images/any' } } : request,
    ),
  },
  {
    ...onMock,
    breaks: 'image/wrong-checksum',
    that: 'looks at no checksum',
    wrap: preparesInstead((request) => ({ ...request, image: { ...request.image, checksum: '' } })),
  },
  {
    ...onMock,
    breaks: 'image/needs-a-source',
    that: 'prepares nothing when nothing is named',
    wrap: preparesInstead((request) =>
      request.image?.path ? request : { ...request, image: { path: '/images/any' } },
    ),
  },
  {
    ...onMock,
    breaks: 'image/needs-an-owner',
    that: 'prepares images for nobody',
    wrap: (honest) => {
      let owner: NonNullable<Request<'imagePrepare'>['mutation']>['owner'];
      return {
        imagePrepare: (request, options) => {
          owner ??= request.mutation?.owner;
          return honest.imagePrepare({ ...request, mutation: { ...request.mutation, owner } }, options);
        },
      };
    },
  },
  {
    ...onMock,
    breaks: 'image/of-an-old-leader',
    that: "obeys an old leader's ImagePrepare",
    wrap: preparesInstead((request) => withTerm(request, 2n ** 39n)),
  },
  {
    ...onMock,
    breaks: 'image/not-prepared',
    that: 'makes a VM without its image when that is missing',
    wrap: (honest) => ({
      create: (request, options) => {
        const { boot, ...spec } = request.spec ?? {};
        const image = boot?.source?.$case === 'image' ? boot.source.value : undefined;
        return honest.create(image?.preparedId?.endsWith('-of-nobody') ? { ...request, spec } : request, options);
      },
    }),
  },
  {
    ...onMock,
    breaks: 'image/disks-of-their-own',
    that: 'runs all VMs on the image itself',
    wrap: (honest) => ({
      describe: async (request, options) => {
        const { vm } = await honest.describe(request, options);
        const disks = vm?.disks.map((disk) => (disk.root ? { ...disk, id: 'image', path: '/images/any' } : disk)) ?? [];
        return { vm: vm && { ...vm, disks } };
      },
    }),
  },
  {
    ...onMock,
    breaks: 'image/outlives-its-vms',
    that: 'deletes the image with its first VM',
    wrap: (honest) => {
      const deleted = new Set<string>();
      return {
        delete: (request, options) => {
          deleted.add(uidOf(request));
          return honest.delete(request, options);
        },
        imageDescribe: (request, options) =>
          deleted.size > 0 ? refuse(Code.NOT_FOUND, 'IMAGE_ABSENT') : honest.imageDescribe(request, options),
      };
    },
  },
];
