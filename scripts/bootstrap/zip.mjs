import { createReadStream, createWriteStream } from 'node:fs'
import { chmod, mkdir, open } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createInflateRaw } from 'node:zlib'

const END_OF_DIRECTORY = 0x06054b50
const END_OF_DIRECTORY_SIZE = 22
const MAX_COMMENT = 0xffff
const STORED = 0
const S_IFMT = 0o170000
const S_IFLNK = 0o120000

/**
 * Unpacks the entries of a zip file for which `rename(name)` returns a path (relative, inside `folder`).
 * Reading the directory ourselves lets us skip the 25,000 files of the archive which are not Electron;
 * the extractor Electron uses always unpacks everything, and `unzip` is not on every machine.
 */
export async function unzip(file, folder, rename) {
  const archive = await open(file)
  try {
    for (const entry of await readDirectory(archive)) {
      const target = rename(entry.name)
      if (target === undefined || entry.name.endsWith('/')) continue
      const destination = path.resolve(folder, target)
      if (!destination.startsWith(path.resolve(folder) + path.sep))
        throw new Error(`${entry.name} leaves the folder`)
      if ((entry.mode & S_IFMT) === S_IFLNK)
        throw new Error(`${entry.name} is a link, which is not expected here`)
      await mkdir(path.dirname(destination), { recursive: true })
      await extract(archive, file, entry, destination)
    }
  } finally {
    await archive.close()
  }
}

async function readDirectory(archive) {
  const { size } = await archive.stat()
  const tail = await read(archive, Math.max(0, size - END_OF_DIRECTORY_SIZE - MAX_COMMENT), size)
  let end = tail.length - END_OF_DIRECTORY_SIZE
  while (end >= 0 && tail.readUInt32LE(end) !== END_OF_DIRECTORY) end -= 1
  if (end < 0) throw new Error('not a complete zip file')
  const count = tail.readUInt16LE(end + 10)
  const start = tail.readUInt32LE(end + 16)
  const directory = await read(archive, start, start + tail.readUInt32LE(end + 12))
  const entries = []
  for (let at = 0; entries.length < count;) {
    const nameLength = directory.readUInt16LE(at + 28)
    entries.push({
      name: directory.toString('utf8', at + 46, at + 46 + nameLength),
      method: directory.readUInt16LE(at + 10),
      size: directory.readUInt32LE(at + 20),
      mode: directory.readUInt32LE(at + 38) >>> 16,
      offset: directory.readUInt32LE(at + 42),
    })
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
  }
  return entries
}

async function extract(archive, file, entry, destination) {
  const header = await read(archive, entry.offset, entry.offset + 30)
  const start = entry.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28)
  const output = createWriteStream(destination)
  if (entry.size === 0) {
    await new Promise((resolve, reject) => output.on('error', reject).end(resolve))
  } else {
    const input = createReadStream(file, { start, end: start + entry.size - 1 })
    if (entry.method === STORED) await pipeline(input, output)
    else await pipeline(input, createInflateRaw(), output)
  }
  if (entry.mode & 0o777) await chmod(destination, entry.mode & 0o777)
}

async function read(archive, start, end) {
  const { buffer } = await archive.read(Buffer.alloc(end - start), 0, end - start, start)
  return buffer
}
