import { columns } from '../output/columns.ts';

/** What a person is told once everything runs. */
export interface Greeting {
  readonly server: string;
  /** `host:port` of the manager's health and metrics. */
  readonly operations: string;
  readonly state: string;
  readonly kubeconfig: string;
  readonly logs: readonly string[];
  /** How this program is called: `virtrigaud`, or `npx virtrigaud` where it is not installed. */
  readonly command: string;
  /** Whether the demo's objects were applied. */
  readonly demo: boolean;
  /** How it ends. */
  readonly end: string;
}

/** Where everything is, and what to type next. */
export function greeting({ server, operations, state, kubeconfig, logs, command, demo, end }: Greeting): string {
  const places = columns([
    ['API server', server],
    ['operations', `http://${operations}/metrics   and /healthz, /readyz`],
    ['kubeconfig', kubeconfig],
    ['state', state],
    ...logs.map((log, index) => [index === 0 ? 'logs' : '', log]),
  ]);
  const next = demo
    ? [
        [`  ${command} get vm -w`, 'the demo comes up, on a mock hypervisor: no real machine'],
        [`  ${command} describe vm/demo-vm`, 'what happened to it'],
        [`  ${command} power off demo-vm`, ''],
      ]
    : [
        [`  ${command} apply -f FILE`, 'a Provider, a VMImage and a VirtualMachine'],
        [`  ${command} get vm -w`, ''],
      ];
  const kubectl = [`  export KUBECONFIG=${kubeconfig}`, 'then kubectl works, too'];
  return `${places}\nNext, in another terminal:\n${columns([...next, kubectl])}\n${end}\n`;
}
