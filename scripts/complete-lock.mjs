// `node scripts/complete-lock.mjs`, after `npm install` on a machine whose registry is a partial mirror.
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { completed, missingOptionals } from './bootstrap/lock-file.mjs'
import { checkout } from './bootstrap/paths.mjs'
import { say } from './bootstrap/say.mjs'

const file = path.join(checkout, 'package-lock.json')
const lock = JSON.parse(await readFile(file, 'utf8'))
say(`${missingOptionals(lock.packages).length} optional packages added to package-lock.json`)
await writeFile(file, `${JSON.stringify({ ...lock, packages: completed(lock.packages) }, undefined, 2)}\n`)
