import { int, struct, uint } from '../xdr/codec.ts';
import { string } from '../xdr/sequences.ts';
import { procedure, Program } from './procedure.ts';
import { domain, optionalString } from './wire-types.ts';

export const domainAgentCommand = procedure('QEMU_DOMAIN_AGENT_COMMAND', {
  number: 3,
  program: Program.qemu,
  lane: 'guest',
  args: struct({ domain, command: string, agentTimeoutS: int, flags: uint }),
  result: struct({ answer: optionalString }),
});
