// An ACP agent over stdio whose prompts say what it does. It stands for agents that are slow, chatty or die.
import { appendFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
const chunk = (sessionId, text) =>
  send({
    method: 'session/update',
    params: { sessionId, update: { sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } } },
  })
const pidFile = process.env.XDG_DATA_HOME && `${process.env.XDG_DATA_HOME}/agent-pids`
if (pidFile) appendFileSync(pidFile, `${process.pid}\n`)
if (process.env.XDG_CONFIG_HOME?.includes('failing-agent')) {
  process.stderr.write('no key configured\n')
  process.exit(7)
}

let asked = null
for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line)
  const { id, method, params } = message
  if (method === undefined) {
    // The answer to our permission request ends the turn that asked.
    chunk('s', `answer ${JSON.stringify(message.result?.outcome)}`)
    send({ id: asked, result: { stopReason: 'end_turn' } })
  } else if (method === 'initialize') send({ id, result: { protocolVersion: 1, agentCapabilities: {} } })
  else if (method === 'session/new') send({ id, result: { sessionId: 's' } })
  else if (method === 'session/prompt') {
    const [command, amount] = params.prompt[0].text.split(' ')
    const done = () => send({ id, result: { stopReason: 'end_turn' } })
    if (command === 'count') {
      for (let index = 0; index < Number(amount); index++) chunk('s', String(index))
      done()
    } else if (command === 'slowly') {
      for (let index = 0; index < Number(amount); index++) {
        chunk('s', String(index))
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      done()
    } else if (command === 'silent') setTimeout(done, Number(amount))
    else if (command === 'environment') {
      chunk('s', JSON.stringify(process.env))
      done()
    } else if (command === 'die') {
      process.stderr.write('fatal: the model is gone\n')
      process.exit(3)
    } else if (command === 'ask') {
      asked = id
      send({
        id: 900,
        method: 'session/request_permission',
        params: {
          sessionId: 's',
          toolCall: { toolCallId: 't' },
          options: [{ optionId: 'once', name: 'Once', kind: 'allow_once' }],
        },
      })
    } else send({ id, error: { code: -32000, message: 'Sign in first', data: { hint: 'run login' } } })
  }
}
