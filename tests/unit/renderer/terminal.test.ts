import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isAnswer } from '../../../src/renderer/features/terminal/answers'
import { EchoWait } from '../../../src/renderer/features/terminal/echo-wait'
import { fileLinks, withinCheckout } from '../../../src/renderer/features/terminal/file-links'
import { joinedSigns } from '../../../src/renderer/features/terminal/ligatures'
import { OutputFeed, PIECE_BYTES } from '../../../src/renderer/features/terminal/output-feed'
import { argumentsOf, variablesOf } from '../../../src/renderer/features/terminal/run-input'
import { shellWord } from '../../../src/renderer/features/terminal/shell-word'
import { terminalKey, type KeyPress } from '../../../src/renderer/features/terminal/terminal-keys'

describe('answers of a terminal', () => {
  it('are told from what a person types', () => {
    for (const answer of [
      '\u001b[?1;2c',
      '\u001b[>0;276;0c',
      '\u001b[24;80R',
      '\u001b[0n',
      '\u001b[?2026;2$y',
      '\u001b[I',
      '\u001b[O',
      '\u001b]11;rgb:10/12/16\u0007',
      '\u001bP1$r0m\u001b\\',
    ])
      expect(isAnswer(answer)).toBe(true)
    for (const typed of [
      'a',
      '\r',
      '\u0003',
      '\u001b',
      '\u001b[A',
      '\u001b[1;5C',
      '\u001bOP',
      '\u001b[200~text\u001b[201~',
    ])
      expect(isAnswer(typed)).toBe(false)
  })
})

describe('files in output', () => {
  it('are found as programs print them', () => {
    const found = (text: string) => fileLinks(text).map(({ path, line }) => `${path}|${line}`)
    expect(found('src/a.ts:12:3 - error TS2322')).toEqual(['src/a.ts|12'])
    expect(found('at run (/tmp/x/src/b.test.ts:7:1)')).toEqual(['/tmp/x/src/b.test.ts|7'])
    expect(found('src/c.cs(41,9): warning')).toEqual(['src/c.cs|41'])
    expect(found('./d.py:3 and ../e.rs:4')).toEqual(['./d.py|3', '../e.rs|4'])
    expect(found('http://localhost:5173/ 10:20:30 v1.2.3 a.b.c')).toEqual([])
  })

  it('stand where they are said to stand', () => {
    const text = 'see src/a.ts:12 there'
    const [{ start, end } = { start: 0, end: 0 }] = fileLinks(text)
    expect(text.slice(start, end)).toBe('src/a.ts:12')
  })

  it('are those of the checkout', () => {
    expect(withinCheckout('src/a.ts', '/tasks/one')).toBe('src/a.ts')
    expect(withinCheckout('/tasks/one/src/../b.ts', '/tasks/one')).toBe('b.ts')
    expect(withinCheckout('../two/c.ts', '/tasks/one')).toBeNull()
    expect(withinCheckout('/tasks/one-more/c.ts', '/tasks/one')).toBeNull()
    expect(withinCheckout('.', '/tasks/one')).toBeNull()
  })
})

describe('a path as a word for a shell', () => {
  it('stays as it is where nothing in it means something', () => {
    expect(shellWord('/home/ada/a-b_c.txt')).toBe('/home/ada/a-b_c.txt')
  })

  it('is read by a shell as what it was', () => {
    const signs = Array.from(`ab9/.-_ '"$\\\`;&|<>*?~#!(){}[]\n\tß日👍`)
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: fc.constantFrom(...signs) }), (path) => {
        const word = shellWord(path)
        const read = word.startsWith("'") ? word.slice(1, -1).split(`'\\''`).join("'") : word
        expect(read).toBe(path)
        expect(word.startsWith("'") || /^[\w@%+=:,./-]+$/.test(word)).toBe(true)
      }),
    )
  })
})

describe('keys in a terminal', () => {
  const press = (keys: string, code = ''): KeyPress => {
    const parts = keys.split('+')
    return {
      key: parts.at(-1) ?? '',
      code,
      ctrlKey: parts.includes('Ctrl'),
      shiftKey: parts.includes('Shift'),
      altKey: parts.includes('Alt'),
      metaKey: parts.includes('Meta'),
    }
  }

  it('belong to the program where a shell knows them', () => {
    for (const keys of [
      'Escape',
      'Tab',
      'Ctrl+c',
      'Ctrl+d',
      'Ctrl+l',
      'Ctrl+n',
      'Ctrl+b',
      'Ctrl+f',
      'Ctrl+v',
      'Alt+b',
    ])
      expect(terminalKey(press(keys), 'linux', true)).toBeNull()
    for (const keys of ['Escape', 'Ctrl+c', 'Alt+f'])
      expect(terminalKey(press(keys), 'darwin', true)).toBeNull()
  })

  it('copy and paste as each system does', () => {
    expect(terminalKey(press('Ctrl+Shift+C'), 'linux', true)).toBe('copy')
    expect(terminalKey(press('Ctrl+Shift+V'), 'linux', false)).toBe('paste')
    expect(terminalKey(press('Shift+Insert'), 'linux', false)).toBe('paste')
    expect(terminalKey(press('Ctrl+c'), 'win32', true)).toBe('copy')
    expect(terminalKey(press('Ctrl+c'), 'win32', false)).toBeNull()
    expect(terminalKey(press('Ctrl+v'), 'win32', false)).toBe('paste')
    expect(terminalKey(press('Meta+c'), 'darwin', true)).toBe('app')
  })

  it('lead from prompt to prompt', () => {
    expect(terminalKey(press('Ctrl+ArrowUp'), 'linux', false)).toBe('previous')
    expect(terminalKey(press('Ctrl+ArrowDown'), 'win32', false)).toBe('next')
    expect(terminalKey(press('Meta+ArrowUp'), 'darwin', false)).toBe('previous')
    expect(terminalKey(press('Ctrl+ArrowUp'), 'darwin', false)).toBeNull()
    expect(terminalKey(press('ArrowUp'), 'linux', false)).toBeNull()
  })

  it('lead out of it and find in it', () => {
    for (const platform of ['linux', 'darwin', 'win32'] as const)
      expect(terminalKey(press('Ctrl+`', 'Backquote'), platform, false)).toBe('app')
    expect(terminalKey(press('Ctrl+Shift+F'), 'linux', false)).toBe('find')
    expect(terminalKey(press('Meta+f'), 'darwin', false)).toBe('find')
    expect(terminalKey(press('Ctrl+Shift+G'), 'linux', false)).toBe('app')
  })
})

