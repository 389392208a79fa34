/** How long anything may take before a test gives up, in milliseconds. */
const deadlineMs = 20_000;
const everyMs = 50;

/** Waits until `look` answers something other than undefined or false, and answers that. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  explain?: () => string,
  withinMs = deadlineMs,
): Promise<T> {
  const endMs = performance.now() + withinMs;
  for (;;) {
    const answer = await look();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > endMs) throw new Error(`waited in vain: ${what}${explain ? `\n${explain()}` : ''}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
