/** A fenced block of a document. */
export interface Fence {
  /** For messages: file and line of the opening fence. */
  readonly at: string;
  readonly language: string;
  /** What stands after the language: `title=web.yaml`, `excerpt=packages/…`, `long`. */
  readonly marks: Readonly<Record<string, string>>;
  readonly text: string;
}

/** A command of a console block, and what the document says that it prints. */
export interface ConsoleCommand {
  readonly at: string;
  readonly line: string;
  readonly shown: readonly string[];
}

/** Finds the fenced blocks of a Markdown text. */
export function fencesOf(markdown: string, file: string): readonly Fence[] {
  const fences: Fence[] = [];
  let open: { readonly line: number; readonly info: string; readonly text: string[] } | undefined;
  for (const [index, line] of markdown.split('\n').entries()) {
    if (open && line === '```') {
      const [language = '', ...marks] = open.info.split(/\s+/);
      const pairs = marks.map((mark) => [mark.split('=')[0] ?? '', mark.split('=')[1] ?? ''] as const);
      fences.push({
        at: `${file}:${String(open.line)}`,
        language,
        marks: Object.fromEntries(pairs),
        text: `${open.text.join('\n')}\n`,
      });
      open = undefined;
    } else if (open) open.text.push(line);
    else if (line.startsWith('```')) open = { line: index + 1, info: line.slice(3).trim(), text: [] };
  }
  if (open) throw new Error(`${file}:${String(open.line)}: the block is never closed`);
  return fences;
}

/** The commands of a console block: lines that begin with `$ `. */
export function commandsOf(fence: Fence): readonly ConsoleCommand[] {
  const commands: { at: string; line: string; shown: string[] }[] = [];
  for (const line of fence.text.trimEnd().split('\n')) {
    if (line.startsWith('$ ')) commands.push({ at: fence.at, line: line.slice(2), shown: [] });
    else commands.at(-1)?.shown.push(line);
  }
  return commands;
}

/** The headers of tables that a document shows, spaces made one. */
export function tableHeaders(shown: readonly string[]): readonly string[] {
  return shown.map(singleSpaced).filter((line) => /^[A-Z]+( [A-Z]+)+$/.test(line));
}

/** A line with each run of blanks made one. */
export const singleSpaced = (line: string) => line.trim().replace(/\s+/g, ' ');

/** Relative targets of links, without their anchors. */
export function relativeLinks(markdown: string): readonly string[] {
  return [...markdown.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => (match[1] ?? '').split('#')[0] ?? '')
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target));
}
