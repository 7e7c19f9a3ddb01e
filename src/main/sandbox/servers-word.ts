/** What the server itself puts into the output when a terminal has ended, which is no failure. */
export function isServersWord(bytes: Uint8Array): boolean {
  if (bytes.length > 200 || bytes[0] !== 10 || bytes[1] !== 91) return false
  return /^\n\[process stream error: [^\]]*\]\n$/.test(Buffer.from(bytes).toString('utf8'))
}
