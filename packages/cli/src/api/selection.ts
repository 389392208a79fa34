import { CliError } from '../cli-error.ts';

/** Objects that a command line names: all of some resources, or one. */
export interface Selected {
  /** The word for the resource, as written. */
  readonly resource: string;
  /** Absent: all of them. */
  readonly name?: string;
}

/**
 * Reads `vm`, `vm,vmimg`, `vm web-1 web-2` or `vm/web-1 prov/lab`.
 *
 * @throws {@link CliError} `BadInput` when both forms are mixed, or a name is empty.
 */
export function parseSelection(words: readonly string[]): readonly Selected[] {
  const [first = '', ...names] = words;
  if (words.some((word) => word.includes('/'))) return words.map(parsePair);
  const resources = first.split(',').filter((word) => word !== '');
  if (resources.length === 0) throw new CliError('BadInput', 'name a resource, for example vm');
  return resources.flatMap((resource) =>
    names.length === 0 ? [{ resource }] : names.map((name) => ({ resource, name })),
  );
}

/** {@link parseSelection} for commands that work on named objects only. */
export function parseNamed(words: readonly string[]): readonly Required<Selected>[] {
  return parseSelection(words).map(({ resource, name }) => {
    if (name === undefined) throw new CliError('BadInput', `name the ${resource}, for example ${resource}/web-1`);
    return { resource, name };
  });
}

function parsePair(word: string): Required<Selected> {
  const [resource, name, ...rest] = word.split('/');
  if (!resource || !name || rest.length > 0)
    throw new CliError('BadInput', `${word}: write resource/name, and not both forms at once`);
  return { resource, name };
}
