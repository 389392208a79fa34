/** What Go's RE2 refuses and JavaScript would take: look-around, back references, and named groups spelled JavaScript's way. */
const notInGo = /\(\?(?:=|!|<[=!])|\\[1-9]|\\k</;

/**
 * Compiles a pattern as Go would read it.
 *
 * @param refuse - makes the error to throw
 */
export function compilePattern(source: string, refuse: (why: string) => Error): RegExp {
  if (notInGo.test(source)) throw refuse(`the pattern ${source} uses look-around or back references, which RE2 lacks`);
  try {
    return new RegExp(source, 'u');
  } catch {
    // Go takes escapes like \- outside of classes; JavaScript takes them only without the u flag.
    try {
      return new RegExp(source);
    } catch (error) {
      throw refuse(`the pattern ${source} is malformed: ${(error as Error).message}`);
    }
  }
}
