import { redactText } from './redact-text.ts';

/** Answers undefined when all is well, else what is wrong, for people. Throwing counts as failing. */
export type HealthCheck = () => string | undefined | Promise<string | undefined>;

/** Checks by name. */
export type HealthChecks = Readonly<Record<string, HealthCheck>>;

/** Runs all checks at once and answers what fails, by name, and why. One that takes longer than `timeoutMs` fails. */
export async function failuresOf(checks: HealthChecks, timeoutMs = 3_000): Promise<ReadonlyMap<string, string>> {
  const answers = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await run(check, timeoutMs)] as const),
  );
  return new Map(answers.filter((entry): entry is readonly [string, string] => entry[1] !== undefined));
}

async function run(check: HealthCheck, timeoutMs: number): Promise<string | undefined> {
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(() => late.resolve(`no answer within ${timeoutMs} ms`), timeoutMs);
  try {
    const why = await Promise.race([check(), late.promise]);
    return why === undefined ? undefined : redactText(why);
  } catch (error) {
    return redactText(error instanceof Error ? error.message : String(error));
  } finally {
    clearTimeout(timer);
  }
}
