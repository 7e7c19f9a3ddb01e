import { parentPort, workerData } from 'node:worker_threads'
import { type InsightsOrder, InsightsThread, type InsightsThreadOptions } from './thread'

// The thread that counts.
const port = parentPort
if (port === null) throw new Error('This file is a worker')
const thread = new InsightsThread(workerData as InsightsThreadOptions)
port.on('message', (order: InsightsOrder) => port.postMessage(thread.answer(order)))
