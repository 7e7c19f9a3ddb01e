import { describe, expect, it } from 'vitest'
import { desktopEntry, withoutDefault } from '../../../src/main/app/desktop-entry'

const command = { executable: '/opt/Foundry/foundry', args: [], env: {}, icon: '/opt/Foundry/icon.png' }
const execOf = (text: string): string | undefined => /^Exec=(.*)$/m.exec(text)?.[1]

describe('the desktop entry for links', () => {
  it('starts the app as it was started, with the link last', () => {
    expect(execOf(desktopEntry(command))).toBe('/opt/Foundry/foundry %u')
    const more = { ...command, args: ['--no-sandbox'], env: { FOUNDRY_DATA_DIR: '/data' } }
    expect(execOf(desktopEntry(more))).toBe('env FOUNDRY_DATA_DIR=/data /opt/Foundry/foundry --no-sandbox %u')
  })

  it('quotes what a shell or the file would take for something else', () => {
    const odd = { ...command, executable: '/home/ada/My "best" $HOME 100%/foundry' }
    expect(execOf(desktopEntry(odd))).toBe(String.raw`"/home/ada/My \\"best\\" \\$HOME 100%%/foundry" %u`)
  })

  it('refuses what no line can hold', () => {
    expect(() => desktopEntry({ ...command, executable: '/home/ada/a\nb' })).toThrow(
      'no desktop entry can hold',
    )
  })
})

describe('the list of defaults', () => {
  it('keeps what is not of this entry', () => {
    const list =
      '[Default Applications]\ntext/html=firefox.desktop\nx-scheme-handler/foundry=ours.desktop;theirs.desktop;\n'
    expect(withoutDefault(list, 'ours.desktop')).toBe(
      '[Default Applications]\ntext/html=firefox.desktop\nx-scheme-handler/foundry=theirs.desktop;\n',
    )
    expect(withoutDefault('x-scheme-handler/foundry=ours.desktop\n', 'ours.desktop')).toBe('')
    expect(withoutDefault(list, 'other.desktop')).toBe(list)
  })
})
