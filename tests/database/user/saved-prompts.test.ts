import { expect, it, onTestFinished } from 'vitest'
import { createUser } from '../../../src/main/user/user'
import { openTestDatabase } from '../../support/database'

it('keeps prompts by name, the newest text of each', async () => {
  const data = await openTestDatabase()
  onTestFinished(() => data.close())
  const user = createUser(data.database, () => 1)
  user.savePrompt('review', 'Review it.')
  user.savePrompt('Änderung', 'Ändere es.')
  user.savePrompt('review', 'Review it with care.')
  expect(createUser(data.database, () => 2).savedPrompts()).toEqual([
    { id: 'review', text: 'Review it with care.' },
    { id: 'Änderung', text: 'Ändere es.' },
  ])
  user.forgetPrompt('review')
  user.forgetPrompt('unknown')
  expect(user.savedPrompts()).toEqual([{ id: 'Änderung', text: 'Ändere es.' }])
})
