import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { imageReferences } from '../../../src/main/repository/image-references'
import '../../support/property-seed'

const home = 'https://github.example.org/acme/engine'

it('tells pictures of the repository from those of other hosts', () => {
  const text = [
    '![a](docs/a.png) ![a again](docs/a.png)',
    `![b](${home}/raw/main/docs/b.png?raw=true)`,
    `<img width=10 src="${home}/blob/main/c%20d.png">`,
    '![far](https://pictures.example.org/x.png)',
    '![near](https://github.example.org/acme/other/raw/main/x.png)',
    '![up](../../etc/passwd) ![data](data:image/png;base64,AAAA) ![none]( )',
  ].join('\n')
  expect(imageReferences(text, home)).toEqual([
    { kind: 'repository', path: 'docs/a.png' },
    { kind: 'repository', path: 'docs/b.png' },
    { kind: 'other', address: 'https://pictures.example.org/x.png' },
    { kind: 'other', address: 'https://github.example.org/acme/other/raw/main/x.png' },
    { kind: 'other', address: '../../etc/passwd' },
    { kind: 'repository', path: 'c d.png' },
  ])
})

it('never names a path that leads out of the repository, whatever the text', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('..', '%2e%2e', '/', 'a', '\\', '%00', '?', home, '//x')),
      (parts) => {
        const paths = imageReferences(`![x](${parts.join('/')})`, home).flatMap((reference) =>
          reference.kind === 'repository' ? [reference.path] : [],
        )
        for (const path of paths) {
          expect(path.split('/')).not.toContain('..')
          expect(path.startsWith('/')).toBe(false)
          expect(path).not.toContain('\0')
        }
      },
    ),
  )
})
