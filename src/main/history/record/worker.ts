import { parentPort, workerData } from 'node:worker_threads'
import { toErrorValue } from '@shared/errors'
import { databaseFailure } from '../../database'
import type { RecordAnswer, RecordOrder, RecordThread } from './messages'
import { RecordReader } from './reader'

// The thread that reads the history of tasks.
const port = parentPort
if (port === null) throw new Error('This file is a worker')
const reader = new RecordReader(workerData as RecordThread)

function answer(order: RecordOrder): RecordAnswer {
  const { id } = order
  try {
    return order.type === 'timeline'
      ? { id, page: reader.timeline(order.request) }
      : { id, summary: reader.summary(order.request) }
  } catch (error) {
    return { id, error: toErrorValue(databaseFailure(error)) }
  }
}

port.on('message', (order: RecordOrder) => port.postMessage(answer(order)))
