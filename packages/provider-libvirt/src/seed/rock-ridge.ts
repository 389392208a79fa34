import { both32, recordTime } from './iso-fields.ts';

const MODE = { file: 0o100444, directory: 0o040555 } as const;

function entry(signature: string, version: number, data: Buffer): Buffer {
  return Buffer.concat([Buffer.from(signature, 'latin1'), Buffer.from([data.length + 4, version]), data]);
}

/** SP: says that the system use areas are to be read. In the first record of the root alone. */
export const sharingProtocol = (): Buffer => entry('SP', 1, Buffer.from([0xbe, 0xef, 0]));

/** ER: names the extension whose entries are used. */
export function extensionsReference(): Buffer {
  const id = 'RRIP_1991A';
  const text = 'THE ROCK RIDGE INTERCHANGE PROTOCOL PROVIDES SUPPORT FOR POSIX FILE SYSTEM SEMANTICS';
  const source = 'IEEE P1282';
  return entry(
    'ER',
    1,
    Buffer.concat([Buffer.from([id.length, text.length, source.length, 1]), Buffer.from(id + text + source, 'latin1')]),
  );
}

/** PX: mode, links, owner. Everything belongs to root and is read-only. */
export const posixAttributes = (kind: keyof typeof MODE): Buffer =>
  entry('PX', 1, Buffer.concat([both32(MODE[kind]), both32(kind === 'directory' ? 2 : 1), both32(0), both32(0)]));

/** TF: time of modification. */
export const timeStamps = (at: Date): Buffer => entry('TF', 1, Buffer.concat([Buffer.from([0x02]), recordTime(at)]));

/** NM: the name as people wrote it. */
export const alternateName = (name: string): Buffer =>
  entry('NM', 1, Buffer.concat([Buffer.from([0]), Buffer.from(name, 'latin1')]));
