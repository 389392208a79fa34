import type { Element } from '@xmldom/xmldom';

/** One step of a path: a child's name, or with a colon its qualified name, and at most one condition. */
interface Step {
  readonly name: string;
  readonly attribute?: string;
  readonly value?: string;
}

const STEP =
  /^(?<name>\*|[\w.-]+(?::[\w.-]+)?)(?:\[@(?<attribute>[\w:.-]+)=(?:'(?<single>[^']*)'|"(?<double>[^"]*)")\])?$/;

/** Splits at slashes outside of quotes. */
function split(path: string): string[] {
  return path.match(/(?:[^/'"]|'[^']*'|"[^"]*")+/g) ?? [];
}

/**
 * Reads a path such as `devices/disk[@device='cdrom']/target`.
 *
 * @throws TypeError when it is not one; a path is written by a programmer.
 */
export function parsePath(path: string): readonly Step[] {
  const steps = split(path).map((text): Step => {
    const found = STEP.exec(text)?.groups;
    if (found?.['name'] === undefined) throw new TypeError(`bad XML path '${path}': cannot read step '${text}'`);
    const attribute = found['attribute'];
    if (attribute === undefined) return { name: found['name'] };
    return { name: found['name'], attribute, value: found['single'] ?? found['double'] ?? '' };
  });
  if (steps.length === 0) throw new TypeError(`bad XML path '${path}': it has no step`);
  return steps;
}

/** Elements below `start` that the path leads to, in document order. */
export function findElements(start: Element, path: string): readonly Element[] {
  let found: readonly Element[] = [start];
  for (const step of parsePath(path)) found = found.flatMap((element) => childrenThatMatch(element, step));
  return found;
}

function childrenThatMatch(element: Element, step: Step): Element[] {
  return childElements(element).filter(
    (child) =>
      (step.name === '*' || child.tagName === step.name) &&
      (step.attribute === undefined || child.getAttribute(step.attribute) === step.value),
  );
}

/** Child elements, without text and comments. */
export function childElements(element: Element): Element[] {
  const children: Element[] = [];
  for (let node = element.firstChild; node !== null; node = node.nextSibling) {
    if (node.nodeType === node.ELEMENT_NODE) children.push(node as Element);
  }
  return children;
}
