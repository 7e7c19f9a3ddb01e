import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { watch } from 'node:fs'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEditors, placeIn } from '../../../src/main/app/editors'

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'foundry-editors-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

async function program(name: string, text: string): Promise<void> {
  await mkdir(join(root, 'bin'), { recursive: true })
  await writeFile(join(root, 'bin', name), text)
  await chmod(join(root, 'bin', name), 0o755)
}

const editors = () =>
  createEditors({ environment: async () => ({ PATH: join(root, 'bin') }), platform: 'linux' })

describe('the editors of a person', () => {
  it('are those on the PATH', async () => {
    await program('code', '#!/bin/sh\n')
    await program('zeditor', '#!/bin/sh\n')
    expect(await editors().list()).toEqual([
      { id: 'code', name: 'VS Code' },
      { id: 'zed', name: 'Zed' },
    ])
  })

  it('get the file and its line as arguments, whatever the file is called', async () => {
    const told = join(root, 'told')
    await program(
      'code',
      `#!/bin/sh\nprintf '%s\\n' "$@" > '${told}.part'; /bin/mv '${told}.part' '${told}'\n`,
    )
    const file = join(root, 'a $(touch x) ;b.ts')
    await writeFile(file, '')
    const wrote = new Promise<void>((resolve) => {
      const watcher = watch(root, (_event, name) => {
        if (name !== 'told') return
        watcher.close()
        resolve()
      })
    })
    await editors().open('code', { folder: root, file, line: 7 })
    await wrote
    expect((await readFile(told, 'utf8')).split('\n')).toEqual([root, '--goto', `${file}:7`, ''])
  })

  it('that are not there, and files that are gone, are said to be', async () => {
    const place = { folder: root, file: null, line: null }
    await expect(editors().open('code', place)).rejects.toMatchObject({ kind: 'not_found' })
    await expect(editors().open('nothing', place)).rejects.toMatchObject({ kind: 'not_found' })
    await program('code', '#!/bin/sh\n')
    const gone = { folder: root, file: join(root, 'gone'), line: 1 }
    await expect(editors().open('code', gone)).rejects.toMatchObject({ kind: 'not_found' })
    await program('code', '#!/nothing/here\n')
    await expect(editors().open('code', place)).rejects.toMatchObject({ kind: 'unsupported' })
  })
})

/** Invariant: a place is in the folder, or there is none. */
it('never leads out of the checkout', () => {
  const part = fc.constantFrom('..', '.', 'a', 'b c', '', '/', '-x', '~')
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
      let file: string | null = null
      try {
        file = placeIn('/checkout/here', parts.join('/'), 1).file
      } catch {
        return
      }
      expect(file).toMatch(/^\/checkout\/here\/./)
    }),
  )
  expect(placeIn('/checkout', null, null)).toEqual({ folder: '/checkout', file: null, line: null })
})
