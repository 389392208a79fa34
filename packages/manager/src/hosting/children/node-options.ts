/** Of one process alone: a port or a file that two cannot have, a run mode, or a debugger that nobody asked to have in the others. */
const ofOneProcess =
  /^--(inspect|debug-port|allow-inspector|cpu-prof|heap-prof|prof|heapsnapshot|report|diagnostic-dir|redirect-warnings|trace-event|watch|test|title|snapshot|build-snapshot)/;

/** What of our own Node's options a child is started with: what it needs to find and load its sources as we do. Pure. */
export function inheritedNodeOptions(execArgv: readonly string[]): readonly string[] {
  return execArgv.filter(
    (word, index) => !ofOneProcess.test(word.startsWith('-') ? word : flagBefore(execArgv, index)),
  );
}

/** The option that a word without dashes is the value of. */
function flagBefore(words: readonly string[], index: number): string {
  return words.slice(0, index).findLast((word) => word.startsWith('-')) ?? '';
}
