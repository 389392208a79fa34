/**
 * Makes src/gen from proto/. With `--check` nothing is written: it fails when the committed files differ from what the protos
 * yield. With `--descriptors FILE` only the descriptor set (for reflection and other languages) is made.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { createRequire } from 'node:module';

const here = import.meta.dirname;
const bin = join(here, '../../node_modules/.bin');
const options = [
  'env=node',
  'esModuleInterop=true',
  'importSuffix=.ts',
  'outputIndex=false',
  'forceLong=bigint',
  'oneof=unions-value',
  'useDate=true',
  'removeEnumPrefix=true',
  'enumsAsLiterals=true',
  'unrecognizedEnum=false',
  'useOptionals=none',
  'exportCommonSymbols=false',
  'outputServices=grpc-js',
].join(',');

const files = (dir) =>
  readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });

function protoc(outputs) {
  const protos = files(join(here, 'proto')).filter((path) => path.endsWith('.proto'));
  const includes = join(createRequire(import.meta.url).resolve('protoc/package.json'), '../protoc/include');
  execFileSync(
    join(bin, 'protoc'),
    [
      ...outputs,
      `-I${join(here, 'proto')}`,
      ...(existsSync(includes) ? [`-I${includes}`] : []),
      ...protos.map((path) => relative(join(here, 'proto'), path)),
    ],
    { stdio: 'inherit' },
  );
}

function generateInto(out) {
  protoc([
    `--plugin=protoc-gen-ts_proto=${join(bin, 'protoc-gen-ts_proto')}`,
    `--ts_proto_out=${out}`,
    `--ts_proto_opt=${options}`,
  ]);
}

const descriptors = process.argv.indexOf('--descriptors');
if (descriptors !== -1) {
  const file = join(process.cwd(), process.argv[descriptors + 1]);
  mkdirSync(dirname(file), { recursive: true });
  protoc([`--descriptor_set_out=${file}`, '--include_imports']);
  process.exit(0);
}

const made = mkdtempSync(join(tmpdir(), 'virtrigaud-gen-'));
try {
  generateInto(made);
  const target = join(here, 'src/gen');
  if (process.argv.includes('--check')) {
    const names = (dir) =>
      files(dir)
        .map((path) => relative(dir, path))
        .sort();
    const stale = [...new Set([...names(made), ...names(target)])].filter(
      (name) =>
        !existsSync(join(made, name)) ||
        !existsSync(join(target, name)) ||
        !readFileSync(join(made, name)).equals(readFileSync(join(target, name))),
    );
    if (stale.length > 0) {
      console.error(
        `generated code is out of date: ${stale.join(', ')}; run: npm run generate -w @virtrigaud/grpc-contract`,
      );
      process.exitCode = 1;
    }
  } else {
    rmSync(target, { recursive: true, force: true });
    cpSync(made, target, { recursive: true });
  }
} finally {
  rmSync(made, { recursive: true, force: true });
}
