import { createHash } from 'node:crypto'
// Streams; nothing here waits for the disk.
// oxlint-disable-next-line no-restricted-imports
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { FoundryError } from '@shared/errors'
import {
  ARCHIVE_FORMAT,
  ARCHIVE_VERSION,
  archiveEndSchema,
  type ArchiveManifest,
  archiveManifestSchema,
  archiveRowSchema,
} from '@shared/export-format'
import { z } from 'zod'
import type { Row } from '../export/archive-rows'
import { fileFailure } from '../export/write-file'

/** A line that is longer is none of ours. */
const LONGEST_LINE = 256 * 1024 * 1024

export interface ArchiveLine {
  table: string
  row: Row
}

export interface ReadOptions {
  /** How much of the file was read, from 0 to 1. */
  progress(done: number): Promise<void>
  manifest(manifest: ArchiveManifest): void
}

const damaged = (detail: string): FoundryError =>
  new FoundryError('invalid_input', 'This archive is damaged or was cut short.', {
    next: 'Nothing more was taken from it. Export it again, or copy it anew.',
    detail,
  })

/**
 * Reads an archive row by row, and compares it with the counts and the hash at its end.
 *
 * @throws FoundryError `invalid_input` when it is none or damaged, `unsupported` when it is of a newer version
 */
export async function* readArchive(path: string, options: ReadOptions): AsyncGenerator<ArchiveLine> {
  const counts: Record<string, number> = {}
  const hash = createHash('sha256')
  let manifest: ArchiveManifest | null = null
  let isOver = false
  for await (const { line, done } of linesOf(path)) {
    if (isOver) throw damaged('There is something behind its end.')
    const value = parseLine(line)
    if (manifest === null) {
      manifest = manifestOf(value)
      options.manifest(manifest)
    } else {
      const end = archiveEndSchema.safeParse(value)
      if (end.success) {
        const { end: said } = end.data
        if (said.sha256 !== hash.digest('hex')) throw damaged('Its content is not what was written.')
        for (const [table, rows] of Object.entries(said.counts))
          if (counts[table] !== rows)
            throw damaged(`It has ${counts[table] ?? 0} rows of ${table}, not ${rows}.`)
        isOver = true
        continue
      }
      const row = archiveRowSchema.safeParse(value)
      if (!row.success) throw damaged(z.prettifyError(row.error))
      const { t: table, r: columns } = row.data
      counts[table] = (counts[table] ?? 0) + 1
      yield {
        table,
        row: Object.fromEntries(
          Object.entries(columns).map(([name, cell]) => [
            name,
            typeof cell === 'object' && cell !== null ? Buffer.from(cell.b, 'base64') : cell,
          ]),
        ),
      }
    }
    hash.update(line).update('\n')
    await options.progress(done)
  }
  if (manifest === null) throw notAnArchive('The file is empty.')
  if (!isOver) throw damaged('Its end is missing.')
}

function notAnArchive(detail: string): FoundryError {
  return new FoundryError('invalid_input', 'This file is not an archive of Foundry.', { detail })
}

function manifestOf(value: unknown): ArchiveManifest {
  const head = z.object({ format: z.literal(ARCHIVE_FORMAT), version: z.number().int() }).safeParse(value)
  if (!head.success) throw notAnArchive('Its first line says nothing of the kind.')
  if (head.data.version > ARCHIVE_VERSION)
    throw new FoundryError('unsupported', 'This archive was made by a newer version of Foundry.', {
      next: 'Install that version or a later one to import it. Nothing was changed.',
      detail: `The archive is of version ${head.data.version}; this version of Foundry reads ${ARCHIVE_VERSION}.`,
    })
  const manifest = archiveManifestSchema.safeParse(value)
  if (!manifest.success) throw notAnArchive(z.prettifyError(manifest.error))
  return manifest.data
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line) as unknown
  } catch (error) {
    if (error instanceof SyntaxError) throw damaged(error.message)
    throw error
  }
}

/** Lines of a packed file, one at a time. */
async function* linesOf(path: string): AsyncGenerator<{ line: string; done: number }> {
  let size: number
  try {
    size = (await stat(path)).size
  } catch (error) {
    throw fileFailure(path, error)
  }
  const file = createReadStream(path, { highWaterMark: 256 * 1024 })
  const gunzip = createGunzip()
  file.on('error', (error) => gunzip.destroy(error))
  file.pipe(gunzip)
  let parts: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      let from = 0
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
        parts.push(chunk.subarray(from, at))
        yield { line: Buffer.concat(parts).toString('utf8'), done: file.bytesRead / Math.max(1, size) }
        parts = []
        length = 0
        from = at + 1
      }
      parts.push(chunk.subarray(from))
      length += chunk.length - from
      if (length > LONGEST_LINE) throw damaged('A line of it has no end.')
    }
  } catch (error) {
    if (error instanceof FoundryError) throw error
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code === 'Z_DATA_ERROR' && file.bytesRead <= 256 * 1024) throw notAnArchive(String(error))
    if (code.startsWith('Z_')) throw damaged(String(error))
    throw fileFailure(path, error)
  } finally {
    file.destroy()
    gunzip.destroy()
  }
  if (length > 0) throw damaged('Its last line has no end.')
}
