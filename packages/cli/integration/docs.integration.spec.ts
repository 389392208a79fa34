import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  conditionTable,
  customResourceDefinition,
  kinds,
  parseProvider,
  parseVirtualMachine,
  parseVMClass,
  parseVMImage,
  parseVMNetworkAttachment,
  type KindName,
  type Parsed,
} from '@virtrigaud/api-types';
import { parseManifests } from '../src/manifests/parse-manifests.ts';
import { commandsOf, fencesOf, relativeLinks, singleSpaced, tableHeaders, type Fence } from './docs-markdown.ts';
import { typeErrors } from './docs-types.ts';
import { startDemo, type RunningDemo } from './docs-up.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** In the order in which their commands are run. */
const documents = ['README.md', 'docs/user-guide.md', 'docs/operations.md', 'docs/author-guide.md'];
const fences = documents.flatMap((file) => fencesOf(read(file), file));
const ofLanguage = (...languages: readonly string[]) => fences.filter(({ language }) => languages.includes(language));

const parsers: Readonly<Record<KindName, (object: unknown) => Parsed<unknown>>> = {
  Provider: parseProvider,
  VirtualMachine: parseVirtualMachine,
  VMClass: parseVMClass,
  VMImage: parseVMImage,
  VMNetworkAttachment: parseVMNetworkAttachment,
};

/** What is wrong with the objects of a YAML text. */
function issuesOf(text: string, at: string): readonly string[] {
  return parseManifests(text, at).flatMap(({ manifest }) => {
    const parsed = parsers[manifest.kind as KindName](manifest);
    return parsed.ok ? [] : parsed.issues.map(({ path, message }) => `${at}: ${manifest.kind}: ${path}: ${message}`);
  });
}

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
}

/** The names of all fields of a kind's spec, but those of label selectors. */
function fieldsOf(kind: KindName): readonly string[] {
  const [version] = customResourceDefinition(kind).spec.versions;
  const schema = version?.schema.openAPIV3Schema as unknown as SchemaNode;
  const names = (node: SchemaNode | undefined): readonly string[] =>
    Object.entries(node?.properties ?? {}).flatMap(([name, below]) =>
      name === 'consumerNamespaceSelector' ? [name] : [name, ...names(below), ...names(below.items)],
    );
  return [...new Set(names(schema.properties?.['spec']))];
}

const exampleFiles = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.yaml'),
);

describe('the documents', () => {
  it('show YAML that the schemas take', () => {
    const yaml = ofLanguage('yaml');
    expect(yaml.length).toBeGreaterThan(8);
    expect(yaml.flatMap(({ text, at }) => issuesOf(text, at))).toEqual([]);
  });

  it('show each kind', () => {
    const shown = ofLanguage('yaml').flatMap(({ text, at }) =>
      parseManifests(text, at).map((one) => one.manifest.kind),
    );
    expect([...new Set(shown)].sort()).toEqual(Object.keys(kinds).sort());
  });

  it('name every field of every spec', () => {
    const guide = read('docs/user-guide.md');
    const fields = Object.keys(kinds).flatMap((kind) => fieldsOf(kind as KindName));
    expect(fields.length).toBeGreaterThan(80);
    const missing = fields.filter((name) => !guide.includes(name));
    expect(missing).toEqual([]);
  });

  it('say what to do for every reason of every condition', () => {
    const rows = read('docs/user-guide.md').split('\n');
    const guide = rows.filter((row) => row.startsWith('|')).join('\n');
    const missing = Object.entries(conditionTable).flatMap(([kind, conditions]) =>
      Object.entries(conditions).flatMap(([type, reasons]) =>
        Object.keys(reasons as object)
          .filter((reason) => !guide.includes(`\`${reason}\``))
          .map((reason) => `${kind} ${type} ${reason}`),
      ),
    );
    expect(missing).toEqual([]);
  });

  it('link to files that exist', () => {
    const dead = documents.flatMap((file) =>
      relativeLinks(read(file)).filter((target) => !existsSync(join(root, dirname(file), target))),
    );
    expect(dead).toEqual([]);
  });

  it('quote code as it is', () => {
    const quotes = fences.filter(({ marks }) => marks['excerpt'] !== undefined);
    expect(quotes.length).toBeGreaterThan(3);
    const changed = quotes.filter(({ marks, text }) => !read(marks['excerpt'] ?? '').includes(text));
    expect(changed.map(({ at }) => at)).toEqual([]);
  });

  it('have examples that the schemas take', () => {
    expect(exampleFiles.length).toBeGreaterThan(1);
    expect(exampleFiles.flatMap((file) => issuesOf(read(join('examples', file)), file))).toEqual([]);
  });
});

