import { describe, expect, it } from '@jest/globals';
import { ApiError } from '@virtrigaud/kube-runtime';
import { refusalText } from './refusal-text.ts';

const request = 'POST /apis/infra.virtrigaud.io/v1beta1/namespaces/default/virtualmachines';
const refused = (message: string, causes: ApiError['causes'] = []) =>
  refusalText(new ApiError('Status', `${request}: ${message}`, { status: 422, causes }));
const strict = (problems: string) =>
  `VirtualMachine in version "v1beta1" cannot be handled as a VirtualMachine: strict decoding error: ${problems}`;

describe('what the API server objects to', () => {
  it.each([
    ['a field that there is not', strict('unknown field "spec.foo"'), 'has no field spec.foo'],
    [
      'several',
      strict('duplicate field "spec.powerState", unknown field "spec.foo", unknown field "metadata.x"'),
      'has no field spec.foo; has no field metadata.x; has spec.powerState twice',
    ],
    ['something of the whole', 'the namespace is\nending', 'the namespace is ending'],
  ])('%s is a sentence about the object', (_what, message, said) => expect(refused(message)).toBe(said));

  it('in what a patch makes of an object is told without the object', () => {
    const causes = [
      { field: 'patch', message: 'Invalid value: "{…}": strict decoding error: unknown field "spec.foo"' },
    ];
    expect(refused('is invalid', causes)).toBe('has no field spec.foo');
  });

  it('is told with what to do, where YAML made a boolean of a word', () => {
    const message = 'Invalid value: "boolean": spec.powerState in body must be of type string: "boolean"';
    const unchecked = { field: '<nil>', message: 'Invalid value: null: some validation rules were not checked' };
    expect(refused('is invalid', [{ field: 'spec.powerState', message }, unchecked])).toBe(
      `spec.powerState: ${message} (quote it: YAML reads a bare On, Off, yes or no as true or false)`,
    );
  });
});
