import type { ApiError } from '@virtrigaud/kube-runtime';
import { oneLine } from './one-line.ts';

/** What the API server says of the whole besides what is wrong, when something else is wrong, too. */
const NO_FIELD = '<nil>';

/** What the API server objects to in an object, in one line about that object: neither its paths nor its JSON. */
export function refusalText(error: ApiError): string {
  const strict = strictProblems(error);
  if (strict !== undefined) return strict;
  const causes = error.causes.filter(({ field }, _index, all) => all.length === 1 || field !== NO_FIELD);
  if (causes.length === 0) return oneLine(withoutRequest(error.message));
  return oneLine(causes.map(({ field, message }) => withHint([field, message].filter(Boolean).join(': '))).join('; '));
}

/** Unknown and repeated fields: Kubernetes tells them in a sentence about versions, or behind the whole object. */
function strictProblems({ message, causes }: ApiError): string | undefined {
  const texts = [message, ...causes.map((cause) => cause.message ?? '')];
  const [, problems] = texts.map((text) => /strict decoding error: (.*)$/s.exec(text)).find((found) => found) ?? [];
  if (problems === undefined) return undefined;
  const unknown = [...problems.matchAll(/unknown field "([^"]+)"/g)].map(([, path]) => `has no field ${path ?? ''}`);
  const twice = [...problems.matchAll(/duplicate field "([^"]+)"/g)].map(([, path]) => `has ${path ?? ''} twice`);
  const said = [...unknown, ...twice].join('; ');
  return said === '' ? oneLine(problems) : said;
}

/** What of a message only says which request it was. */
const withoutRequest = (message: string) => message.replace(/^(GET|POST|PUT|PATCH|DELETE) \S+: /, '');

const withHint = (text: string) =>
  /must be of type string: "boolean"/.test(text)
    ? `${text} (quote it: YAML reads a bare On, Off, yes or no as true or false)`
    : text;
