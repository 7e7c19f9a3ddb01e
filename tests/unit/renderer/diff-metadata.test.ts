import { describe, expect, it } from 'vitest'
import { metadataOf } from '../../../src/renderer/features/changes/diff-source'

const file = { path: 'a.txt', oldPath: null, kind: 'modified' } as const
const head = 'diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n'
const read = (patch: string, truncated = false) =>
  metadataOf(file, { path: 'a.txt', patch: head + patch, binary: false, truncated, version: patch })

describe('the diff of a file, as it is drawn', () => {
  it.each([
    ['a change at the end', '@@ -1,2 +1,3 @@\n one\n two\n+three\n'],
    ['less context at the end than there could be', '@@ -1,3 +1,3 @@\n-one\n+1\n two\n three\n'],
    ['a file that comes to be', '@@ -0,0 +1,1 @@\n+one\n'],
  ])('is whole with %s: nothing is offered to be unfolded', (_name, patch) => {
    expect(read(patch)).toMatchObject({ isPartial: false })
    expect(read(patch, true)).toMatchObject({ isPartial: true })
  })

  it.each([
    ['all the context there can be at the end', '@@ -1,4 +1,4 @@\n-one\n+1\n two\n three\n four\n'],
    ['lines before it', '@@ -2,2 +2,3 @@\n two\n three\n+four\n'],
    ['lines between', '@@ -1,4 +1,4 @@\n-one\n+1\n two\n three\n four\n@@ -9 +9 @@\n-nine\n+9\n'],
  ])('is a part with %s', (_name, patch) => {
    expect(read(patch)).toMatchObject({ isPartial: true })
  })
})
