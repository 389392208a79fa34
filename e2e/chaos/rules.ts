import { registerHooks } from 'node:module';

/** One line of a program, and what it is when a rule is taken out. */
interface Change {
  /** How the file's path ends. */
  readonly file: string;
  readonly find: string | RegExp;
  readonly put: string;
}

/** What comes after its time, or again after the Delete, is done all the same. */
const nothingExpires: readonly Change[] = [
  {
    file: 'provider-sdk/src/work/expiry.ts',
    find: 'if (notAfter === undefined || now <= notAfter.getTime()) return;',
    put: 'if (notAfter === undefined || now > 0) return;',
  },
  {
    file: 'provider-sdk/src/work/expiry.ts',
    find: 'asked.isOver = true',
    put: 'asked.isOver = false',
  },
];

/** What each rule of safety comes down to in code. With any one of them taken out, some seed has to fail. */
export const rules: Readonly<Record<string, readonly Change[]>> = {
  /** Where a machine is made is written before it is made; here: after. */
  bind: [
    {
      file: 'manager/src/virtual-machine/plan-creation.ts',
      find: "if (!bound) return { kind: 'Bind' };",
      put: "const sent = seen.remembered; if (!bound && (sent.done.Create ?? sent.attempts.Create ?? sent.taskInTheWay)) return { kind: 'Bind' };",
    },
  ],
  /** A machine is claimed under the uid of its owner; here: under the id of the operation. */
  claim: [
    {
      file: 'provider-mock/src/operations/create-vm.ts',
      find: /owner\.uid/g,
      put: "(owner.uid + '/' + call.operationId.slice(-8))",
    },
    {
      file: 'provider-mock/src/operations/create-vm.ts',
      find: '{ owner, operationId }: CreateCall): VmRecord {',
      put: 'call: CreateCall): VmRecord { const { owner, operationId } = call;',
    },
  ],
  /** Delete is always sent; here: not where the inventory says that the machine is gone, or was never seen. */
  'delete always sent': [
    {
      file: 'manager/src/virtual-machine/plan.ts',
      find: 'if (seen.remembered.deleteDone) {',
      put: "if (seen.remote.kind === 'Absent') return { kind: 'RemoveFinalizer', why: 'Gone' };\n  if (seen.remembered.deleteDone) {",
    },
  ],
  /** Only the hypervisor's own, latest word is an absence; here: what a list lacks, or a stream says, is one too. */
  'fresh absence': [
    {
      file: 'manager/src/inventory/inventory.ts',
      find: "if (!entry) return { kind: 'Unknown', why: 'MissingFromList', last };",
      put: "if (!entry) return { kind: 'Absent', by: 'Describe' };",
    },
    {
      file: 'manager/src/inventory/inventory.ts',
      find: "if (entry.doubt) return { kind: 'Unknown', why: entry.doubt, last };",
      put: "if (entry.doubt === 'Gone' || entry.doubt === 'MissingFromList') return { kind: 'Absent', by: 'Describe' };\n    if (entry.doubt) return { kind: 'Unknown', why: entry.doubt, last };",
    },
  ],
  /** What cannot be confirmed is not absent; here: who does not answer says that there is nothing. */
  'unconfirmed is not absent': [
    {
      file: 'manager/src/virtual-machine/describe-vm.ts',
      find: "if (!reply.ok && reply.failure.class !== 'absent') {",
      put: "if (!reply.ok && reply.failure.class !== 'absent' && reply.failure.class !== 'unknown-outcome') {",
    },
  ],
  /**
   * A provider refuses the calls of an older leader; here: it does what it is told. Under one clock for all, as in the simulation, an
   * older leader's calls have expired by then: so that is taken out, too.
   */
  term: [
    {
      file: 'provider-sdk/src/work/fence.ts',
      find: 'if (term >= highest) return;',
      put: 'if (term >= highest || highest > 0n) return;',
    },
    ...nothingExpires,
  ],
  /** What arrives after its time, or again after the Delete, makes nothing; here: it does. */
  expiry: nothingExpires,
  /**
   * The object stays while a Create may begin that nobody has answered; here: it goes at the first absence. The expiry alone leaves
   * it no more than the time of a call, so that it is taken out, too.
   */
  'open create': [
    {
      file: 'manager/src/virtual-machine/held-back.ts',
      find: 'if (createUntilMs === undefined) return undefined;',
      put: 'if (createUntilMs === undefined || createUntilMs > 0) return undefined;',
    },
    ...nothingExpires,
  ],
  /** A key is planned on what was written last; here: on what the watch has brought. */
  'own-write cache': [
    { file: 'manager/src/kube/object-writes.ts', find: /informer\.store\.overlay\w*\(\w+\);/g, put: ';' },
  ],
};

/** Takes a rule out of all programs that are loaded from now on. @throws when its line is not there any more. */
export function takeOut(name: string): void {
  const changes = rules[name];
  if (!changes) throw new Error(`there is no rule ${name}; there are ${Object.keys(rules).join(', ')}`);
  registerHooks({
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context);
      const own = changes.filter(({ file }) => url.endsWith(file));
      if (own.length === 0) return loaded;
      let source = Buffer.from(loaded.source as Uint8Array).toString('utf8');
      for (const { file, find, put } of own) {
        const changed = source.replace(find, put);
        if (changed === source)
          throw new Error(`${file} no longer has ${String(find)}: the rule ${name} is elsewhere now`);
        source = changed;
      }
      return { ...loaded, source };
    },
  });
}
