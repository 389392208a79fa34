import { readFile } from 'node:fs/promises';

/** The kernel reports CPU time to programs in hundredths of a second on every architecture that Node runs on. */
const ticksASecond = 100;
/** Places of utime and stime in /proc/PID/stat, counted behind the program's name, which may hold blanks. */
const [userTicks, systemTicks] = [11, 12];

/** User and system CPU time that a process has had so far, in seconds. */
export async function cpuSeconds(pid: number): Promise<number> {
  const text = await readFile(`/proc/${String(pid)}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[userTicks]) + Number(fields[systemTicks])) / ticksASecond;
}

/** Resident memory of a process in MiB: now, and at its highest since it was started. */
export async function residentMiB(pid: number): Promise<{ readonly now: number; readonly peak: number }> {
  const text = await readFile(`/proc/${String(pid)}/status`, 'utf8');
  const mib = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]) / 1024;
  return { now: mib('VmRSS'), peak: mib('VmHWM') };
}
