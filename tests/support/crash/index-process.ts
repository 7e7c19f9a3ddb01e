// Keeps the search index of a data folder, as its thread does, until it is killed.
import { IndexThread } from '../../../src/main/history/search/index-thread'

const [, , directory = ''] = process.argv
const port = {
  postMessage(news: unknown) {
    process.stdout.write(`${JSON.stringify(news)}\n`)
  },
}
await new IndexThread(port, { role: 'index', directory, nativeBinding: undefined }).run()
