import { LineCounter, parseAllDocuments, type Document } from 'yaml';
import { CliError } from '../cli-error.ts';
import { oneLine } from '../output/one-line.ts';
import type { FoundManifest, Manifest } from './manifest.ts';

type Members = Readonly<Record<string, unknown>>;

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Reads the objects in a text of YAML 1.1 documents, or JSON, the way kubectl does. Empty documents count for nothing;
 * a List counts for its items.
 *
 * @param source - names the text in messages.
 * @throws {@link CliError} `BadInput` with file and line, in one line.
 */
export function parseManifests(text: string, source: string): readonly FoundManifest[] {
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(text, { version: '1.1', uniqueKeys: true, lineCounter, prettyErrors: false });
  // An empty text has no documents, but one property that says so.
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document: Document) => {
    const [error] = document.errors;
    if (error !== undefined) {
      const { line, col } = lineCounter.linePos(error.pos[0]);
      throw new CliError('BadInput', `${source}:${line}:${col}: bad YAML: ${oneLine(error.message)}`, { cause: error });
    }
    const at = `${source}:${lineCounter.linePos(startOf(document)).line}`;
    return manifestsOf(valueOf(document, at), at);
  });
}

const startOf = (document: Document) => document.contents?.range?.[0] ?? document.range?.[0] ?? 0;

function valueOf(document: Document, at: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CliError('BadInput', `${at}: bad YAML: ${oneLine(why)}`, { cause });
  }
}

function manifestsOf(value: unknown, at: string): readonly FoundManifest[] {
  if (value === null || value === undefined) return [];
  if (!isMembers(value)) throw new CliError('BadInput', `${at}: is not an object: begin with apiVersion and kind`);
  const { apiVersion, kind, metadata, items } = value;
  if (typeof apiVersion !== 'string' || apiVersion === '') throw new CliError('BadInput', `${at}: has no apiVersion`);
  if (typeof kind !== 'string' || kind === '') throw new CliError('BadInput', `${at}: has no kind`);
  if (kind.endsWith('List') && Array.isArray(items)) {
    return items.flatMap((item, index) => manifestsOf(item, `${at} (item ${index + 1})`));
  }
  if (!isMembers(metadata) || typeof metadata['name'] !== 'string' || metadata['name'] === '') {
    throw new CliError('BadInput', `${at}: ${kind} has no metadata.name`);
  }
  const { namespace } = metadata;
  if (namespace !== undefined && typeof namespace !== 'string') {
    throw new CliError('BadInput', `${at}: ${kind} ${metadata['name']}: metadata.namespace is not text`);
  }
  return [{ at, manifest: value as Manifest }];
}
