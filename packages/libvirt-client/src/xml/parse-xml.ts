import type { Element } from '@xmldom/xmldom';
import { DOMParser, ParseError } from '@xmldom/xmldom';
import { LibvirtError } from '../libvirt-error.ts';

/** Longest XML text that is read, in characters: as long as libvirt's longest string. */
const MAX_LENGTH = 4_194_304;

/**
 * Parses XML text and returns the root element. Document types are refused: libvirt sends none, and their entities can
 * grow without bound.
 *
 * @throws LibvirtError `protocol` when it is too long, not well-formed, or has a document type.
 */
export function parseXml(text: string): Element {
  if (text.length > MAX_LENGTH) throw refused(`it has ${text.length} characters, more than ${MAX_LENGTH}`);
  if (text.includes('<!DOCTYPE')) throw refused('it has a document type');
  try {
    const root = new DOMParser({ onError: stopAtErrors }).parseFromString(text, 'text/xml').documentElement;
    if (root !== null) return root;
  } catch (cause) {
    throw refused(cause instanceof Error ? cause.message : 'it is not well-formed', cause);
  }
  throw refused('it has no element');
}

function stopAtErrors(level: string, message: string): void {
  if (level !== 'warning') throw new ParseError(message);
}

function refused(why: string, cause?: unknown): LibvirtError {
  return new LibvirtError({
    kind: 'protocol',
    outcome: 'not-sent',
    message: `this is not XML that can be used: ${why}`,
    cause,
  });
}