describe('what the documents show, on a running demo', () => {
  const directory = mkdtempSync(join(tmpdir(), 'virtrigaud-docs-'));
  const provider = join(directory, 'memory-cloud');
  let demo: RunningDemo | undefined;
  const running = () => {
    if (!demo) throw new Error('the demo does not run');
    return demo;
  };

  beforeAll(async () => {
    cpSync(join(root, 'packages/provider-sdk/examples'), provider, { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
    for (const { marks, language, text } of fences) {
      const title = marks['title'];
      if (title !== undefined) writeFileSync(join(language === 'yaml' ? directory : provider, title), text);
    }
    demo = await startDemo(directory, ['--provider', `memory-cloud=${provider}`]);
  });

  afterAll(async () => {
    const code = await demo?.stop();
    rmSync(directory, { recursive: true, force: true });
    expect(code).toBe(0);
  });

  it.each(documents)('%s: every command ends as it says', async (file) => {
    const wrong: string[] = [];
    for (const fence of ofLanguage('console').filter(({ at }) => at.startsWith(`${file}:`))) {
      if (isForElsewhere(fence)) continue;
      for (const { line, at, shown } of commandsOf(fence)) {
        const { code, stdout, stderr } = await running().run(line);
        const said = stdout.split('\n').map(singleSpaced);
        const headers = tableHeaders(shown).filter((header) => !said.includes(header));
        if (code !== Number(fence.marks['exit'] ?? 0)) wrong.push(`${at}: ${line}: exit ${String(code)}: ${stderr}`);
        if (headers.length > 0) wrong.push(`${at}: ${line}: has no ${headers.join(', ')}: ${stdout}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('operations.md follows a reconcile by its correlation id', async () => {
    const lines = await running().log();
    const create = lines.find(({ vm, step }) => vm === 'default/demo-vm' && step === 'Create');
    const steps = lines
      .filter(({ correlationId }) => correlationId === create?.['correlationId'])
      .map(({ step }) => step);
    expect(steps).toEqual(expect.arrayContaining(['Create', 'Describe', 'Settled']));
  });

  it('leaves out only what runs until it is stopped, needs a host, or another program', () => {
    const elsewhere = ofLanguage('console').filter(isForElsewhere).flatMap(commandsOf);
    const others = elsewhere.filter(
      ({ line }) => !/^(npx )?virtrigaud up |^npm (start|test)|^(export|kubectl) /.test(`${line} `),
    );
    expect(others).toEqual([]);
  });

  it('operations.md names the metrics that a scrape has, and no others', async () => {
    const scraped = [...(await running().page('/metrics')).matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    const rows = [...read('docs/operations.md').matchAll(/^\| `([a-z]+(?:_[a-z]+)+)` /gm)].map(([, name]) => name);
    expect(rows.sort()).toEqual([...new Set(scraped)].sort());
  });

  it('operations.md names the pages that there are', async () => {
    const [alive, ready] = await Promise.all([running().page('/healthz'), running().page('/readyz')]);
    expect(alive).toBe('ok\n');
    expect(ready).toContain('[+] leading: ok');
  });

  it('the guide names every option that the help names', async () => {
    const guide = read('docs/user-guide.md');
    const commands = [
      '',
      'up',
      'status',
      'logs',
      'down',
      'apply',
      'get',
      'describe',
      'delete',
      'wait',
      'power',
      'release',
      'kubeconfig',
    ];
    const helps = await Promise.all(commands.map((command) => running().run(`virtrigaud ${command} --help`)));
    const options = helps.flatMap(({ stdout }) =>
      [...stdout.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, name]) => name ?? ''),
    );
    expect(options).toContain('--ignore-not-found');
    const missing = options.filter((name) => !['--help', '--version'].includes(name) && !guide.includes(name));
    expect(missing).toEqual([]);
  });

  it('the provider of author-guide.md type-checks, and its tests pass', () => {
    expect(typeErrors(provider, ['index.ts', 'memory-cloud.ts', 'memory-cloud.test.ts'])).toBe('');
    const { status, stdout } = spawnSync(
      process.execPath,
      ['--conditions=@virtrigaud/source', '--test', join(provider, 'memory-cloud.test.ts')],
      // Node's test runner has to believe that no other runs it.
      { encoding: 'utf8', env: { ...process.env, NODE_TEST_CONTEXT: undefined } },
    );
    expect(stdout).toContain('pass 2');
    expect(status).toBe(0);
  });
});

function isForElsewhere({ marks }: Fence): boolean {
  return ['long', 'kubectl', 'hypervisor'].some((mark) => mark in marks);
}
