import { crc32, deflateSync } from 'node:zlib'
import type { MatchedRequest } from './faults'
import type { GitHubModel } from './model'

/** What a browser gets: pictures of people, and a page where a pull request would be. */
export function webPage(
  request: MatchedRequest & { headers: Record<string, string> },
  model: GitHubModel,
): { type: string; body: string | Buffer } | undefined {
  if (request.method !== 'GET') return undefined
  const id = /^\/avatars\/u\/(\d+)$/.exec(request.path)?.[1]
  if (id !== undefined && (model.users.has(Number(id)) || model.organizations.has(Number(id))))
    return { type: 'image/png', body: picture(Number(id)) }
  const log = /^\/_logs\/(\d+)$/.exec(request.path)?.[1]
  if (log !== undefined && request.query.get('sig') === `key-to-${log}`) {
    for (const { pulls } of model.repositories.values())
      for (const { checkRuns } of pulls.values())
        for (const one of checkRuns.values())
          if (one.id === Number(log)) return { type: 'text/plain; charset=utf-8', body: one.log ?? '' }
  }
  if (request.headers['accept']?.startsWith('text/html') !== true) return undefined
  const body = `<!doctype html><title>GitHub</title><p>Here would be <b>${escape(request.path)}</b>.`
  return { type: 'text/html; charset=utf-8', body }
}

const SIDE = 16

/** Each one's own: a colour with a lighter square in it. */
function picture(id: number): Buffer {
  const colour = [60 + ((id * 47) % 130), 60 + ((id * 89) % 130), 60 + ((id * 131) % 130)]
  const rows = Buffer.alloc(SIDE * (1 + SIDE * 3))
  for (let y = 0; y < SIDE; y += 1)
    for (let x = 0; x < SIDE; x += 1) {
      const light = x > 3 && x < 12 && y > 3 && y < 12 ? 60 : 0
      colour.forEach((part, index) => (rows[y * (1 + SIDE * 3) + 1 + x * 3 + index] = part + light))
    }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(SIDE, 0)
  header.writeUInt32BE(SIDE, 4)
  // Eight bits of red, green and blue each.
  header.set([8, 2, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(name: string, content: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), content])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(content.byteLength)
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(named))
  return Buffer.concat([length, named, sum])
}

const escape = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
