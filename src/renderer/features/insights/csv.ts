/** A table of figures: what a plot shows, to be read, heard, or kept. Null where nothing is known. */
export interface Sheet {
  columns: readonly string[]
  rows: readonly (readonly (string | number | null)[])[]
}

/** Programs take a text that begins so for something to calculate. */
const FORMULA = /^[=+\-@\t\r]/

function cell(value: string | number | null): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const text = FORMULA.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** As RFC 4180 has it. */
export function csvOf({ columns, rows }: Sheet): string {
  return [columns, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('')
}
