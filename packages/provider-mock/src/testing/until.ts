import { setTimeout as delay } from 'node:timers/promises';

/** Waits until the condition holds; rejects when it does not within ten seconds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`this did not come true within 10 s: ${condition.toString()}`);
    await delay(5);
  }
}
