/** The JSON object a benchmark prints last with --json; undefined when it printed none. */
export function readResult(stdout) {
  const line = stdout.trimEnd().split('\n').at(-1) ?? ''
  try {
    const result = JSON.parse(line)
    return typeof result === 'object' && result !== null ? result : undefined
  } catch {
    return undefined
  }
}

/** One row a figure: results differ too much in their keys for one row a benchmark. */
export function markdownTable(results) {
  const rows = results.flatMap(({ bench, ...figures }) =>
    Object.entries(figures).map(([key, value]) => `| ${bench} | ${key} | ${round(value)} |`),
  )
  return ['| benchmark | figure | value |', '|---|---|---|', ...rows, ''].join('\n')
}

function round(value) {
  return typeof value === 'number' ? Number(value.toPrecision(4)) : value
}
