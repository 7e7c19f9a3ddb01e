/** A line of what each chunk of a long answer cost, as a picture for people. */
export function costPlot(samples: readonly { characters: number; chunkMs: number }[]): string {
  const [width, height, left, bottom] = [760, 300, 56, 36]
  const last = samples.at(-1)?.characters ?? 1
  const top = Math.max(0.5, ...samples.map(({ chunkMs }) => chunkMs)) * 1.1
  const x = (characters: number): number => left + (characters / last) * (width - left - 12)
  const y = (chunkMs: number): number => height - bottom - (chunkMs / top) * (height - bottom - 12)
  const points = samples
    .map(({ characters, chunkMs }) => `${x(characters).toFixed(1)},${y(chunkMs).toFixed(1)}`)
    .join(' ')
  const mark = y(0.5).toFixed(1)
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<rect width="${width}" height="${height}" fill="white"/>
<path d="M${left} 12V${height - bottom}H${width - 12}" fill="none" stroke="#888"/>
<path d="M${left} ${mark}H${width - 12}" stroke="#c33" stroke-dasharray="4 4"/>
<text x="${width - 14}" y="${Number(mark) - 4}" text-anchor="end" fill="#c33">0.5 ms, the mark</text>
<polyline points="${points}" fill="none" stroke="#225ecc" stroke-width="1.5"/>
<text x="${left}" y="${height - 12}">0</text>
<text x="${width - 12}" y="${height - 12}" text-anchor="end">${Math.round(last / 1000)} KB of answer</text>
<text x="${left - 6}" y="20" text-anchor="end">${top.toFixed(2)} ms</text>
<text x="${left - 6}" y="${height - bottom}" text-anchor="end">0</text>
</svg>
`
}
