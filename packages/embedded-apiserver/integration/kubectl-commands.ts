/** A command of kubectl that is run on both servers. */
export interface Compared {
  readonly args: readonly string[];
  /** What it reads from stdin. */
  readonly input?: string;
  /** Why the servers differ. What the embedded server then says is compared with `says`. */
  readonly differs?: string;
  readonly says?: RegExp;
}

/** A Widget, as people write it. */
function widget(name: string, spec = 'size: 3', metadata = ''): string {
  return `apiVersion: test.io/v1\nkind: Widget\nmetadata: {name: ${name}${metadata}}\nspec: {${spec}}\n`;
}

const plain = (line: string, input?: string): Compared => ({
  args: line.split(' '),
  ...(input !== undefined && { input }),
});

const jsonPatch = (...operations: readonly object[]): Compared => ({
  args: ['patch', 'widget', 'one', '--type=json', '-p', JSON.stringify(operations)],
});

const merge = (patch: object | string, ...more: readonly string[]): Compared => ({
  args: [
    'patch',
    'widget',
    'one',
    '--type=merge',
    '-p',
    typeof patch === 'string' ? patch : JSON.stringify(patch),
    ...more,
  ],
});

const ourWords = 'the refusal is the same, the words are ours';
const fewKinds = 'Kubernetes has more kinds';
const noServerSideApply = 'server-side apply is not there';

