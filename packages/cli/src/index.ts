export { runProgram } from './program.ts';
export { CliError, type CliErrorCode } from './cli-error.ts';
export type { System, Terminal } from './terminal/terminal.ts';
