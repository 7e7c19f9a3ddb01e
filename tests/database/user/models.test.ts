import { afterEach, beforeEach, expect, it } from 'vitest'
import type { RepositoryId } from '@shared/ids'
import { createUser } from '../../../src/main/user/user'
import { openTestDatabase, type TestDatabase } from '../../support/database'

let data: TestDatabase
let time = 1000
beforeEach(async () => {
  data = await openTestDatabase()
})
afterEach(() => data.close())

const user = () => createUser(data.database, () => time++)
const small = { agentId: 'opencode', modelId: 'small' }
const own = { agentId: 'claude', modelId: null }
const repository = 'repo_1' as RepositoryId

it('keeps what a person made of the models', () => {
  expect(user().models()).toEqual({ usual: null, favourites: [], recent: [], repositories: {} })
  user().setDefault(own, null)
  user().setDefault(small, repository)
  user().setFavourite(small, true)
  user().setFavourite(own, true)
  user().setFavourite(small, false)
  expect(user().models()).toEqual({
    usual: own,
    favourites: [own],
    recent: [],
    repositories: { [repository]: small },
  })
  user().setDefault(own, repository)
  expect(user().models().repositories).toEqual({ [repository]: own })
  user().setDefault(null, repository)
  user().setDefault(null, null)
  expect(user().models()).toMatchObject({ usual: null, repositories: {} })
})

it('offers the five that were used last, the last one first', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'a']
  for (const modelId of names) user().usedModel({ agentId: 'opencode', modelId })
  user().setFavourite({ agentId: 'opencode', modelId: 'a' }, true)
  expect(
    user()
      .models()
      .recent.map(({ modelId }) => modelId),
  ).toEqual(['a', 'f', 'e', 'd', 'c'])
})