/** In this order, since each builds on those before it. `it.each` gives them names. */
export const compared: readonly Compared[] = [
  // create and apply
  plain('create -f -', widget('one', 'size: 5, note: hi')),
  plain('create -f -', widget('one')),
  plain('create -f - -o yaml', widget('two', 'size: 7')),
  plain('create -f - --dry-run=server -o json', widget('three', 'size: 7')),
  plain('create -f - --dry-run=client -o yaml', widget('three', 'size: 7')),
  plain('create configmap settings --from-literal=a=1'),
  plain('create secret generic key --from-literal=a=1'),
  plain('create namespace made'),
  plain('apply -f -', widget('app', 'size: 1')),
  plain('apply -f -', widget('app', 'size: 1')),
  plain('apply -f - -o yaml', widget('app', 'size: 2, tags: [a, b]')),
  plain('apply -f - -o json', widget('app', 'size: 2, tags: [a]')),
  plain('apply -f - --dry-run=server -o yaml', widget('app', 'size: 9')),
  plain('apply view-last-applied widget app'),
  plain('diff -f -', widget('app', 'size: 8')),
  plain('diff -f -', widget('app', 'size: 2, tags: [a]')),
  plain('apply -f -', widget('bad', 'size: 500, color: blue')),
  plain('apply -f -', widget('bad', 'size: 1, huge: true')),
  plain('apply -f -', widget('bad', 'size: "x"')),
  plain('apply -f -', widget('bad', 'note: x')),
  plain('apply -f -', widget('bad', 'size: 1, parts: [{name: a, count: 2}]')),
  plain('apply -f -', widget('bad', 'size: 1, tags: [a, a]')),
  plain('apply -f -', widget('bad', 'size: 1, options: {a: b, c: d, e: f}')),
  plain('apply -f -', widget('Bad_Name')),
  plain('apply -f -', widget('bad', 'size: 1', ', labels: {"a b": c}')),
  plain('apply -f - --validate=warn', widget('warned', 'size: 1, huge: true')),
  plain('apply -f - --validate=ignore', widget('ignored', 'size: 1, huge: true')),
  plain('apply -f - -n nowhere', widget('lost')),
  {
    args: ['apply', '--server-side', '--dry-run=server', '-f', '-'],
    input: widget('ssa'),
    differs: noServerSideApply,
    says: /server-side apply is not supported by this server/,
  },
  // get
  ...['', ' -o wide', ' -o yaml', ' -o json', ' -o name', ' --show-labels', ' -L tier', ' -A'].map((how) =>
    plain(`get widgets${how}`),
  ),
  ...[' -o yaml', ' -o json', ' -o wide'].map((how) => plain(`get widget one${how}`)),
  { args: ['get', 'widgets', '-o', 'jsonpath={range .items[*]}{.metadata.name}={.spec.size} {end}'] },
  { args: ['get', 'widgets', '-o', 'custom-columns=N:.metadata.name,S:.spec.size,X:.spec.none'] },
  { args: ['get', 'widgets', '-o', 'go-template={{range .items}}{{.metadata.name}} {{.spec.size}}\n{{end}}'] },
  plain('get widgets --sort-by=.spec.size --no-headers'),
  plain('get wi one two'),
  plain('get widgets --field-selector=metadata.name=one'),
  plain('get widgets --field-selector=spec.size=5'),
  { args: ['get', 'widgets', '-l', 'a=b,c!=d'] },
  {
    args: ['get', 'widgets', '-l', 'a in (b'],
    differs: ourWords,
    says: /BadRequest.*unable to parse requirement/,
  },
  plain('get widgets -n nowhere'),
  plain('get widget nope'),
  plain('get nonsense'),
  plain('get widgets --chunk-size=1 -o name'),
  plain('get widgets.v1alpha1.test.io one -o yaml'),
  plain('get configmap settings -o yaml'),
  plain('get secret key -o yaml'),
  plain('get ns default -o yaml'),
  plain('get ns made'),
  plain('get leases -n default'),
  plain('get crd widgets.test.io -o jsonpath={.spec.names}'),
  plain('get --raw /apis/test.io'),
  plain('get --raw /apis/test.io/v1/namespaces/default/widgets/nope'),
  plain('get --raw /nope'),
  // what there is
  plain('api-resources --api-group=test.io -o wide'),
  plain('api-resources --api-group=coordination.k8s.io -o wide'),
  {
    args: ['api-versions'],
    differs: fewKinds,
    says: /^coordination\.k8s\.io\/v1\ntest\.io\/v1\ntest\.io\/v1alpha1\nv1$/m,
  },
  plain('explain widget.spec'),
  plain('explain widget.spec.size'),
  plain('explain widget.spec.parts --recursive'),
  plain('explain widget.nope'),
  plain('explain nope'),
  { args: ['explain', 'configmap'], differs: ourWords, says: /data\t<map\[string\]string>/ },
  // change
  plain('label widget one tier=gold'),
  plain('label widget one tier=silver'),
  plain('label widget one tier=silver --overwrite'),
  plain('label widget one tier-'),
  { args: ['label', 'widget', 'one', 'bad key=x'] },
  plain('annotate widget one test.io/a=b'),
  plain('annotate widget one test.io/a-'),
  plain('label widgets --all x=y'),
  merge({ spec: { size: 6 } }),
  merge({ spec: { size: 6 } }),
  merge({ spec: { size: 600 } }),
  merge({ spec: { note: null } }, '-o', 'yaml'),
  merge({ status: { conditions: [{ type: 'Ready', status: 'True' }] } }, '--subresource=status', '-o', 'yaml'),
  merge({ metadata: { resourceVersion: '1' } }),
  merge({ metadata: { uid: 'another' } }),
  { ...merge('nonsense'), differs: ourWords, says: /BadRequest.*the body must be a JSON object/ },
  jsonPatch({ op: 'replace', path: '/spec/size', value: 7 }),
  jsonPatch({ op: 'add', path: '/metadata/labels/a~1b', value: 'c' }, { op: 'remove', path: '/metadata/labels/x' }),
  jsonPatch({ op: 'replace', path: '/spec/size', value: 0 }),
  ...[
    { op: 'test', path: '/spec/size', value: 8 },
    { op: 'remove', path: '/spec/nope' },
  ].map((operation) => ({
    ...jsonPatch(operation),
    differs: 'the embedded server says which step cannot be done',
    says: /The request is invalid: the server rejected our request due to an error in our request: .+/,
  })),
  {
    args: ['patch', 'widget', 'one', '-p', '{"spec":{"size":7}}'],
    differs: noServerSideApply,
    says: /accepted media types include: application\/json-patch\+json, application\/merge-patch\+json$/m,
  },
  plain('patch widget nope --type=merge -p {}'),
  plain('patch secret key -p {"stringData":{"b":"2"}}'),
  plain('replace -f -', widget('two', 'size: 8')),
  plain('replace -f -', widget('nope', 'size: 8')),
  plain('edit widget one'),
  plain('scale widget one --replicas=3'),
  plain('rollout status widget one'),
  plain('rollout restart widget one'),
  plain('autoscale widget one --max=3'),
  plain('expose widget one --port=80'),
  plain('set image widget/one a=b'),
  { args: ['logs', 'widget/one'] },
  {
    args: ['auth', 'whoami'],
    differs: 'there are no users, only one token',
    says: /the selfsubjectreviews API is not enabled in the cluster/,
  },
  // wait, describe, events
  plain('wait widget/one --for=jsonpath={.spec.size}=7 --timeout=5s'),
  plain('wait widget/one --for=condition=Ready --timeout=5s'),
  plain('wait widget/one --for=condition=Other --timeout=1s'),
  plain('wait widget/one --for=create --timeout=5s'),
  plain('describe widget one'),
  plain('describe widgets'),
  plain('describe configmap settings'),
  plain('describe secret key'),
  plain('events --for=widget/one'),
  // delete
  plain('delete widget two --dry-run=server'),
  plain('delete widget two --cascade=background'),
  plain('delete widget two'),
  plain('delete widget two --ignore-not-found'),
  plain('delete widget warned --cascade=foreground --wait=false'),
  plain('delete widget ignored --cascade=orphan --wait=false'),
  plain('create -f -', widget('held', 'size: 1', ', finalizers: [test.io/hold]')),
  plain('delete widget held --wait=false'),
  plain('get widget held -o yaml'),
  plain('patch widget held --type=merge -p {"metadata":{"finalizers":["test.io/other"]}}'),
  plain('patch widget held --type=merge -p {"metadata":{"finalizers":null}} -o yaml'),
  plain('get widget held'),
  plain('delete widget app --now'),
  plain('delete configmap,secret -l nothing=here'),
];
