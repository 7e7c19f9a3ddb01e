type Rgb = readonly [number, number, number]

/** Of text of usual size, by WCAG 2.2, 1.4.3. */
const enough = 4.5

/**
 * The colour itself, or as little lighter or darker as it takes for text in it to be read on a background. Both as
 * `#rgb`, `#rrggbb` or `#rrggbbaa`; anything else comes back as it is.
 */
export function readableOn(colour: string, background: string): string {
  const [text, ground] = [parse(colour), parse(background)]
  if (text === null || ground === null) return colour
  const end = luminance(ground) > 0.18 ? 0 : 255
  for (let share = 0; share <= 1; share += 0.05) {
    const mixed = mix(text, end, share)
    if (contrast(mixed, ground) >= enough) return share === 0 ? colour : format(mixed)
  }
  return format([end, end, end])
}

function parse(text: string): Rgb | null {
  const short = /^#([\da-f])([\da-f])([\da-f])$/i.exec(text)
  if (short !== null) return triple(short.slice(1).map((digit) => digit + digit))
  const long = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})(?:[\da-f]{2})?$/i.exec(text)
  return long === null ? null : triple(long.slice(1))
}

const triple = ([red = '', green = '', blue = '']: readonly string[]): Rgb => [
  Number.parseInt(red, 16),
  Number.parseInt(green, 16),
  Number.parseInt(blue, 16),
]

const mix = (colour: Rgb, end: number, share: number): Rgb => {
  const part = (value: number): number => Math.round(value + (end - value) * share)
  return [part(colour[0]), part(colour[1]), part(colour[2])]
}

const format = (colour: Rgb): string =>
  `#${colour.map((value) => value.toString(16).padStart(2, '0')).join('')}`

/** Relative luminance as WCAG 2.2 defines it. */
function luminance([red, green, blue]: Rgb): number {
  const linear = (value: number): number => {
    const part = value / 255
    return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  }
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

function contrast(one: Rgb, other: Rgb): number {
  const [a, b] = [luminance(one), luminance(other)]
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
}
