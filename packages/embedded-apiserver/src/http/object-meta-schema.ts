import type { JsonObject } from '../json-value.ts';

const text = (description: string): JsonObject => ({ type: 'string', description });
const time = (description: string): JsonObject => ({ type: 'string', format: 'date-time', description });
const texts = (description: string): JsonObject => ({
  type: 'object',
  additionalProperties: { type: 'string', default: '' },
  description,
});

/** What `kubectl explain` says of `metadata`. */
export const objectMetaSchema: JsonObject = {
  type: 'object',
  description: 'What every object says about itself.',
  properties: {
    name: text('The name, unique within its namespace among objects of its kind. It cannot be changed.'),
    generateName: text('What the server makes a unique name of when no name is given.'),
    namespace: text('The namespace that the object is in. It cannot be changed.'),
    labels: texts('Keys and values to select objects by.'),
    annotations: texts('Keys and values that tools keep with the object.'),
    finalizers: {
      type: 'array',
      items: { type: 'string', default: '' },
      description: 'What must be done before a deleted object goes; each entry is removed by whoever did it.',
    },
    ownerReferences: {
      type: 'array',
      description: 'The objects that this one depends on.',
      items: {
        type: 'object',
        required: ['apiVersion', 'kind', 'name', 'uid'],
        properties: {
          apiVersion: text('API version of the owner.'),
          kind: text('Kind of the owner.'),
          name: text('Name of the owner.'),
          uid: text('UID of the owner.'),
          controller: { type: 'boolean', description: 'Whether the owner is the managing controller.' },
          blockOwnerDeletion: { type: 'boolean', description: 'Whether the owner waits for this object.' },
        },
      },
    },
    uid: text('The identity of the object, never used again. Set by the server.'),
    resourceVersion: text('Changes with every write; compare it only for equality. Set by the server.'),
    generation: { type: 'integer', format: 'int64', description: 'Counts the changes of the desired state.' },
    creationTimestamp: time('When the object was created. Set by the server.'),
    deletionTimestamp: time('When the object was deleted; it goes once it has no finalizers. Set by the server.'),
    deletionGracePeriodSeconds: { type: 'integer', format: 'int64', description: 'Set by the server.' },
  },
};
