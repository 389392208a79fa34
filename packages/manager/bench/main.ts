import { parseArgs } from 'node:util';
import { cpus, loadavg, release } from 'node:os';
import { tableOf, traceTableOf } from './report.ts';
import { run, type Size } from './run.ts';
import { Stage, type StageOptions } from './stage.ts';
import { traceOne } from './trace/trace-one.ts';

const usage = `usage: npx nx run manager:bench -- [options]

  --quick          30 samples, 100 VMs, 5 s at rest: to see that it works, not to quote
  --full           10,000 VMs besides
  --json           the figures as one line of JSON on stdout, everything else on stderr
  --source         run the sources, also where there is a build
  --in-manager     the mock provider inside the manager, as a Provider is served by default; else a process of its own
  --cpu-prof DIR   leave CPU profiles of the API server, the manager and the mock in DIR
  --trace-one      only this: where one VM is when, from applied to Ready, through all processes
`;

const usual: Size = {
  warmUp: 30,
  samples: 300,
  many: 1_000,
  restSeconds: 60,
  changes: 50,
  frozenVms: 50,
  most: undefined,
};
const quick: Size = { warmUp: 5, samples: 30, many: 100, restSeconds: 5, changes: 5, frozenVms: 20, most: undefined };

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    source: { type: 'boolean', default: false },
    'in-manager': { type: 'boolean', default: false },
    'cpu-prof': { type: 'string' },
    'trace-one': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const sayWhere = (): void => {
  const load = loadavg().map((value) => value.toFixed(1));
  say(`${String(cpus().length)} cores, Linux ${release()}, Node ${process.version}, load ${load.join(' ')}`);
};
const stageOptions: StageOptions = {
  mock: values['in-manager'] ? 'in-manager' : 'own-process',
  preferred: values.source ? 'source' : 'built',
  profileDirectory: values['cpu-prof'],
};

async function trace(): Promise<void> {
  sayWhere();
  const hops = await traceOne(stageOptions, values.quick ? { warmUp: 5, samples: 5 } : { warmUp: 50, samples: 100 });
  process.stdout.write(`${traceTableOf(hops)}\n`);
}

async function bench(): Promise<void> {
  const stage = await Stage.set(stageOptions);
  const interrupted = new Promise<never>((_resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => reject(new Error(`ended by ${signal}`)));
  });
  try {
    sayWhere();
    say(`programs: ${stage.origin}; mock: ${stageOptions.mock}, latency 0`);
    const size = { ...(values.quick ? quick : usual), most: values.full ? 10_000 : undefined };
    const report = await Promise.race([run(stage, size, say), interrupted]);
    const table = `\n${tableOf(report.rows)}\n`;
    if (values.json) {
      say(table);
      process.stdout.write(`${JSON.stringify(report.figures)}\n`);
    } else process.stdout.write(`${table}\n`);
  } finally {
    await stage.stop();
  }
}

if (values.help) process.stdout.write(usage);
else {
  try {
    await (values['trace-one'] ? trace() : bench());
    process.exit(0);
  } catch (error) {
    process.stderr.write(
      `the benchmark failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exit(1);
  }
}
