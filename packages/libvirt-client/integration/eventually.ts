const DEADLINE_MS = 20_000;
const INTERVAL_MS = 50;

/** Tries until `look` answers with something, and fails with its last error after 20 s. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + DEADLINE_MS;
  for (;;) {
    const seen = await attempt(look);
    if (seen.value !== undefined) return seen.value;
    if (Date.now() > end) throw new Error(`waited ${DEADLINE_MS} ms, yet it is not so: ${what}`, { cause: seen.error });
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
}

async function attempt<T>(
  look: () => Promise<T | undefined>,
): Promise<{ readonly value?: T | undefined; readonly error?: unknown }> {
  try {
    return { value: await look() };
  } catch (error) {
    return { error };
  }
}
