import { loggerOver } from './log-entry.ts';
import type { LogEntry } from './log-entry.ts';
import type { Logger } from './logger.ts';

/** A logger that keeps its lines, for tests. */
export interface MemoryLogger extends Logger {
  /** All lines so far, oldest first, redacted as every logger's are. */
  readonly entries: readonly LogEntry[];
}

/** Makes a logger that keeps all its lines of all levels in memory, its children's included. */
export function createMemoryLogger(): MemoryLogger {
  const entries: LogEntry[] = [];
  return { ...loggerOver((entry) => void entries.push(entry)), entries };
}