describe('what a program is run with', () => {
  it('is an argument a line, empty ones too', () => {
    expect(argumentsOf('')).toEqual([])
    expect(argumentsOf('run\n\ntwo words\n')).toEqual(['run', '', 'two words'])
  })

  it('is variables with whatever value', () => {
    expect(variablesOf('A=1\n\n B_2=x=y z\n')).toEqual({ env: { A: '1', B_2: 'x=y z' } })
    expect(variablesOf('A=1\nnot one')).toEqual({ problem: 'Not NAME=value: not one' })
  })
})

describe('signs that are drawn as one', () => {
  it('stand together, and are no rules across the screen', () => {
    const joined = (text: string) => joinedSigns(text).map(([from, to]) => text.slice(from, to))
    expect(joined('a => b !== c && d')).toEqual(['=>', '!==', '&&'])
    expect(joined('x = 1 + 2')).toEqual([])
    expect(joined('==========')).toEqual([])
  })
})

describe('output on its way into the terminal', () => {
  function feed() {
    const written: { bytes: Uint8Array; read: () => void }[] = []
    const idle: (() => void)[] = []
    const drawn: string[] = []
    const made = new OutputFeed({
      write: (bytes, read) => void written.push({ bytes, read }),
      whenIdle: (task) => void idle.push(task),
    })
    return { made, written, idle, drawn, told: (name: string) => () => void drawn.push(name) }
  }

  it('goes at once where it is little', () => {
    const { made, written, idle, drawn, told } = feed()
    made.push(Uint8Array.of(1), told('a'))
    expect(written).toHaveLength(1)
    written[0]?.read()
    made.push(Uint8Array.of(2), told('b'))
    expect(written).toHaveLength(2)
    expect(drawn).toEqual(['a'])
    expect(idle).toEqual([])
  })

  it('of a flood goes in pieces, each when there is time for it, whole and in order', () => {
    const { made, written, idle, drawn, told } = feed()
    const whole = Uint8Array.from({ length: PIECE_BYTES * 2 + 10 }, (_, index) => index % 251)
    made.push(whole, told('a'))
    made.push(Uint8Array.of(7), told('b'))
    for (let piece = 0; piece < 4; piece++) {
      expect(written).toHaveLength(piece + 1)
      written[piece]?.read()
      expect(written).toHaveLength(piece + 1)
      idle.shift()?.()
    }
    // Compared as bytes: as lists it takes seconds.
    expect(Buffer.concat(written.map(({ bytes }) => bytes)).equals(Buffer.from([...whole, 7]))).toBe(true)
    expect(drawn).toEqual(['a', 'b'])
  })

  it('is not told as drawn, and not written on, once it was dropped', () => {
    const { made, written, idle, drawn, told } = feed()
    made.push(new Uint8Array(PIECE_BYTES * 2), told('a'))
    made.drop()
    made.push(Uint8Array.of(1), told('b'))
    written[0]?.read()
    idle.shift()?.()
    written[1]?.read()
    expect(written.map(({ bytes }) => bytes.length)).toEqual([PIECE_BYTES, 1])
    expect(drawn).toEqual(['b'])
  })
})

describe('what was typed into one terminal', () => {
  it('is waited for by others, until it is on screen or comes too late', () => {
    const echo = new EchoWait()
    const [typedInto, flooded] = [{}, {}]
    expect(echo.elsewhere(flooded, 0)).toBe(false)
    echo.typed(typedInto, 1000)
    expect(echo.elsewhere(flooded, 1010)).toBe(true)
    expect(echo.elsewhere(typedInto, 1010)).toBe(false)
    echo.drawn(flooded)
    expect(echo.elsewhere(flooded, 1010)).toBe(true)
    echo.drawn(typedInto)
    expect(echo.elsewhere(flooded, 1010)).toBe(false)
    echo.typed(typedInto, 2000)
    expect(echo.elsewhere(flooded, 2500)).toBe(false)
  })
})
