/** Opens the database in the folder given as argument, and prints what came of it. */
import { toErrorValue } from '@shared/errors'
import { DatabaseFolder, INITIAL } from '../database-folder'

const [directory = ''] = process.argv.slice(2)
const result = await DatabaseFolder.at(directory)
  .use(() => undefined, { migrations: [INITIAL] })
  .then(() => ({ opened: true }), toErrorValue)
process.stdout.write(JSON.stringify(result))
