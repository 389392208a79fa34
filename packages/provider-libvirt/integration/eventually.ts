const INTERVAL_MS = 100;

/** Looks until there is something to see, and fails with what was seen last when `withinMs` (5 min by default: a guest that is emulated on a busy machine takes its time) is over. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined>, withinMs = 300_000): Promise<T> {
  const end = Date.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (Date.now() > end) throw new Error(`waited ${String(withinMs)} ms, yet it is not so: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
}
