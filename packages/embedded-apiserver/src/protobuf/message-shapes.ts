/** What a field of a message holds. */
export type FieldType =
  'string' | 'bytes' | 'bool' | 'strings' | 'stringMap' | 'bytesMap' | MessageShape | [MessageShape];

/** The fields of a message by number; those that are not named are skipped. */
export type MessageShape = ReadonlyMap<number, readonly [name: string, type: FieldType]>;

const ownerReference: MessageShape = new Map([
  [1, ['kind', 'string']],
  [3, ['name', 'string']],
  [4, ['uid', 'string']],
  [5, ['apiVersion', 'string']],
  [6, ['controller', 'bool']],
  [7, ['blockOwnerDeletion', 'bool']],
]);

const objectMeta: MessageShape = new Map<number, readonly [string, FieldType]>([
  [1, ['name', 'string']],
  [2, ['generateName', 'string']],
  [3, ['namespace', 'string']],
  [5, ['uid', 'string']],
  [6, ['resourceVersion', 'string']],
  [11, ['labels', 'stringMap']],
  [12, ['annotations', 'stringMap']],
  [13, ['ownerReferences', [ownerReference]]],
  [14, ['finalizers', 'strings']],
]);

/** k8s.io.apimachinery.pkg.runtime.Unknown: the envelope of every object. */
export const envelope: MessageShape = new Map<number, readonly [string, FieldType]>([
  [
    1,
    [
      'typeMeta',
      new Map([
        [1, ['apiVersion', 'string']],
        [2, ['kind', 'string']],
      ]),
    ],
  ],
  [2, ['raw', 'bytes']],
]);

/** The kinds that `kubectl create` sends as protobuf, by `apiVersion/kind`. */
export const kindShapes: ReadonlyMap<string, MessageShape> = new Map<string, MessageShape>([
  ['v1/Namespace', new Map([[1, ['metadata', objectMeta]]])],
  [
    'v1/Secret',
    new Map<number, readonly [string, FieldType]>([
      [1, ['metadata', objectMeta]],
      [2, ['data', 'bytesMap']],
      [3, ['type', 'string']],
      [4, ['stringData', 'stringMap']],
      [5, ['immutable', 'bool']],
    ]),
  ],
  [
    'v1/ConfigMap',
    new Map<number, readonly [string, FieldType]>([
      [1, ['metadata', objectMeta]],
      [2, ['data', 'stringMap']],
      [3, ['binaryData', 'bytesMap']],
      [4, ['immutable', 'bool']],
    ]),
  ],
]);
