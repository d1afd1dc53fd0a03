// SPDX-License-Identifier: Apache-2.0
// Zip files as other programs make them, without compression.
import { crc32 } from 'node:zlib';

const kVersion = 20;
const kDirectoryEntry = 0x02014b50;
const kFileEntry = 0x04034b50;
const kEnd = 0x06054b50;

/** What a file's entry and its entry in the directory have in common. */
function describe(name, data) {
  const about = Buffer.alloc(26);
  about.writeUInt16LE(kVersion, 0);
  about.writeUInt16LE(0x0800, 2);  // names are UTF-8
  about.writeUInt32LE(crc32(data), 10);
  about.writeUInt32LE(data.length, 14);
  about.writeUInt32LE(data.length, 18);
  about.writeUInt16LE(Buffer.byteLength(name), 22);
  return about;
}

function number(value, bytes) {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntLE(value, 0, bytes);
  return buffer;
}

/** A zip file of {name: bytes or text}. */
export function zipOf(files) {
  const entries = [];
  const directory = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const data = Buffer.from(content);
    const about = describe(name, data);
    entries.push(number(kFileEntry, 4), about, Buffer.from(name), data);
    directory.push(number(kDirectoryEntry, 4), number(kVersion, 2), about, Buffer.alloc(10), number(offset, 4), Buffer.from(name));
    offset += 4 + about.length + Buffer.byteLength(name) + data.length;
  }
  const index = Buffer.concat(directory);
  const count = number(Object.keys(files).length, 2);
  return Buffer.concat([...entries, index, number(kEnd, 4), Buffer.alloc(4), count, count, number(index.length, 4), number(offset, 4), Buffer.alloc(2)]);
}
