import { FoundryError } from '@shared/errors'

/** What a desktop of Linux starts for a link. */
export interface LinkCommand {
  readonly executable: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly icon: string
}

const SCHEME_TYPE = 'x-scheme-handler/foundry'

/** The file that makes a desktop start this command for `foundry://` links. It stands in no menu. */
export function desktopEntry({ executable, args, env, icon }: LinkCommand): string {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  const command = [...(variables.length === 0 ? [] : ['env', ...variables]), executable, ...args]
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Foundry',
    'Comment=Opens foundry:// links in the Foundry that set this up',
    `Exec=${command.map(quoted).join(' ')} %u`,
    `Icon=${escaped(icon)}`,
    'Terminal=false',
    'NoDisplay=true',
    `MimeType=${SCHEME_TYPE};`,
    '',
  ].join('\n')
}

/** `mimeapps.list` without what it says of this entry; all else in it stays as it is. */
export function withoutDefault(list: string, id: string): string {
  return list
    .split('\n')
    .flatMap((line) => {
      if (!line.startsWith(`${SCHEME_TYPE}=`)) return [line]
      const entries = line.slice(SCHEME_TYPE.length + 1).split(';')
      const others = entries.filter((entry) => entry.trim() !== '' && entry.trim() !== id)
      if (others.length === entries.filter((entry) => entry.trim() !== '').length) return [line]
      return others.length === 0 ? [] : [`${SCHEME_TYPE}=${others.join(';')};`]
    })
    .join('\n')
}

/** One argument of `Exec`. Only where it must be in quotes, which not everything that reads these files understands. */
function quoted(argument: string): string {
  const plain = argument.replaceAll('%', '%%')
  if (/^[\w@%+=:,./-]+$/.test(plain)) return plain
  return escaped(`"${plain.replaceAll(/["`$\\]/g, '\\$&')}"`)
}

/** A value of the file. A line cannot hold a line break, whoever chose the name of a folder. */
function escaped(value: string): string {
  if (/\p{Cc}/u.test(value))
    throw new FoundryError(
      'unsupported',
      'The path of Foundry has characters that no desktop entry can hold.',
      {
        next: 'Move it to a folder with a plain name.',
        detail: JSON.stringify(value),
      },
    )
  return value.replaceAll('\\', '\\\\')
}
