/**
 * Paths of the members that a JSON text names twice, which `JSON.parse` takes without a word. The text must be valid.
 *
 * @param value - what `JSON.parse` made of it
 */
export function duplicateFields(text: string, value: unknown): readonly string[] {
  // What comes out as it went in has lost nothing. Most programs write as compactly, in the order of their members.
  if (JSON.stringify(value) === text) return [];
  const found: string[] = [];
  readValue({ text, at: 0, found }, '');
  return found;
}

interface Cursor {
  readonly text: string;
  at: number;
  readonly found: string[];
}

const blank = /[\s]*/y;
const string = /"(?:[^"\\]|\\.)*"/y;
const scalar = /[^\s,\]}]+/y;

function readValue(cursor: Cursor, path: string): void {
  take(cursor, blank);
  const next = cursor.text[cursor.at];
  if (next === '{') readObject(cursor, path);
  else if (next === '[') readList(cursor, path);
  else take(cursor, next === '"' ? string : scalar);
  take(cursor, blank);
}

function readObject(cursor: Cursor, path: string): void {
  const seen = new Set<string>();
  cursor.at += 1;
  take(cursor, blank);
  while (cursor.text[cursor.at] === '"') {
    const name = JSON.parse(take(cursor, string)) as string;
    const below = path === '' ? name : `${path}.${name}`;
    if (seen.has(name)) cursor.found.push(below);
    seen.add(name);
    take(cursor, blank);
    cursor.at += 1;
    readValue(cursor, below);
    skipComma(cursor);
  }
  cursor.at += 1;
}

function readList(cursor: Cursor, path: string): void {
  cursor.at += 1;
  take(cursor, blank);
  for (let index = 0; cursor.at < cursor.text.length && cursor.text[cursor.at] !== ']'; index += 1) {
    readValue(cursor, `${path}[${index}]`);
    skipComma(cursor);
  }
  cursor.at += 1;
}

function skipComma(cursor: Cursor): void {
  if (cursor.text[cursor.at] === ',') cursor.at += 1;
  take(cursor, blank);
}

function take(cursor: Cursor, pattern: RegExp): string {
  pattern.lastIndex = cursor.at;
  const [taken = ''] = pattern.exec(cursor.text) ?? [];
  cursor.at += taken.length;
  return taken;
}
