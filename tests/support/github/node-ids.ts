/** The `X_base64(msgpack)` ids GitHub gives out: a type, then the database ids that name the thing. */
const prefixes = {
  user: 'U',
  organization: 'O',
  team: 'T',
  repository: 'R',
  pullRequest: 'PR',
  label: 'LA',
  issue: 'I',
  commit: 'C',
  review: 'PRR',
  reviewThread: 'PRRT',
  reviewComment: 'PRRC',
} as const

export function nodeId(kind: keyof typeof prefixes, ...ids: number[]): string {
  const bytes = Buffer.alloc(2 + ids.length * 5)
  bytes[0] = 0x91 + ids.length
  bytes[1] = 0
  ids.forEach((id, index) => {
    bytes[2 + index * 5] = 0xce
    bytes.writeUInt32BE(id, 3 + index * 5)
  })
  return `${prefixes[kind]}_${bytes.toString('base64url')}`
}
