import { badRequest } from '../status/refusals.ts';

/** Labels of an object. */
export type Labels = Readonly<Record<string, string>>;

type Requirement = (labels: Labels) => boolean;

const set = /^\s*(\S+)\s+(in|notin)\s*\(([^)]*)\)\s*$/;
const equality = /^\s*([^\s!=]+)\s*(==|=|!=)\s*([^\s=!]*)\s*$/;
const existence = /^\s*(!?)\s*([^\s!=]+)\s*$/;
const comparison = /^\s*(\S+)\s*([<>])\s*(-?\d+)\s*$/;

/**
 * Compiles a label selector like `app=web,tier in (a, b),!old`.
 *
 * @throws {@link StatusError} `BadRequest`
 */
export function parseLabelSelector(text: string): (labels: Labels) => boolean {
  const requirements = splitTerms(text).map((term) => parseRequirement(term, text));
  return (labels) => requirements.every((holds) => holds(labels));
}

function parseRequirement(term: string, text: string): Requirement {
  const ofSet = set.exec(term);
  if (ofSet) {
    const [, key = '', operator, list = ''] = ofSet;
    const values = list.split(',').map((value) => value.trim());
    return operator === 'in'
      ? (labels) => labels[key] !== undefined && values.includes(labels[key])
      : (labels) => labels[key] === undefined || !values.includes(labels[key]);
  }
  const ofEquality = equality.exec(term);
  if (ofEquality) {
    const [, key = '', operator, value = ''] = ofEquality;
    return operator === '!=' ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
  }
  const ofComparison = comparison.exec(term);
  if (ofComparison) {
    const [, key = '', operator, bound] = ofComparison;
    return (labels) => compare(Number(labels[key] ?? Number.NaN), operator ?? '', Number(bound));
  }
  const ofExistence = existence.exec(term);
  if (!ofExistence) throw badRequest(`unable to parse requirement: "${term.trim()}" in the label selector "${text}"`);
  const [, not, key = ''] = ofExistence;
  return (labels) => (labels[key] === undefined) === (not === '!');
}

function compare(value: number, operator: string, bound: number): boolean {
  return operator === '<' ? value < bound : value > bound;
}

/** Splits at commas outside of parentheses. */
function splitTerms(text: string): readonly string[] {
  return text.trim() === '' ? [] : text.split(/,(?![^(]*\))/);
}
