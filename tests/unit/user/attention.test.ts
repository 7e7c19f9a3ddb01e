import { expect, it } from 'vitest'
import { attentionFor } from '../../../src/main/user/attention'

const all = { finished: true, failed: true, needsInput: true }
const elsewhere = { atSession: false, atWindow: true }

it('a turn that starts makes nothing unread and tells nobody', () => {
  expect(attentionFor('turn_started', elsewhere, all)).toEqual({ unread: null, notify: false })
})

it.each(['finished', 'failed', 'needs_input'] as const)(
  '%s is unread and told to who looks elsewhere',
  (news) => {
    expect(attentionFor(news, elsewhere, all)).toEqual({ unread: true, notify: true })
    expect(attentionFor(news, { atSession: true, atWindow: false }, all)).toEqual({
      unread: true,
      notify: true,
    })
  },
)

it.each(['finished', 'failed', 'needs_input'] as const)(
  '%s is neither to who looks at the session',
  (news) => {
    expect(attentionFor(news, { atSession: true, atWindow: true }, all)).toEqual({
      unread: null,
      notify: false,
    })
  },
)

it('each kind can be muted and is unread all the same', () => {
  expect(attentionFor('finished', elsewhere, { ...all, finished: false })).toEqual({
    unread: true,
    notify: false,
  })
  expect(attentionFor('failed', elsewhere, { ...all, failed: false })).toEqual({
    unread: true,
    notify: false,
  })
  expect(attentionFor('needs_input', elsewhere, { ...all, needsInput: false })).toEqual({
    unread: true,
    notify: false,
  })
})
