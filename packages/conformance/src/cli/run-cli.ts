import { credentials as grpcCredentials, type ChannelCredentials } from '@grpc/grpc-js';
import { createProviderClient, type ProviderClient } from '@virtrigaud/grpc-contract/client';
import { readFile } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { ConformanceError } from '../check-failure.ts';
import { checkGroups, groupOf, type Check, type CheckGroup } from '../check.ts';
import { allChecks } from '../checks/registry.ts';
import { commandBackdoor } from '../command-backdoor.ts';
import { parseProfile, type Profile } from '../profile.ts';
import { endText, headText, resultText } from '../report/text.ts';
import { removeLeftovers } from '../runner/leftovers.ts';
import { runConformance } from '../runner/run-conformance.ts';
import { showError } from '../runner/show.ts';
import { parseCli, usage, type CliOptions } from './options.ts';

/** What `main.ts` hands over: the only file that touches `process`. */
export interface CliContext {
  readonly argv: readonly string[];
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Aborts when a person breaks the run off. */
  readonly signal: AbortSignal;
}

const ExitCode = { ok: 0, failed: 1, unusable: 2, interrupted: 130 } as const;

/** Runs the command, and answers its exit code. */
export async function runCli(context: CliContext): Promise<number> {
  const { argv, stdout, stderr } = context;
  const request = parseCli(argv);
  switch (request.kind) {
    case 'help':
      stdout.write(`${usage}\n`);
      return ExitCode.ok;
    case 'list':
      for (const { id, title } of allChecks) stdout.write(`${id}  ${title}\n`);
      return ExitCode.ok;
    case 'wrong':
      stderr.write(`${request.problem}\n`);
      return ExitCode.unusable;
    case 'run':
      return withClient(request.options, context);
  }
}

async function withClient(options: CliOptions, context: CliContext): Promise<number> {
  let client: ProviderClient | undefined;
  try {
    const checks = chosen(options.only);
    const profile = await readProfile(options.profile);
    client = await connect(options);
    if (options.removeLeftovers) return await clear(client, profile, context);
    return await check({ client, profile, checks, json: options.json }, context);
  } catch (error) {
    const isOurs = error instanceof ConformanceError && error.end.kind !== 'failed';
    context.stderr.write(`${isOurs ? error.message : showError(error)}\n`);
    return context.signal.aborted ? ExitCode.interrupted : ExitCode.unusable;
  } finally {
    client?.close();
  }
}

interface Checking {
  readonly client: ProviderClient;
  readonly profile: Profile;
  readonly checks: readonly Check[];
  readonly json: boolean;
}

async function check({ client, profile, checks, json }: Checking, context: CliContext): Promise<number> {
  const words = json ? context.stderr : context.stdout;
  const report = await runConformance({
    client,
    profile,
    checks,
    backdoor: profile.backdoor && commandBackdoor(profile.backdoor),
    signal: context.signal,
    onStart: (head) => words.write(`${headText(head)}\n\n`),
    onResult: (result) => words.write(`${resultText(result)}\n`),
  });
  words.write(`\n${endText(report)}\n`);
  if (json) context.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  if (report.interrupted) return ExitCode.interrupted;
  return report.ok ? ExitCode.ok : ExitCode.failed;
}

async function clear(client: ProviderClient, profile: Profile, { stdout }: CliContext): Promise<number> {
  const removals = await removeLeftovers(client, profile);
  for (const { vm, problem } of removals) {
    stdout.write(problem === undefined ? `removed VM ${vm}\n` : `VM ${vm} is still there: ${problem}\n`);
  }
  if (removals.length === 0) stdout.write('earlier runs left nothing\n');
  return removals.some(({ problem }) => problem !== undefined) ? ExitCode.failed : ExitCode.ok;
}

function chosen(only: readonly string[]): readonly Check[] {
  for (const wanted of only) {
    const isKnown = checkGroups.includes(wanted as CheckGroup) || allChecks.some(({ id }) => id === wanted);
    if (isKnown) continue;
    const why = `there is no check or group ${wanted}; --list prints them`;
    throw new ConformanceError({ kind: 'misused', why });
  }
  if (only.length === 0) return allChecks;
  return allChecks.filter((each) => only.includes(each.id) || only.includes(groupOf(each)));
}

async function readProfile(file: string | undefined): Promise<Profile> {
  const result = parseProfile(file === undefined ? {} : await readJson(file));
  if (result.ok) return result.profile;
  throw new ConformanceError({ kind: 'misused', why: `the profile ${file ?? ''}: ${result.problem}` });
}

async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ConformanceError({ kind: 'misused', why: `the profile ${file} is no JSON: ${String(cause)}` }, { cause });
  }
}

async function connect({ address, tls }: CliOptions): Promise<ProviderClient> {
  if (tls === 'plaintext') return createProviderClient({ address });
  const [ca, key, cert] = await Promise.all([readFile(tls.caFile), readFile(tls.keyFile), readFile(tls.certFile)]);
  const credentials: ChannelCredentials = grpcCredentials.createSsl(ca, key, cert);
  const { serverName } = tls;
  const channelOptions = serverName === undefined ? {} : { 'grpc.ssl_target_name_override': serverName };
  return createProviderClient({ address, credentials, channelOptions });
}
