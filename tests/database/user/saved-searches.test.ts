import { afterEach, beforeEach, expect, it } from 'vitest'
import { createUser, type User } from '../../../src/main/user/user'
import { openTestDatabase, type TestDatabase } from '../../support/database'

let data: TestDatabase
let user: User
beforeEach(async () => {
  data = await openTestDatabase()
  user = createUser(data.database, Date.now)
})
afterEach(() => data.close())

it('are kept by name over a restart, replaced, renamed and forgotten', () => {
  user.searches.save('Errors', 'has:error after:7d')
  user.searches.save('Mine', 'author:you')
  user.searches.save('Errors', 'has:error')
  user = createUser(data.reopen(), Date.now)
  expect(user.searches.list()).toEqual([
    { id: 'Errors', text: 'has:error' },
    { id: 'Mine', text: 'author:you' },
  ])
  user.searches.rename('Errors', 'All errors')
  user.searches.rename('Mine', 'Mine')
  user.searches.forget('nothing')
  expect(user.searches.list().map(({ id }) => id)).toEqual(['All errors', 'Mine'])
  user.searches.forget('Mine')
  expect(user.searches.list().map(({ id }) => id)).toEqual(['All errors'])
})

it('are not renamed over one another, nor when they are gone', () => {
  user.searches.save('One', 'one')
  user.searches.save('Two', 'two')
  expect(() => user.searches.rename('One', 'Two')).toThrow(expect.objectContaining({ kind: 'conflict' }))
  expect(() => user.searches.rename('Three', 'Four')).toThrow(expect.objectContaining({ kind: 'not_found' }))
  expect(user.searches.list()).toHaveLength(2)
})
